#include "common/metrics/server_metrics.hpp"

namespace otp {

void show_pools(metrics& in, const named_parts<postgres::pool>& pools) {
    auto sessions = in.gauge(
        "otp_database_sessions",
        "PostgreSQL sessions: busy, idle, or lost and not made anew yet",
        {"pool", "state"}
    );
    auto waiting = in.gauge("otp_database_waiting", "Calls that wait for a session", {"pool"});
    auto failures = in.counter(
        "otp_database_failures_total",
        "Calls that got no answer from PostgreSQL, and attempts to connect that failed",
        {"pool"}
    );
    for (const auto& [name, pool] : pools) {
        auto& busy = sessions.of({name, "busy"});
        auto& idle = sessions.of({name, "idle"});
        auto& lost = sessions.of({name, "lost"});
        auto& queue = waiting.of({name});
        auto& failed = failures.of({name});
        in.before_render([pool = pool, &busy, &idle, &lost, &queue, &failed] {
            const auto now = pool->usage();
            busy.Set(static_cast<double>(now.busy));
            idle.Set(static_cast<double>(now.idle));
            lost.Set(static_cast<double>(now.lost));
            queue.Set(static_cast<double>(now.waiting));
            raise_to(failed, now.failures);
        });
    }
}

void show_connections(metrics& in, const named_parts<amqp::connection>& connections) {
    auto up = in.gauge("otp_amqp_up", "1 where the connection stands", {"connection"});
    auto blocked = in.gauge(
        "otp_amqp_blocked",
        "1 while the broker takes no messages, for want of memory or disk",
        {"connection"}
    );
    auto losses = in.counter(
        "otp_amqp_connections_lost_total",
        "Connections that stood and were lost",
        {"connection"}
    );
    for (const auto& [name, connection] : connections) {
        auto& stands = up.of({name});
        auto& stopped = blocked.of({name});
        auto& lost = losses.of({name});
        in.before_render([connection = connection, &stands, &stopped, &lost] {
            stands.Set(connection->up() ? 1 : 0);
            stopped.Set(connection->blocked() ? 1 : 0);
            raise_to(lost, connection->losses());
        });
    }
}

void show_publishers(metrics& in, const named_parts<amqp::publisher>& publishers) {
    using enum amqp::publish_result;
    auto under_way = in.gauge(
        "otp_amqp_unconfirmed",
        "Messages sent that the broker has not confirmed yet",
        {"publisher"}
    );
    auto published = in.counter(
        "otp_amqp_publishes_total",
        "Messages that were to be published, by what became of them",
        {"publisher", "result"}
    );
    for (const auto& [name, publisher] : publishers) {
        auto& unconfirmed = under_way.of({name});
        in.before_render([publisher = publisher, &unconfirmed] {
            unconfirmed.Set(static_cast<double>(publisher->unconfirmed()));
        });
        for (const auto result : {confirmed, nacked, unroutable, unknown, not_sent}) {
            auto& count = published.of({name, std::string(to_string(result))});
            in.before_render([publisher = publisher, result, &count] {
                raise_to(count, publisher->results(result));
            });
        }
    }
}

void show_readiness(metrics& in, const named_checks& checks) {
    auto ready = in.gauge("otp_ready", "1 where the check of /readyz holds", {"check"});
    for (const auto& [name, holds] : checks) {
        auto& gauge = ready.of({name});
        in.before_render([holds = holds, &gauge] { gauge.Set(holds() ? 1 : 0); });
    }
}

}  // namespace otp
