#include "common/core/hex.hpp"
#include "common/core/random.hpp"
#include "common/core/short_name.hpp"
#include "ctl/command.hpp"
#include "ctl/flags.hpp"
#include "ctl/run.hpp"

#include <openssl/sha.h>

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
        scopes.push_back(word);
    }
    if (scopes.empty())
        throw exit_with(exit_code::usage, "--scopes: expected some of send, check, read, admin");
    return scopes;
}

std::string tenant_of(const flags& given) {
    auto tenant = given.required("--tenant");
    if (!is_short_name(tenant))
        throw exit_with(
            exit_code::usage,
            "--tenant must be 1 to 64 of a-z, 0-9, _ . - with a letter or digit first"
        );
    return tenant;
}

asio::awaitable<void> create_key(settings& from, const flags& given) {
    const auto tenant = tenant_of(given);
    const auto scopes = scopes_of(given.text("--scopes", "send,check,read"));
    postgres::connection database = co_await connect_database(from);
    const auto key = new_key();
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> hash{};
    ::SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), hash.data());
    const postgres::params with(hash, tenant, scopes);
    const auto at = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    const auto made = co_await database.execute(create_api_key, with, at);
    if (!made) {
        const bool refused = made.error().what() == postgres::error::kind::server;
        throw exit_with(
            refused ? exit_code::configuration : exit_code::unavailable,
            made.error().text()
        );
    }
    if (::isatty(STDOUT_FILENO) != 0)
        std::cerr << "This key is shown once; only its hash is stored.\n";
    std::cout << key << "\n";
}

}  // namespace

exit_code run_apikey(settings& from, const std::vector<std::string>& words) {
    const flags given(words, {"--tenant", "--scopes"});
    if (given.words() != std::vector<std::string>{"create"})
        throw exit_with(
            exit_code::usage,
            "apikey takes `create --tenant T [--scopes send,check,read,admin]`"
        );
    run_to_end([&] { return create_key(from, given); });
    return exit_code::fine;
}

}  // namespace otp
