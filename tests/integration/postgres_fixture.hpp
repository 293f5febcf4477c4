#pragma once

#include "common/async/run.hpp"
#include "common/core/secret.hpp"
#include "common/postgres/connect.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

namespace otp::test {

// An address of a server that the test needs. Missing means failed.
inline std::string required_environment(const char* name) {
    const char* value = std::getenv(name);
    if (!value || !*value)
        throw std::runtime_error(std::string(name) + " is not set: run scripts/devstack");
    return value;
}

// Long enough for a loaded machine; nothing waits for it where all is well.
inline deadline soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(20);
}

inline deadline in(std::chrono::milliseconds span) {
    return std::chrono::steady_clock::now() + span;
}

// What was expected to succeed.
template <class T>
T got(postgres::result<T> answer) {
    if (!answer)
        throw std::runtime_error("unexpected error: " + answer.error().text());
    return std::move(*answer);
}

inline void fine(const postgres::result<void>& answer) {
    if (!answer)
        throw std::runtime_error("unexpected error: " + answer.error().text());
}

// The server of DATABASE_URL, to be connected to as the fixture's test likes.
struct needs_postgres {
    std::string url = required_environment("DATABASE_URL");

    boost::asio::awaitable<postgres::connection> connect() const { return connect(url); }

    static boost::asio::awaitable<postgres::connection> connect(std::string to) {
        const secret conninfo(to);
        postgres::connect_options options;
        options.application_name = "postgres_test";
        co_return got(co_await postgres::connect(conninfo, options, soon()));
    }
};

}  // namespace otp::test
