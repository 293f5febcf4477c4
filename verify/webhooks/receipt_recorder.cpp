#include "verify/webhooks/receipt_recorder.hpp"

#include "common/core/kill_point.hpp"
#include "common/log/log.hpp"

namespace otp {

namespace asio = boost::asio;

asio::awaitable<bool> receipt_recorder::record(
    const provider_receipt& receipt,
    const std::optional<named_attempt>& of,
    deadline at
) {
    receipt_record row;
    row.provider = receipt.provider;
    row.channel = to_string(receipt.by);
    row.message_id = receipt.message_id;
    row.second_id = receipt.second_id;
    row.status = word_of(receipt.meaning.status);
    row.error_code = receipt.error_code;
    row.number = receipt.number;
    if (of) {
        row.request_id = of->request_id;
        row.attempt = of->number;
    }
    row.fail_over = may_fail_over_ && receipt.meaning.fail_over;
    row.switch_channel = may_fail_over_ && receipt.meaning.switch_channel;
    kill_point("receipt_taken");
    auto recorded = co_await store_.record(row, at);
    kill_point("receipt_stored");
    if (!recorded) {
        tally(receipt.provider, "not_stored");
        log::warning("database_unavailable")
            .with("during", "record_receipt")
            .with("error", recorded.error().text());
        co_return false;
    }
    tally(receipt.provider, recorded->matched ? "matched" : "parked");
    counts_.told(receipt.provider, row.channel, receipt.meaning.status);
    if (recorded->after)
        counts_.delivered(receipt.provider, row.channel, *recorded->after);
    if (recorded->event)
        events_.tell(std::move(*recorded->event));
    co_return true;
}

}  // namespace otp
