#include "sandbox/sandbox_metrics.hpp"

#include "common/provider/provider_names.hpp"

namespace otp::sandbox {

namespace {

std::string_view word_of(const reply& how) {
    switch (how.line) {
    case line_fault::silence:
        return "silence";
    case line_fault::close:
    case line_fault::half:
        return "cut";
    case line_fault::none:
        break;
    }
    return how.accepted ? "accepted" : "refused";
}

}  // namespace

sandbox_metrics::sandbox_metrics(metrics& in)
    : requests_(in.counter(
          "otp_sandbox_requests_total",
          "Sends by what the caller got: accepted, refused, failed, cut or silence",
          {"provider", "end"}
      )) {
    for (const auto provider : provider_names)
        requests_.of({provider, "accepted"});
}

void sandbox_metrics::ended(service by, const reply& how) {
    requests_.of({provider_name(by), word_of(how)}).Increment();
}

void sandbox_metrics::failed(service by) {
    requests_.of({provider_name(by), "failed"}).Increment();
}

void show_receipts(metrics& in, const receipt_sender& receipts) {
    auto posted = in.counter(
        "otp_sandbox_receipts_total",
        "Receipts by what became of them: taken, not taken by their URL, or dropped",
        {"result"}
    );
    auto& taken = posted.of({"taken"});
    auto& refused = posted.of({"refused"});
    auto& dropped = posted.of({"dropped"});
    auto& waiting =
        in.gauge("otp_sandbox_receipts_waiting", "Receipts whose time has not come yet");
    in.before_render([&receipts, &taken, &refused, &dropped, &waiting] {
        raise_to(taken, receipts.taken());
        raise_to(refused, receipts.refused());
        raise_to(dropped, receipts.dropped());
        waiting.Set(static_cast<double>(receipts.waiting_now()));
    });
}

void show_inbox(metrics& in, const inbox& texts) {
    auto& kept = in.gauge("otp_sandbox_inbox_texts", "Texts kept in the inbox");
    in.before_render([&texts, &kept] { kept.Set(static_cast<double>(texts.size())); });
}

}  // namespace otp::sandbox
