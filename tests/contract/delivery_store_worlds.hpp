#pragma once

#include "common/async/task_group.hpp"
#include "common/core/random.hpp"
#include "common/postgres/migrations.hpp"
#include "common/postgres/pool.hpp"
#include "common/store/pg_delivery_store.hpp"
#include "tests/integration/postgres_fixture.hpp"
#include "tests/support/memory_delivery_store.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

BOOST_TEST_DONT_PRINT_LOG_VALUE(otp::begin_verdict)
BOOST_TEST_DONT_PRINT_LOG_VALUE(otp::store_error::kind)

// Two worlds for one suite: the store in memory, and the one on a real PostgreSQL with a database
// of this run's own. Both let a test do what others do to the tables.
namespace otp::test {

namespace asio = boost::asio;

class in_memory {
public:
    in_memory(const asio::any_io_executor&, std::vector<int> ladder) : store_(std::move(ladder)) {}

    delivery_store& store() { return store_; }
    asio::awaitable<void> end_lease(uuid request) {
        store_.end_lease(request);
        co_return;
    }
    asio::awaitable<void> receipt(uuid request, int attempt, std::string status) {
        store_.record_receipt(request, attempt, status);
        co_return;
    }

private:
    memory_delivery_store store_;
};

// Made with every migration when it is first asked for, dropped when the process ends.
class migrated_database : needs_postgres {
public:
    static const std::string& address() {
        static const migrated_database made;
        return made.own_;
    }

private:
    migrated_database() : name_("store_" + to_string(new_uuid())), own_(url) {
        const auto at = own_.find('/', own_.rfind('@'));
        own_.replace(at + 1, std::min(own_.find('?'), own_.size()) - at - 1, name_);
        on_server("create database \"" + name_ + "\"");
        run_to_end([this]() -> asio::awaitable<void> {
            const auto files = postgres::load_migrations("migrations");
            if (!files)
                throw std::runtime_error(files.error());
            auto database = co_await needs_postgres::connect(own_);
            got(co_await postgres::migrate(database, *files, false, soon()));
        });
    }
    ~migrated_database() {
        try {
            on_server("drop database \"" + name_ + "\" with (force)");
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s is left behind: %s\n", name_.c_str(), error.what());
        }
    }

    void on_server(std::string sql) const {
        run_to_end([this, sql]() -> asio::awaitable<void> {
            auto server = co_await needs_postgres::connect(url);
            fine(co_await server.run_script(sql, soon()));
        });
    }

    std::string name_;
    std::string own_;
};

class in_postgres {
public:
    in_postgres(const asio::any_io_executor& executor, std::vector<int> ladder)
        : begins_(executor, secret(migrated_database::address()), {}),
          finishes_(executor, secret(migrated_database::address()), {}),
          rest_(executor, secret(migrated_database::address()), {}),
          store_(begins_, finishes_, rest_, {ladder.begin(), ladder.end()}, limits_) {}

    delivery_store& store() { return store_; }

    asio::awaitable<postgres::connection> connect() {
        return needs_postgres::connect(migrated_database::address());
    }
    static asio::awaitable<void> run_on(postgres::connection& session, std::string sql) {
        fine(co_await session.run_script(sql, soon()));
    }

    asio::awaitable<void> end_lease(uuid request) {
        return sql(
            "update otp.delivery_attempt set lease_until = now() - interval '1 s' where "
            "request_id = '" +
            to_string(request) + "'"
        );
    }
    asio::awaitable<void> receipt(uuid request, int attempt, std::string status) {
        const auto of = to_string(request);
        const auto number = std::to_string(attempt);
        return sql(
            "select otp.record_receipts(array[provider], array['M' || request_id || attempt], "
            "array['" +
            status +
            "'], array[null], array[request_id], array[attempt::int], array[null], array[null], "
            "array[true], array[true], array[null]) "
            "from otp.delivery_attempt where request_id = '" +
            of + "' and attempt = " + number
        );
    }

