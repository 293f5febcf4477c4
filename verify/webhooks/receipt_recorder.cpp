#include "verify/webhooks/receipt_recorder.hpp"

#include "common/log/log.hpp"

namespace otp {

namespace asio = boost::asio;

namespace {

std::string_view word_of(receipt_status status) {
    switch (status) {
    case receipt_status::accepted:
        return "accepted";
    case receipt_status::delivered:
        return "delivered";
    case receipt_status::undelivered:
        return "undelivered";
    case receipt_status::ignored:
        break;
    }
    return "ignored";
}

}  // namespace

asio::awaitable<bool> receipt_recorder::record(
    const provider_receipt& receipt,
    const std::optional<named_attempt>& of,
    deadline at
) {
    receipt_record row;
    row.provider = receipt.provider;
    row.channel = to_string(receipt.by);
    row.message_id = receipt.message_id;
    row.status = word_of(receipt.meaning.status);
    row.error_code = receipt.error_code;
    row.number = receipt.number;
    if (of) {
        row.request_id = of->request_id;
        row.attempt = of->number;
    }
    row.fail_over = may_fail_over_ && receipt.meaning.fail_over;
    row.switch_channel = may_fail_over_ && receipt.meaning.switch_channel;
    auto recorded = co_await store_.record(row, at);
    if (!recorded) {
        tally(receipt.provider, "not_stored");
        log::warning("database_unavailable")
            .with("during", "record_receipt")
            .with("error", recorded.error().text());
        co_return false;
    }
    tally(receipt.provider, recorded->matched ? "matched" : "parked");
    if (recorded->event)
        events_.tell(std::move(*recorded->event));
    co_return true;
}

void receipt_recorder::tally(std::string_view provider, std::string_view result) {
    const metrics::labels labels{
        {"provider", std::string(provider)},
        {"result", std::string(result)}};
    numbers_
        .counter("otp_verify_receipts_total", "Delivery receipts by what became of them", labels)
        .Increment();
}

}  // namespace otp
