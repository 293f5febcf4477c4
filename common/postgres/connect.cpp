#include "common/postgres/connect.hpp"

#include "common/net/name_lookup.hpp"
#include "common/postgres/conninfo.hpp"
#include "common/postgres/server_message.hpp"

#include <boost/asio/this_coro.hpp>

#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace otp::postgres {

namespace asio = boost::asio;

namespace {

// One attempt to reach one address.
struct attempt {
    const conninfo& settings;
    const connect_options& options;
    target where;               // with a numeric address, unless it is a Unix socket
    const char* session_attrs;  // target_session_attrs, or null
    deadline at;
};

using opened = std::unique_ptr<handle>;
using opened_or_fault = boost::system::result<opened, std::string>;

PGconn* start(const attempt& one) {
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    const auto set = [&](const char* keyword, const char* value) {
        keywords.push_back(keyword);
        values.push_back(value);
    };
    const auto set_given = [&](const char* keyword, const std::string& value) {
        if (!value.empty())
            set(keyword, value.c_str());
    };
    set_given("fallback_application_name", one.options.application_name);
    for (const auto& [keyword, value] : one.settings.other_options())
        set(keyword, value);
    set_given("host", one.where.host);
    set_given("hostaddr", one.where.address);
    set_given("port", one.where.port);
    set("client_encoding", "UTF8");
    if (one.session_attrs)
        set("target_session_attrs", one.session_attrs);
    set(nullptr, nullptr);
    return PQconnectStartParams(keywords.data(), values.data(), 0);
}

asio::awaitable<opened_or_fault> open(const attempt& one) {
    auto link = std::make_unique<handle>(co_await asio::this_coro::executor, start(one));
    const auto fault = [&] { return connect_message(PQerrorMessage(link->get())); };
    if (!link->get() || PQstatus(link->get()) == CONNECTION_BAD)
        co_return link->get() ? fault() : std::string("out of memory");

    link->set_deadline(one.at);
    for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;
         state = PQconnectPoll(link->get())) {
        if (state == PGRES_POLLING_FAILED)
            co_return fault();
        link->watch();
        const bool reads = state == PGRES_POLLING_READING;
        bool ready = false;
        if (reads)
            ready = co_await link->readable();
        else
            ready = co_await link->writable();
        if (!ready)
            co_return std::string("no answer in time");
        link->unwatch();
    }
    link->clear_deadline();
    if (PQsetnonblocking(link->get(), 1) != 0 || !PQenterPipelineMode(link->get()))
        co_return fault();
    link->watch();
    co_return std::move(link);
}

// What is tried one after the other: prefer-standby is a wish about the whole list, so the list is
// walked twice.
std::vector<const char*> passes(const conninfo& settings) {
    if (settings.option("target_session_attrs") == "prefer-standby")
        return {"standby", "any"};
    return {nullptr};
}

std::chrono::milliseconds timeout_of(const conninfo& settings, const connect_options& options) {
    const auto given = settings.option("connect_timeout");
    int seconds = 0;
    std::from_chars(given.data(), given.data() + given.size(), seconds);
    return seconds > 0 ? std::chrono::seconds(seconds) : options.timeout;
}

asio::awaitable<boost::system::result<std::vector<std::string>, std::string>> addresses_of(
    const target& where,
    deadline at
) {
    if (where.needs_lookup()) {
        const net::name_lookup asked(co_await asio::this_coro::executor, where.host);
        const auto found = co_await asked.wait(at);
        if (!found)
            co_return std::string("its name was not resolved in time");
        if (!*found)
            co_return "its name cannot be resolved: " + found->error().message();
        std::vector<std::string> numbers;
        for (const auto& address : **found)
            numbers.push_back(address.to_string());
        co_return numbers;
    }
    const bool numeric = where.address.empty() && !where.host.empty() && where.host[0] != '/' &&
                         where.host[0] != '@';
    co_return std::vector<std::string>(1, numeric ? where.host : where.address);
}

// A server that loses us by a broken network or a closed socket stops our statement soon.
const std::string setup = "set client_connection_check_interval = '1s'";

asio::awaitable<boost::system::result<connection, std::string>> open_session(const attempt& one) {
    auto link = co_await open(one);
    if (!link)
        co_return link.error();
    connection made(std::move(*link), one.where.shown());
    const auto set = co_await made.run_script(setup, one.at);
    if (!set)
        co_return set.error().text();
    co_return std::move(made);
}

}  // namespace

std::optional<std::string> conninfo_fault(const secret& text) {
    const auto parsed = conninfo::parse(text);
    if (parsed)
        return std::nullopt;
    return "not a libpq connection string (postgresql://user@host:port/database): " +
           parsed.error();
}

asio::awaitable<result<connection>> connect(
    const secret& text,
    const connect_options& options,
    deadline at
) {
    const auto settings = conninfo::parse(text);
    if (!settings)
        co_return error(error::kind::connection, *conninfo_fault(text));

    const auto timeout = timeout_of(*settings, options);
    const auto step_end = [&] { return std::min(at, std::chrono::steady_clock::now() + timeout); };
    std::string faults;
    const auto note = [&faults](const target& where, const std::string& fault) {
        faults += (faults.empty() ? "" : "; ") + where.shown() + ": " + fault;
    };
    for (const char* attrs : passes(*settings)) {
        for (target where : settings->targets()) {
            const auto addresses = co_await addresses_of(where, step_end());
            if (!addresses) {
                note(where, addresses.error());
                continue;
            }
            for (const auto& address : *addresses) {
                where.address = address;
                const attempt one{*settings, options, where, attrs, step_end()};
                auto made = co_await open_session(one);
                if (made)
                    co_return std::move(*made);
                note(where, made.error());
            }
        }
    }
    const bool late = at <= std::chrono::steady_clock::now();
    co_return error(
        late ? error::kind::timeout : error::kind::connection,
        "cannot connect: " + faults
    );
}

}  // namespace otp::postgres
