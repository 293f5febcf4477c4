#include "common/async/run.hpp"
#include "common/core/random.hpp"
#include "common/job/job_message.hpp"
#include "common/job/send_job.hpp"
#include "common/phone/phone_number.hpp"
#include "ctl/flags.hpp"
#include "ctl/pause.hpp"
#include "ctl/publish_jobs.hpp"
#include "ctl/run_commands.hpp"
#include "ctl/servers.hpp"
#include "ctl/status/read_case.hpp"
#include "ctl/status/status_view.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iostream>
#include <string_view>
#include <utility>

namespace otp {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds look_interval{250};

send_job test_job(settings& from, const flags& given) {
    if (given.words().size() != 1)
        throw exit_with(exit_code::usage, "send-test takes one number, such as +14155550100");
    const auto number =
        phone_number::from_text(given.words().front(), from.text("OTP_DEFAULT_REGION"));
    if (!number)
        throw exit_with(
            exit_code::usage,
            "the number is " + std::string(to_string(number.error())) +
                "; expected E.164, such as +14155550100"
        );
    send_job job{
        .request_id = new_uuid(),
        .tenant = given.text("--tenant", "default"),
        .to = *number,
        .purpose = "otpctl-test",
        .template_name = "otp",
        .locale = given.text("--locale"),
        .requested_at = std::chrono::system_clock::now(),
    };
    if (given.has("--channel")) {
        const auto by = parse_channel(given.text("--channel"));
        if (!by)
            throw exit_with(exit_code::usage, "--channel must be sms, whatsapp, voice or email");
        job.channels.push_back(*by);
    }
    const auto read = parse_job(write_job(job), {}, {}, job.requested_at);
    if (!read)
        throw exit_with(exit_code::usage, read.error().detail);
    return job;
}

asio::awaitable<void> publish(settings& from, const send_job& job) {
    std::vector<amqp::outgoing_message> only;
    only.push_back(job_message(job.request_id, write_job(job), std::nullopt, job.requested_at));
    const std::function<std::vector<amqp::outgoing_message>()> next = [&only] {
        return std::exchange(only, {});
    };
    co_await publish_jobs(from, next);
}

// `sent` is the end where no receipt is asked for, and else what it stays at until one comes.
bool is_over(const support_case& of) {
    constexpr std::array<std::string_view, 6>
        ends{"delivered", "undelivered", "failed", "expired", "rejected", "canceled"};
    return !of.deliveries.empty() &&
           std::ranges::find(ends, of.deliveries.back().status) != ends.end();
}

// Where nobody could see what becomes of it, nothing is sent.
asio::awaitable<void> send_and_follow(
    settings& from,
    const send_job& job,
    std::chrono::seconds patience,
    support_case& found
) {
    postgres::connection database = co_await connect_database(from);
    co_await publish(from, job);
    support_question about;
    about.id = job.request_id;
    const auto end = steady_clock::now() + patience;
    for (;;) {
        found = co_await read_case(database, about);
        const bool sent_is_all = !found.deliveries.empty() &&
                                 found.deliveries.back().status == "sent" &&
                                 !from.is_set("OTP_CALLBACK_URL");
        if (is_over(found) || sent_is_all || steady_clock::now() >= end)
            co_return;
        co_await sleep_for(look_interval);
    }
}

exit_code verdict(const support_case& found, const std::string& provider) {
    if (found.deliveries.empty()) {
        std::cerr << "otpctl: no worker has taken the job; `otpctl top --once` shows the queue\n";
        return exit_code::unavailable;
    }
    const auto& last = found.deliveries.back();
    if (last.status != "sent" && last.status != "delivered")
        return exit_code::unavailable;
    if (!provider.empty() && last.provider != provider) {
        std::cerr << "otpctl: " << last.provider << " sent it, not " << provider
                  << ": the order is OTP_SMS_PROVIDERS, and `otpctl breaker open` takes one out\n";
        return exit_code::configuration;
    }
    return exit_code::fine;
}

}  // namespace

exit_code run_send_test(settings& from, const std::vector<std::string>& words) {
    const flags given(
        words,
        {"--channel", "--provider", "--tenant", "--locale", "--wait"},
        {"--json"}
    );
    const auto provider = given.text("--provider");
    if (given.has("--provider"))
        require_provider(provider);
    const auto job = test_job(from, given);
    const std::chrono::seconds patience(given.whole("--wait", 1, 600, 60));
    support_case found;
    run_to_end([&] { return send_and_follow(from, job, patience, found); });
    const auto shown = to_string(job.request_id);
    std::cout
        << (given.has("--json") ? status_json(found, shown, std::nullopt) + "\n"
                                : status_text(found, shown, std::nullopt));
    return verdict(found, provider);
}

}  // namespace otp
