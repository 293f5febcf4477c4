#include "verify/webhooks/receipt_recorder.hpp"

#include "common/log/log.hpp"

#include <utility>

namespace otp {

namespace asio = boost::asio;

receipt_record receipt_recorder::row_of(
    const provider_receipt& receipt,
    const std::optional<named_attempt>& of
) const {
    receipt_record row;
    row.provider = receipt.provider;
    row.channel = to_string(receipt.by);
    row.message_id = receipt.message_id;
    row.second_id = receipt.second_id;
    row.status = to_string(receipt.meaning.status);
    row.error_code = receipt.error_code;
    row.number = receipt.number;
    if (of) {
        row.request_id = of->request_id;
        row.attempt = of->number;
    }
    row.fail_over = may_fail_over_ && receipt.meaning.fail_over;
    row.switch_channel = may_fail_over_ && receipt.meaning.switch_channel;
    return row;
}

asio::awaitable<bool> receipt_recorder::record(
    const provider_receipt& receipt,
    const std::optional<named_attempt>& of,
    deadline at
) {
    std::vector<receipt_record> row(1, row_of(receipt, of));
    auto outcomes = co_await gathered_.record(std::move(row), at);
    co_return note(receipt, of, std::move(outcomes.front()));
}

asio::awaitable<bool> receipt_recorder::record_all(
    const std::vector<provider_receipt>& receipts,
    deadline at
) {
    std::vector<receipt_record> rows;
    rows.reserve(receipts.size());
    for (const auto& receipt : receipts)
        rows.push_back(row_of(receipt, std::nullopt));
    auto outcomes = co_await gathered_.record(std::move(rows), at);
    bool all_are_stored = true;
    for (std::size_t i = 0; i < receipts.size(); ++i)
        all_are_stored &= note(receipts[i], std::nullopt, std::move(outcomes[i]));
    co_return all_are_stored;
}

bool receipt_recorder::note(
    const provider_receipt& receipt,
    const std::optional<named_attempt>& of,
    postgres::result<recorded_receipt> outcome
) {
    if (!outcome) {
        tally(receipt.provider, "not_stored");
        log::warning("database_unavailable")
            .with("during", "record_receipts")
            .with("error", outcome.error().text());
        return false;
    }
    const auto channel = to_string(receipt.by);
    tally(receipt.provider, outcome->matched ? "matched" : "parked");
    counts_.told(receipt.provider, channel, receipt.meaning.status);
    if (outcome->after)
        counts_.delivered(receipt.provider, channel, *outcome->after);
    if (outcome->matched && receipt.meaning.why == fault::account)
        refusals_.tell(row_of(receipt, of));
    if (outcome->event)
        events_.tell(std::move(*outcome->event));
    return true;
}

}  // namespace otp
