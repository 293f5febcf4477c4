#include "sandbox/site.hpp"

#include "common/async/deadline.hpp"
#include "common/metrics/process_metrics.hpp"
#include "sandbox/inbox_page.hpp"
#include "sandbox/twilio_errors.hpp"

#include <charconv>
#include <limits>
#include <utility>

namespace otp::sandbox {

namespace {

// Longer than any caller waits.
constexpr std::chrono::seconds silence{60};

moment now() {
    return std::chrono::system_clock::now();
}

request seen(const http::server_request& what) {
    return {
        what.header("authorization"),
        what.header("apikey"),
        what.header("content-type"),
        what.query,
        what.body.reveal()};
}

http::server_answer served_answer(answer&& says) {
    http::server_answer out;
    out.status = says.status;
    out.content_type = std::move(says.content_type);
    out.body = std::move(says.body);
    out.headers = std::move(says.headers);
    return out;
}

answer server_error(service by) {
    switch (by) {
    case service::twilio:
    case service::twilio_verify:
        return twilio_error(20500);
    case service::gupshup_whatsapp:
        return gupshup_whatsapp_server_error();
    case service::gupshup_sms:
        return gupshup_sms_server_error();
    }
    return {};
}

std::string_view capture(const http::server_request& what, std::string_view name) {
    return what.captures.find(name)->second;
}

http::server_answer refused_query(std::string_view why) {
    http::server_answer out;
    out.status = 400;
    out.body = R"({"error":")" + std::string(why) + "\"}";
    return out;
}

}  // namespace

site::site(sandbox_settings settings, receipt_sender& receipts, std::uint64_t seed)
    : settings_(std::move(settings)),
      receipts_(receipts),
      ids_(seed),
      inbox_(settings_.inbox_size),
      verify_(settings_.twilio, settings_.inbox_size),
      twilio_(std::move(settings_.twilio), settings_.receipt_delay) {
    show_process(numbers_);
    sandbox::show_receipts(numbers_, receipts_);
    sandbox::show_inbox(numbers_, inbox_);
}

http::router site::routes() {
    http::router all;
    const auto sends = [this](service by) {
        return [this, by](http::server_request& what) { return send(by, what); };
    };
    const std::string messages = "/2010-04-01/Accounts/{account}/Messages";
    all.on("POST", messages + ".json", sends(service::twilio));
    all.on("GET", messages + ".json", [this](auto& what) { return list(what); });
    all.on("GET", messages + "/{file}", [this](auto& what) { return fetch(what); });
    const std::string verifications = "/v2/Services/{service}/Verifications";
    all.on("POST", verifications, sends(service::twilio_verify));
    all.on("GET", verifications + "/{sid}", [this](auto& what) {
        return fetch_verification(what);
    });
    all.on("POST", verifications + "/{sid}", [this](auto& what) { return end_verification(what); });
    all.on("POST", "/wa/api/v1/template/msg", sends(service::gupshup_whatsapp));
    all.on("POST", "/GatewayAPI/rest", sends(service::gupshup_sms));
    all.on("GET", "/GatewayAPI/rest", sends(service::gupshup_sms));
    all.on("GET", "/inbox", [this](auto& what) { return show_inbox(what); });
    all.on("GET", "/metrics", [this](auto& what) { return show_metrics(what); });
    all.on("GET", "/", [this](auto& what) { return show_page(what); });
    return all;
}

http::server_answer site::error_body(unsigned status, std::string_view detail) {
    auto says = twilio_error(status == 405 ? 20004 : static_cast<int>(20000 + status));
    if (says.status != status)
        says.body = R"({"message":")" + std::string(detail) + R"(","status":)" +
                    std::to_string(status) + "}";
    says.status = status;
    return served_answer(std::move(says));
}

reply site::ask(service by, const http::server_request& what) {
    switch (by) {
    case service::twilio:
        return twilio_.create(capture(what, "account"), seen(what), ids_, now());
    case service::gupshup_whatsapp:
        return gupshup_whatsapp_send(settings_.whatsapp, seen(what), ids_, now());
    case service::gupshup_sms:
        return gupshup_sms_send(settings_.sms, seen(what), what.method == "POST", ids_, now());
    case service::twilio_verify:
        return verify_.start(capture(what, "service"), seen(what), ids_, now());
    }
    return {};
}

site::served site::send(service by, http::server_request& what) {
    if (settings_.latency.count() > 0)
        co_await sleep_for(settings_.latency);
    if (happens(settings_.failure_rate)) {
        counts_.failed(by);
        co_return served_answer(server_error(by));
    }
    auto end = ask(by, what);
    if (end.accepted) {
        inbox_.add(end.accepted);
        receipts_.schedule(end.accepted);
        if (end.line == line_fault::none && happens(settings_.doubt_rate))
            end.line =
                std::exchange(half_next_, !half_next_) ? line_fault::half : line_fault::close;
    }
    counts_.ended(by, end);
    if (end.line == line_fault::silence)
        co_await sleep_for(silence);
    auto out = served_answer(std::move(end.says));
    if (end.line == line_fault::half)
        out.cut_off = out.body.size() / 2;
    else if (end.line != line_fault::none)
        out.cut_off = std::numeric_limits<std::size_t>::max();
    co_return out;
}

site::served site::fetch(http::server_request& what) {
    auto says =
        twilio_.fetch(capture(what, "account"), capture(what, "file"), seen(what), inbox_, now());
    co_return served_answer(std::move(says));
}

site::served site::list(http::server_request& what) {
    auto says = twilio_.list(capture(what, "account"), seen(what), inbox_, now());
    co_return served_answer(std::move(says));
}

site::served site::fetch_verification(http::server_request& what) {
    auto says = verify_.fetch(capture(what, "service"), capture(what, "sid"), seen(what), now());
    co_return served_answer(std::move(says));
}

site::served site::end_verification(http::server_request& what) {
    auto says = verify_.end(capture(what, "service"), capture(what, "sid"), seen(what), now());
    co_return served_answer(std::move(says));
}

site::served site::show_inbox(http::server_request& what) {
    const auto query = read_form(what.query);
    if (!query)
        co_return refused_query("the query is not form-encoded UTF-8");
    selection wanted;
    wanted.to = e164_of(form_value(*query, "to"));
    if (wanted.to.empty() && !form_value(*query, "to").empty())
        co_return refused_query("to must be a phone number");
    wanted.after = form_value(*query, "after");
    if (const auto* limit = find(*query, "limit"); limit != nullptr && !limit->empty()) {
        const auto* end = limit->data() + limit->size();
        const auto [last, error] = std::from_chars(limit->data(), end, wanted.limit);
        if (error != std::errc() || last != end)
            co_return refused_query("limit must be a whole number");
    }
    const auto found = inbox_.select(wanted);
    http::server_answer out;
    out.body = inbox_json(found, now(), settings_.receipt_delay);
    out.headers.emplace_back("X-Total-Count", std::to_string(found.total));
    out.headers.emplace_back("Cache-Control", "no-store");
    co_return out;
}

site::served site::show_metrics(http::server_request&) {
    http::server_answer out;
    out.content_type = metrics::content_type;
    out.body = numbers_.render();
    co_return out;
}

site::served site::show_page(http::server_request&) {
    http::server_answer out;
    out.content_type = "text/html; charset=utf-8";
    out.body = inbox_page();
    out.headers.emplace_back(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    out.headers.emplace_back("X-Content-Type-Options", "nosniff");
    out.headers.emplace_back("Referrer-Policy", "no-referrer");
    co_return out;
}

}  // namespace otp::sandbox
