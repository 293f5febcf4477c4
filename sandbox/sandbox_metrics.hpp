#pragma once

#include "common/metrics/metrics.hpp"
#include "sandbox/answer.hpp"
#include "sandbox/inbox.hpp"
#include "sandbox/receipt_sender.hpp"

namespace otp::sandbox {

// What the sandbox counts of the requests that it plays providers to.
class sandbox_metrics {
public:
    explicit sandbox_metrics(metrics& in);

    void ended(service by, const reply& how);
    void failed(service by);  // because SANDBOX_FAILURE_RATE said so

private:
    counter_family requests_;
};

// To be called once; both must outlive the metrics.
void show_receipts(metrics& in, const receipt_sender& receipts);
void show_inbox(metrics& in, const inbox& texts);

}  // namespace otp::sandbox
