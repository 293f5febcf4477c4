#pragma once

#include "common/metrics/metrics.hpp"
#include "common/provider/outcome.hpp"
#include "common/store/delivery_store.hpp"
#include "worker/policy/lane.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace otp {

// What a worker counts. Labels hold words of ours and of the providers' tables only.
class worker_metrics {
public:
    explicit worker_metrics(metrics& in) : in_(in) {}

    void taken() { count("otp_jobs_taken_total", "Messages taken from the queue"); }
    void buried(std::string_view reason);
    void begun(begin_verdict verdict, std::string_view reason);
    void sent(std::string_view provider, std::string_view channel, const outcome& how);
    void looked_up(std::string_view provider, std::string_view channel, std::string_view result);
    void ended(std::string_view status);
    void would_refuse(std::string_view rules);  // comma-separated
    void abuse_exceeded(std::string_view kind);
    void put_back() { count("otp_jobs_put_back_total", "Messages sent to a delay queue"); }

private:
    void count(const char* name, const char* help, const metrics::labels& with = {});

    metrics& in_;
    std::map<std::pair<std::string, metrics::labels>, prometheus::Counter*> counters_;
};

}  // namespace otp
