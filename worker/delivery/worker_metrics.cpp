#include "worker/delivery/worker_metrics.hpp"

#include "common/limits/send_policy.hpp"

namespace otp {

void worker_metrics::buried(std::string_view reason) {
    count("otp_jobs_buried_total", "Messages put on otp.dead", {{"reason", std::string(reason)}});
}

void worker_metrics::begun(begin_verdict verdict, std::string_view reason) {
    constexpr const char* words[] = {"send", "finished", "leased", "in_doubt", "refused"};
    count(
        "otp_jobs_begun_total",
        "What the database said of jobs that asked to be sent",
        {{"verdict", words[static_cast<int>(verdict)]}, {"reason", std::string(reason)}}
    );
}

void worker_metrics::sent(std::string_view provider, std::string_view channel, const outcome& how) {
    count(
        "otp_attempts_total",
        "Provider calls by how they ended",
        {{"provider", std::string(provider)},
         {"channel", std::string(channel)},
         {"end", std::string(to_string(how.end))},
         {"error", how.error_code}}
    );
}

void worker_metrics::looked_up(
    std::string_view provider,
    std::string_view channel,
    std::string_view result
) {
    count(
        "otp_look_ups_total",
        "Questions to providers about attempts in doubt",
        {{"provider", std::string(provider)},
         {"channel", std::string(channel)},
         {"result", std::string(result)}}
    );
}

void worker_metrics::ended(std::string_view status) {
    count("otp_deliveries_total", "Jobs settled, by status", {{"status", std::string(status)}});
}

void worker_metrics::would_refuse(std::string_view rules) {
    for (const auto rule : broken_rules(rules))
        count(
            "otp_would_refuse_total",
            "Sends let pass that a rule in mode observe would have refused",
            {{"rule", std::string(rule)}}
        );
}

void worker_metrics::abuse_exceeded(std::string_view kind) {
    count(
        "otp_abuse_exceeded_total",
        "Countries and networks closed by the abuse budget",
        {{"kind", std::string(kind)}}
    );
}

void worker_metrics::count(const char* name, const char* help, const metrics::labels& with) {
    auto& counter = counters_[{name, with}];
    if (counter == nullptr)
        counter = &in_.counter(name, help, with);
    counter->Increment();
}

}  // namespace otp
