#include "worker/worker_gauges.hpp"

#include "worker/oldest_job.hpp"

#include <limits>
#include <set>

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

void show_line(
    metrics& in,
    const provider_line& line,
    gauge_family& open,
    gauge_family& paused,
    gauge_family& calls
) {
    const auto by = to_string(line.what.by);
    auto& is_open = open.of({line.what.provider, by});
    auto& is_paused = paused.of({line.what.provider, by});
    auto& in_flight = calls.of({line.what.provider, by});
    in.before_render([&line, &is_open, &is_paused, &in_flight] {
        is_open.Set(line.entrance.is_open() ? 1 : 0);
        is_paused.Set(line.entrance.is_paused() ? 1 : 0);
        in_flight.Set(figure(line.entrance.in_flight()));
    });
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
    struct sum {
        prometheus::Gauge& busy;
        prometheus::Gauge& idle;
        prometheus::Gauge& waiting;
        std::vector<const http::client*> clients;
    };
    std::map<std::string, sum> sums;
    std::set<const http::client*> known;
    for (const auto& line : lines.all()) {
        const auto& name = line->what.provider;
        auto [of, is_new] = sums.try_emplace(
            name,
            sum{connections.of({name, "busy"}),
                connections.of({name, "idle"}),
                waiting.of({name}),
                {}}
        );
        if (known.insert(line->client.get()).second)
            of->second.clients.push_back(line->client.get());
    }
    in.before_render([sums = std::move(sums)] {
        for (const auto& [name, of] : sums) {
            std::size_t busy = 0;
            std::size_t all = 0;
            std::size_t callers = 0;
            for (const auto* client : of.clients) {
                busy += client->busy();
                all += client->connections();
                callers += client->waiting();
            }
            of.busy.Set(figure(busy));
            of.idle.Set(figure(all - busy));
            of.waiting.Set(figure(callers));
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
    auto open = in.gauge(
        "otp_breaker_open",
        "1 while the breaker lets nothing through but a probe",
        {"provider", "channel"}
    );
    auto paused = in.gauge(
        "otp_provider_paused",
        "1 while an operator has paused it",
        {"provider", "channel"}
    );
    auto calls = in.gauge(
        "otp_provider_calls_in_flight",
        "Calls under way, or promised to a job",
        {"provider", "channel"}
    );
    for (const auto& line : of.lines.all()) {
        of.counts.know(line->what);
        show_line(in, *line, open, paused, calls);
    }
    show_clients(in, of.lines);
}

}  // namespace otp
