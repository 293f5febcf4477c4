#include "worker/worker_gauges.hpp"

#include "worker/oldest_job.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace otp {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

double figure(std::size_t count) {
    return static_cast<double>(count);
}

// What nobody knows is no number: an alert on it neither fires nor heals.
double figure(const std::optional<std::size_t>& count) {
    return count ? figure(*count) : std::numeric_limits<double>::quiet_NaN();
}

job_ages ages_of(const worker_view& of) {
    const auto now = of.clock.now();
    job_ages ages;
    if (const auto oldest = of.jobs.oldest_waiting())
        ages.held = duration_cast<milliseconds>(now - *oldest);
    if (const auto& since = of.waiting.waiting_since())
        ages.queued = duration_cast<milliseconds>(std::chrono::steady_clock::now() - *since);
    if (const auto& last = of.taking.last_requested())
        ages.last_taken = duration_cast<milliseconds>(now - *last);
    return ages;
}

struct line_gauges {
    gauge_family open;
    gauge_family paused;
    gauge_family calls;
};

// One that a reload took away shows nothing.
void show_line(line_gauges& in, const lane& what, const provider_line* line) {
    const auto by = to_string(what.by);
    in.open.of({what.provider, by}).Set(line && line->entrance.is_open() ? 1 : 0);
    in.paused.of({what.provider, by}).Set(line && line->entrance.is_paused() ? 1 : 0);
    in.calls.of({what.provider, by}).Set(line ? figure(line->entrance.in_flight()) : 0);
}

// What the clients of one provider have in use; those of several lines count once.
struct connection_sum {
    std::size_t busy = 0;
    std::size_t all = 0;
    std::size_t waiting = 0;
};

void sum_up(const provider_lines& lines, std::map<std::string, connection_sum>& sums) {
    for (auto& [provider, sum] : sums)
        sum = {};  // also of one that a reload took away
    std::set<const http::client*> counted;
    for (const auto& line : lines.all()) {
        auto& sum = sums[line->what.provider];
        if (!counted.insert(line->client.get()).second)
            continue;
        sum.busy += line->client->busy();
        sum.all += line->client->connections();
        sum.waiting += line->client->waiting();
    }
}

void show_clients(metrics& in, const provider_lines& lines) {
    auto connections = in.gauge(
        "otp_http_connections",
        "Connections to a provider, given to calls or idle",
        {"provider", "state"}
    );
    auto waiting = in.gauge(
        "otp_http_waiting",
        "Calls that wait for a connection to a provider",
        {"provider"}
    );
    std::map<std::string, connection_sum> sums;
    in.before_render([&lines, connections, waiting, sums]() mutable {
        sum_up(lines, sums);
        for (const auto& [provider, sum] : sums) {
            connections.of({provider, "busy"}).Set(figure(sum.busy));
            connections.of({provider, "idle"}).Set(figure(sum.all - sum.busy));
            waiting.of({provider}).Set(figure(sum.waiting));
        }
    });
}

}  // namespace

void show_jobs(metrics& in, const worker_view& of) {
    auto& waiting = in.gauge("otp_jobs_waiting", "Jobs taken that are not begun yet");
    auto& in_flight = in.gauge("otp_jobs_in_flight", "Jobs begun whose end is not settled yet");
    auto& unacknowledged =
        in.gauge("otp_amqp_unacknowledged", "Messages taken and not acknowledged yet");
    auto& oldest = in.gauge(
        "otp_oldest_job_age_seconds",
        "How long the oldest job, here or on the queue, waits to be begun"
    );
    auto& queue = in.gauge("otp_queue_messages", "Messages that wait on the queue of this worker");
    auto& dead = in.gauge("otp_dead_letter_messages", "Messages on otp.dead");
    auto& doubts =
        in.gauge("otp_doubts_open", "Jobs put back while an attempt is in doubt, by this worker");
    in.before_render([&waiting, &in_flight, &unacknowledged, &oldest, &queue, &dead, &doubts, of] {
        waiting.Set(figure(of.jobs.waiting()));
        in_flight.Set(figure(of.jobs.in_flight()));
        unacknowledged.Set(figure(of.consumer.outstanding()));
        oldest.Set(seconds(oldest_job(ages_of(of))));
        queue.Set(figure(of.depths.waiting));
        dead.Set(figure(of.depths.dead));
        doubts.Set(figure(of.counts.doubts_open(boot_clock::now())));
    });
}

void show_lines(metrics& in, const worker_view& of) {
    line_gauges gauges{
        in.gauge(
            "otp_breaker_open",
            "1 while the breaker lets nothing through but a probe",
            {"provider", "channel"}
        ),
        in.gauge(
            "otp_provider_paused",
            "1 while it is paused for all workers",
            {"provider", "channel"}
        ),
        in.gauge(
            "otp_provider_calls_in_flight",
            "Calls under way, or promised to a job",
            {"provider", "channel"}
        )};
    std::vector<lane> known;
    in.before_render([of, gauges, known]() mutable {
        for (const auto& line : of.lines.all()) {
            if (std::ranges::find(known, line->what) != known.end())
                continue;
            known.push_back(line->what);
            of.counts.know(line->what);
        }
        for (const lane& one : known)
            show_line(gauges, one, of.lines.find(one).get());
    });
    show_clients(in, of.lines);
}

}  // namespace otp