    // Another session of this database waits for a lock.
    asio::awaitable<void> wait_until_one_waits() {
        auto session = co_await connect();
        const postgres::statement question{"waiting", waiting_};
        const postgres::params none;
        const auto limit = soon();
        while (std::chrono::steady_clock::now() < limit) {
            const auto found = got(co_await session.execute(question, none, limit));
            if (found.size() != 0)
                co_return;
        }
        throw std::runtime_error("nobody waits for a lock");
    }
    asio::awaitable<void> end_the_one_that_waits() {
        return sql(
            "select pg_terminate_backend(pid) from (" + std::string(waiting_) + ") as w(pid)"
        );
    }

private:
    asio::awaitable<void> sql(std::string text) {
        auto session = co_await connect();
        co_await run_on(session, std::move(text));
    }

    static constexpr const char* waiting_ =
        "select pid from pg_stat_activity where datname = current_database() and "
        "wait_event_type = 'Lock'";

    postgres::pool begins_;
    postgres::pool finishes_;
    postgres::pool rest_;
    limit_rules limits_;
    pg_delivery_store store_;
};

using worlds = boost::mpl::list<in_memory, in_postgres>;

template <class World, class Scene>
void in_world(Scene play, std::vector<int> resend_ladder = {30, 60, 120, 300}) {
    run_to_end([&]() -> asio::awaitable<void> {
        World with(co_await asio::this_coro::executor, resend_ladder);
        co_await play(with);
    });
}

inline begin_request some_job() {
    static int numbers = 1'000'000;
    begin_request job;
    job.request_id = new_uuid();
    job.tenant = "acme";
    job.number = "+1415" + std::to_string(++numbers);
    job.purpose = "login";
    job.channel = "sms";
    job.template_name = "otp";
    job.locale = "en";
    job.route = "twilio/sms,gupshup/sms";
    job.requested_at = std::chrono::system_clock::now();
    job.ttl = std::chrono::seconds(300);
    job.verification_id = new_uuid();
    job.code_key_id = "k1";
    job.hash_key_id = "h1";
    job.tag.fill(7);
    job.code_length = 6;
    return job;
}

inline begin_request another_job_for(const begin_request& first) {
    begin_request job = some_job();
    job.number = first.number;
    return job;
}

inline finish_request an_end(std::string owner, const begin_request& of, std::string state) {
    finish_request end;
    end.owner = std::move(owner);
    end.request_id = of.request_id;
    end.attempt = 1;
    end.state = std::move(state);
    return end;
}

inline reject_request a_rejection(const begin_request& of) {
    reject_request row;
    row.request_id = of.request_id;
    row.tenant = of.tenant;
    row.number = of.number;
    row.purpose = of.purpose;
    row.channel = of.channel;
    row.template_name = of.template_name;
    row.locale = of.locale;
    row.requested_at = of.requested_at;
    row.reason = "no_provider_for_channel";
    return row;
}

// A row that stands in the way of `job`'s.
inline std::string insert_of(const begin_request& job) {
    return "insert into otp.delivery (request_id, tenant, number, purpose, status, requested_at, "
           "deadline, created_at) values ('" +
           to_string(job.request_id) + "', '" + job.tenant + "', '" + job.number + "', '" +
           job.purpose + "', 'rejected', now(), now(), now())";
}

// The one answer to the one job; an error fails the test.
template <class World>
asio::awaitable<begin_answer> begin(World& with, std::string owner, const begin_request& job) {
    const std::vector<begin_request> jobs{job};
    auto answers = co_await with.store().begin(owner, jobs);
    if (!answers)
        throw std::runtime_error("begin: " + answers.error().text);
    co_return answers->at(0);
}

template <class World>
asio::awaitable<finish_answer> finish(World& with, finish_request end) {
    const std::vector<finish_request> ends{std::move(end)};
    auto answers = co_await with.store().finish(ends);
    if (!answers)
        throw std::runtime_error("finish: " + answers.error().text);
    co_return answers->at(0);
}

template <class World>
asio::awaitable<std::optional<due_job>> due_of(World& with, uuid request) {
    auto due = co_await with.store().sweep(500);
    if (!due)
        throw std::runtime_error("sweep: " + due.error().text);
    for (auto& one : *due)
        if (one.request_id == request)
            co_return std::move(one);
    co_return std::nullopt;
}

}  // namespace otp::test
