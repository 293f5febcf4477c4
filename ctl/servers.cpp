#include "ctl/servers.hpp"

#include "common/amqp/url.hpp"
#include "common/config/program.hpp"
#include "common/config/shared_settings.hpp"
#include "common/net/tls.hpp"
#include "common/postgres/connect.hpp"
#include "common/postgres/migrations.hpp"
#include "common/store/await_schema.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds version_limit{30};

// insufficient_privilege
constexpr std::string_view no_right = "42501";

// A connection would throw for the same reason, as for a bug.
void require_authorities(const amqp::connection_options& of) {
    if (!std::ranges::any_of(of.brokers, &amqp::broker::tls))
        return;
    try {
        net::make_client_tls(of.ca_file);
    } catch (const std::invalid_argument& e) {
        throw exit_with(exit_code::configuration, "AMQP_CA_FILE: " + std::string(e.what()));
    }
}

}  // namespace

secret database_url(settings& from) {
    secret url = from.required_secret("DATABASE_URL");
    require_sound(from);
    if (const auto fault = postgres::conninfo_fault(url))
        throw exit_with(exit_code::configuration, "DATABASE_URL: " + *fault);
    return url;
}

asio::awaitable<postgres::connection> connect_to_migrate(settings& from) {
    const secret url = database_url(from);
    postgres::connect_options options;
    options.application_name = "otpctl";
    const deadline at = startup_end(from);
    for (;;) {
        auto opened = co_await postgres::connect(url, options, at);
        if (opened)
            co_return std::move(*opened);
        if (std::chrono::steady_clock::now() + std::chrono::milliseconds(250) >= at)
            throw exit_with(
                exit_code::unavailable,
                "PostgreSQL cannot be reached: " + opened.error().text()
            );
        co_await sleep_for(std::chrono::milliseconds(250));
    }
}

asio::awaitable<postgres::connection> connect_database(settings& from) {
    auto database = co_await connect_to_migrate(from);
    const auto at = std::chrono::steady_clock::now() + version_limit;
    const auto version = co_await postgres::schema_version(database, at);
    if (version)
        require_schema(*version);
    else if (!version.error().sqlstate_is(no_right))  // an auditor may not read it
        throw exit_with(code_of(version.error()), version.error().text());
    co_return std::move(database);
}

asio::awaitable<postgres::rows> ask(
    postgres::connection& database,
    const postgres::statement& what,
    const postgres::params& with,
    std::chrono::seconds limit
) {
    const auto at = std::chrono::steady_clock::now() + limit;
    auto answer = co_await database.execute(what, with, at);
    if (answer)
        co_return std::move(*answer);
    const auto& error = answer.error();
    if (error.sqlstate_is(no_right))
        throw exit_with(
            exit_code::configuration,
            error.text() + "; status, top and export need DATABASE_URL of otp_auditor or of the "
                           "superuser, the others that of the superuser"
        );
    throw exit_with(code_of(error), error.text());
}

exit_code code_of(const postgres::error& failed) {
    using kind = postgres::error::kind;
    const bool spoke = failed.what() == kind::server || failed.what() == kind::schema;
    // Class 57P: it is stopping, or not up yet.
    const bool stays = spoke && !failed.sqlstate().starts_with("57P");
    return stays ? exit_code::configuration : exit_code::unavailable;
}

amqp::connection_options broker_options(settings& from) {
    const secret url = from.required_secret("AMQP_URL");
    amqp::connection_options options;
    options.ca_file = from.text("AMQP_CA_FILE");
    options.connection_name = "otpctl";
    require_sound(from);
    auto brokers = amqp::parse_urls(url.reveal());
    if (!brokers)
        throw exit_with(exit_code::configuration, "AMQP_URL: " + brokers.error());
    options.brokers = std::move(*brokers);
    require_authorities(options);
    return options;
}

deadline startup_end(settings& from) {
    const auto wait = read_startup_wait(from);
    require_sound(from);
    return std::chrono::steady_clock::now() + wait;
}

void require_sound(const settings& from) {
    if (from.faults().empty())
        return;
    std::string all;
    for (const auto& fault : from.faults())
        all += (all.empty() ? "" : "\n") + fault;
    throw exit_with(exit_code::configuration, all);
}

}  // namespace otp
