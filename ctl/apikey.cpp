#include "common/async/run.hpp"
#include "common/core/hex.hpp"
#include "common/core/random.hpp"
#include "common/core/sha256.hpp"
#include "common/json/json_writer.hpp"
#include "ctl/flags.hpp"
#include "ctl/run_commands.hpp"
#include "ctl/servers.hpp"
#include "ctl/tenant_flag.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <sstream>

namespace otp {

namespace asio = boost::asio;

namespace {

constexpr postgres::statement create_api_key{
    "create_api_key",
    "select otp.create_api_key($1, $2, $3)"};

constexpr postgres::statement rotate_api_key{
    "rotate_api_key",
    "select to_char(ends_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    " from otp.rotate_api_key($1, $2, $3)"};

constexpr postgres::statement revoke_api_key{
    "revoke_api_key_id",
    "select otp.revoke_api_key_id($1)"};

constexpr postgres::statement list_api_keys{
    "list_api_keys",
    "select id, tenant, array_to_string(scopes, ','),"
    " to_char(created_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
    " coalesce(to_char(last_used_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI\"Z\"'), 'never'),"
    " case when revoked_at is null then 'living'"
    " else case when revoked_at > now() then 'ends ' else 'ended ' end"
    " || to_char(revoked_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') end"
    " from otp.list_api_keys($1)"};

constexpr int longest_grace = 30 * 86400;

const std::array<std::string, 4> known_scopes{"send", "check", "read", "admin"};

// 256 random bits in hexadecimal; the prefix lets secret scanners know it.
std::string new_key() {
    std::array<std::uint8_t, 32> bytes{};
    fill_random(bytes);
    return "otp_" + to_hex(bytes);
}

std::vector<std::string> scopes_of(const std::string& list) {
    std::vector<std::string> scopes;
    std::istringstream words(list);
    for (std::string word; std::getline(words, word, ',');) {
        if (std::find(known_scopes.begin(), known_scopes.end(), word) == known_scopes.end())
            throw exit_with(
                exit_code::usage,
                "--scopes: " + word + " is none of send, check, read, admin"
            );
        if (std::find(scopes.begin(), scopes.end(), word) == scopes.end())
            scopes.push_back(word);
    }
    if (scopes.empty())
        throw exit_with(exit_code::usage, "--scopes: expected some of send, check, read, admin");
    return scopes;
}

// As `apikey list` shows it: the first digits of the key's hash.
std::string id_of(const flags& given) {
    const auto& id = given.words().at(1);
    if (id.size() != 12 || id.find_first_not_of("0123456789abcdef") != std::string::npos)
        throw exit_with(
            exit_code::usage,
            "expected the id of a key, 12 hexadecimal digits as `otpctl apikey list` shows it"
        );
    return id;
}

asio::awaitable<postgres::rows> ask_once(
    settings& from,
    const postgres::statement& what,
    const postgres::params& with
) {
    postgres::connection database = co_await connect_database(from);
    co_return co_await ask(database, what, with);
}

[[noreturn]] void no_such_key(const std::string& id) {
    throw exit_with(
        exit_code::usage,
        "there is no living key " + id + "; `otpctl apikey list` shows all"
    );
}

std::string key_id_of(const std::string& key) {
    return to_hex(sha256(key)).substr(0, 12);
}

void show_new(const std::string& key, const flags& given) {
    if (given.has("--json")) {
        std::cout << json_writer().member("id", key_id_of(key)).member("key", key).take() << "\n";
        return;
    }
    if (::isatty(STDOUT_FILENO) != 0)
        std::cerr << "This key is shown once; only its hash is stored.\n";
    std::cout << key << "\n";
}

asio::awaitable<void> create_key(settings& from, const flags& given) {
    given.required("--tenant");
    const auto tenant = tenant_flag(given);
    const auto scopes = scopes_of(given.text("--scopes", "send,check,read"));
    const auto key = new_key();
    const postgres::params with(sha256(key), tenant, scopes);
    co_await ask_once(from, create_api_key, with);
    show_new(key, given);
}

asio::awaitable<void> rotate_key(settings& from, const flags& given) {
    const auto id = id_of(given);
    const std::chrono::seconds grace(given.whole("--grace", 0, longest_grace, 86400));
    const auto key = new_key();
    const postgres::params with(id, sha256(key), std::chrono::milliseconds(grace));
    const auto rotated = co_await ask_once(from, rotate_api_key, with);
    if (rotated.empty())
        no_such_key(id);
    const auto end = rotated.get<std::string>(0, 0);
    if (given.has("--json")) {
        json_writer to;
        to.member("id", key_id_of(key)).member("key", key);
        std::cout << to.member("old_id", id).member("old_ends_at", end).take() << "\n";
        co_return;
    }
    std::cerr << "Key " << id << " ends at " << end << ".\n";
    show_new(key, given);
}

asio::awaitable<void> revoke_key(settings& from, const flags& given) {
    const auto id = id_of(given);
    const postgres::params with(id);
    const auto revoked = co_await ask_once(from, revoke_api_key, with);
    if (revoked.get<std::int32_t>(0, 0) == 0)
        no_such_key(id);
    if (given.has("--json"))
        std::cout << json_writer().member("id", id).member("revoked", true).take() << "\n";
    else
        std::cout << "Key " << id << " is revoked: within 5 s otp-verify refuses it.\n";
}

void list_json(const postgres::rows& keys) {
    constexpr std::array names{"id", "tenant", "scopes", "created", "last_used", "state"};
    for (int row = 0; row < keys.size(); ++row) {
        json_writer to;
        for (int column = 0; column < keys.columns(); ++column)
            to.member(names[static_cast<std::size_t>(column)], keys.get<std::string>(row, column));
        std::cout << to.take() << "\n";
    }
}

asio::awaitable<void> list_keys(settings& from, const flags& given) {
    const postgres::params with(tenant_flag(given));
    const auto keys = co_await ask_once(from, list_api_keys, with);
    if (given.has("--json")) {
        list_json(keys);
        co_return;
    }
    std::cout << "id\ttenant\tscopes\tcreated\tlast used\tstate\n";
    for (int row = 0; row < keys.size(); ++row)
        for (int column = 0; column < keys.columns(); ++column)
            std::cout << keys.get<std::string>(row, column)
                      << (column + 1 == keys.columns() ? "\n" : "\t");
}

struct verb {
    const char* name;
    std::size_t words;  // with the verb itself
    std::vector<std::string> options;
    asio::awaitable<void> (*run)(settings&, const flags&);
};

const std::array<verb, 4> verbs{{
    {"create", 1, {"--tenant", "--scopes"}, create_key},
    {"list", 1, {"--tenant"}, list_keys},
    {"rotate", 2, {"--grace"}, rotate_key},
    {"revoke", 2, {}, revoke_key},
}};

}  // namespace

exit_code run_apikey(settings& from, const std::vector<std::string>& words) {
    const auto found = std::find_if(verbs.begin(), verbs.end(), [&](const verb& one) {
        return !words.empty() && words.front() == one.name;
    });
    if (found != verbs.end()) {
        const flags given(words, found->options, {"--json"});
        if (given.words().size() == found->words) {
            run_to_end([&] { return found->run(from, given); });
            return exit_code::fine;
        }
    }
    throw exit_with(
        exit_code::usage,
        "apikey takes `create --tenant T [--scopes send,check,read,admin]`, `list [--tenant T]`,"
        " `rotate ID [--grace SECONDS]` or `revoke ID`"
    );
}

}  // namespace otp
