#include "verify/verify_metrics.hpp"

#include <string>

namespace otp {

verify_metrics::verify_metrics(metrics& in)
    : answers_(in.counter(
          "otp_verify_answers_total",
          "HTTP answers by route and status",
          {"route", "status"}
      )),
      time_(in.histogram(
          "otp_verify_request_seconds",
          "From the whole request until its answer is ready to be written",
          short_times(),
          {"route"}
      )),
      refused_(in.counter("otp_verify_refused_total", "Sends refused, by rule", {"rule"})),
      would_refuse_(in.counter(
          "otp_would_refuse_total",
          "Sends let pass that a rule in mode observe would have refused",
          {"rule"}
      )),
      checks_(in.counter("otp_checks_total", "Checks of codes, by what they were told", {"answer"})
      ),
      approved_(in.counter(
          "otp_verifications_approved_total",
          "Right codes, by how the last text that could bring one was sent",
          {"provider", "channel", "country"}
      )),
      batch_(in.histogram(
          "otp_verify_batch_requests",
          "Requests that shared one statement",
          {1, 2, 4, 8, 16, 32, 64, 128},
          {"call"}
      )),
      waiting_checks_(in.gauge("otp_checks_waiting", "Checks that wait for a statement")),
      waiting_receipts_(in.gauge("otp_receipts_waiting", "Receipts that wait for a statement")),
      receipts_(in.counter(
          "otp_verify_receipts_total",
          "Delivery receipts by what became of them",
          {"provider", "result"}
      )),
      statuses_(in.counter(
          "otp_receipt_statuses_total",
          "Genuine receipts by what they say of the text",
          {"provider", "channel", "status"}
      )),
      delivery_time_(in.histogram(
          "otp_receipt_seconds",
          "From when a provider accepted a text until its receipt said that it was delivered",
          long_times(),
          {"provider", "channel"}
      )) {
    for (const char* provider : {"twilio", "gupshup"})
        for (const char* result : {"matched", "parked", "forged", "unreadable", "not_stored"})
            receipts_.of({provider, result});
    for (const auto answer :
         {check_answer::approved, check_answer::wrong, check_answer::check_budget_spent})
        checks_.of({to_string(answer)});
}

void verify_metrics::answered(std::string_view route, unsigned status) {
    answers_.of({route, std::to_string(status)}).Increment();
}

void verify_metrics::checked(const check_verdict& verdict) {
    checks_.of({to_string(verdict.answer)}).Increment();
    if (verdict.answer != check_answer::approved)
        return;
    const auto& by = verdict.sent_by;
    const bool is_country = by.country.size() == 2 && by.country != "ZZ";
    approved_.of({by.provider, by.channel, is_country ? std::string_view(by.country) : "none"})
        .Increment();
}

void verify_metrics::batch(std::string_view call, std::size_t requests) {
    batch_.of({call}).Observe(static_cast<double>(requests));
}

void verify_metrics::receipt(std::string_view provider, std::string_view result) {
    receipts_.of({provider, result}).Increment();
}

void verify_metrics::delivered(
    std::string_view provider,
    std::string_view channel,
    std::chrono::milliseconds after
) {
    delivery_time_.of({provider, channel}).Observe(seconds(after));
}

void verify_metrics::told(
    std::string_view provider,
    std::string_view channel,
    receipt_status status
) {
    statuses_.of({provider, channel, to_string(status)}).Increment();
}

}  // namespace otp
