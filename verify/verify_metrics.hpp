#pragma once

#include "common/metrics/metrics.hpp"
#include "common/provider/receipt.hpp"
#include "common/store/verification_store.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace otp {

// What otp-verify counts. Labels hold words of ours, routes, and countries only.
class verify_metrics {
public:
    explicit verify_metrics(metrics& in);

    // Of one route; the reference stays good.
    prometheus::Histogram& time_of(std::string_view route) { return time_.of({route}); }
    void answered(std::string_view route, unsigned status);

    void refused(std::string_view rule) { refused_.of({rule}).Increment(); }
    void would_refuse(std::string_view rule) { would_refuse_.of({rule}).Increment(); }

    void checked(const check_verdict& verdict);

    // Requests that shared one statement; `call` is check, receipt, or one of them and _alone.
    void batch(std::string_view call, std::size_t requests);
    void waiting_checks(std::size_t now) { waiting_checks_.Set(static_cast<double>(now)); }
    void waiting_receipts(std::size_t now) { waiting_receipts_.Set(static_cast<double>(now)); }

    // matched, parked, not_stored, forged or unreadable.
    void receipt(std::string_view provider, std::string_view result);
    // Of one that was matched; `after` is the time since the provider accepted the text.
    void delivered(
        std::string_view provider,
        std::string_view channel,
        std::chrono::milliseconds after
    );
    void told(std::string_view provider, std::string_view channel, receipt_status status);

private:
    counter_family answers_;
    histogram_family time_;
    counter_family refused_;
    counter_family would_refuse_;
    counter_family checks_;
    counter_family approved_;
    histogram_family batch_;
    prometheus::Gauge& waiting_checks_;
    prometheus::Gauge& waiting_receipts_;
    counter_family receipts_;
    counter_family statuses_;
    histogram_family delivery_time_;
};

}  // namespace otp
