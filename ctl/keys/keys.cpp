#include "common/otp/keys.hpp"

#include "common/async/run.hpp"
#include "common/core/rfc3339.hpp"
#include "common/json/json_writer.hpp"
#include "ctl/flags.hpp"
#include "ctl/keys/new_key.hpp"
#include "ctl/keys/rotation.hpp"
#include "ctl/private_file.hpp"
#include "ctl/run_commands.hpp"
#include "ctl/servers.hpp"
#include "ctl/unit_secrets.hpp"

#include <unistd.h>

#include <iostream>

namespace otp {

namespace asio = boost::asio;
using wall_time = std::chrono::system_clock::time_point;

namespace {

constexpr postgres::statement in_use_statement{
    "key_ids_in_use",
    "select kind, id, codes, needed_until from otp.key_ids_in_use()"};

std::string today() {
    return format_rfc3339(std::chrono::system_clock::now()).substr(0, 10);
}

// Of a key that is not among those of `list`.
std::string id_for(const flags& given, std::string_view list) {
    const auto id = given.has("--id") ? given.text("--id") : new_key_id(today());
    if (!is_key_id(id))
        throw exit_with(exit_code::usage, "--id: " + std::string(key_id_rule));
    if (lists_key_id(list, id))
        throw exit_with(
            exit_code::usage,
            "--id: " + id + " is listed already; a new key gets an id that was never used"
        );
    return id;
}

void warn_of_screen(const flags& given) {
    if (::isatty(STDOUT_FILENO) != 0 && !given.has("--json"))
        std::cerr << "What follows is secret: put it where other secrets are kept, and clear the "
                     "screen.\n";
}

void show_entry(const flags& given, std::string_view setting, std::string_view entry) {
    if (given.has("--json"))
        std::cout << json_writer().member("setting", setting).member("entry", entry).take() << "\n";
    else
        std::cout << entry << "\n";
}

exit_code make_proof_key(settings& from, const flags& given) {
    const auto path = given.required("--out");
    const auto id = id_for(given, from.secret_text("OTP_PROOF_KEYS").reveal());
    write_private_file(path, new_proof_key().reveal());
    show_entry(given, "OTP_PROOF_KEYS", id + ":" + path);
    return exit_code::fine;
}

// What is wrong with the settings does not stop it: a new key may be what mends them.
exit_code make_key(settings& from, const flags& given) {
    if (given.words().size() != 2)
        throw exit_with(exit_code::usage, "keys new takes code, hash, device or proof");
    const auto& word = given.words()[1];
    if (word == "proof")
        return make_proof_key(from, given);
    const auto* kind = find_key_kind(word);
    if (kind == nullptr)
        throw exit_with(
            exit_code::usage,
            "keys new takes code, hash, device or proof, not " + word
        );
    const auto list = from.secret_text(kind->setting);
    const auto entry = new_key_entry(id_for(given, list.reveal()));
    if (given.has("--out")) {
        write_private_file(given.text("--out"), entry.reveal());
        return exit_code::fine;
    }
    warn_of_screen(given);
    show_entry(given, kind->setting, entry.reveal());
    return exit_code::fine;
}

exit_code rotate(settings& from, const flags& given) {
    const auto* kind = given.words().size() == 2 ? find_key_kind(given.words()[1]) : nullptr;
    if (kind == nullptr)
        throw exit_with(
            exit_code::usage,
            "keys rotate takes code, hash or device; a proof key is rotated as docs/proofs.md says"
        );
    const auto list = from.required_secret(kind->setting);
    require_sound(from);
    if (const auto ring = key_ring::parse(list.reveal()); !ring)
        throw exit_with(exit_code::configuration, std::string(kind->setting) + ": " + ring.error());
    const auto id = id_for(given, list.reveal());
    const auto entry = new_key_entry(id);
    const auto steps = rotation_steps(*kind, list.reveal(), entry.reveal());
    warn_of_screen(given);
    if (given.has("--json")) {
        json_writer to;
        to.member("setting", kind->setting).member("new_id", id).open_array("steps");
        for (const auto& step : steps)
            to.open_object()
                .member("what", step.what)
                .member("value", step.value.reveal())
                .close_object();
        std::cout << to.close_array().take() << "\n";
        return exit_code::fine;
    }
    int number = 0;
    for (const auto& step : steps)
        std::cout << ++number << ". " << step.what << ":\n   " << kind->setting << "="
                  << step.value.reveal() << "\n";
    return exit_code::fine;
}

// Keys that the settings here list; null where they list none, as at a machine of otp-verify.
std::optional<key_ring> listed(settings& from, std::string_view setting) {
    const auto text = from.secret_text(setting);
    if (text.empty())
        return std::nullopt;
    auto ring = key_ring::parse(text.reveal());
    if (!ring)
        throw exit_with(exit_code::configuration, std::string(setting) + ": " + ring.error());
    return std::move(*ring);
}

void print_use(
    const flags& given,
    const std::string& setting,
    const postgres::rows& used,
    int row,
    std::string_view here
) {
    const auto id = used.get<std::string>(row, 1);
    const auto codes = used.get<std::int64_t>(row, 2);
    const auto until =
        format_rfc3339(std::chrono::floor<std::chrono::seconds>(used.get<wall_time>(row, 3)));
    if (given.has("--json")) {
        json_writer to;
        to.member("setting", setting)
            .member("id", id)
            .member("codes", codes)
            .member("needed_until", until);
        std::cout << to.member("listed_here", here).take() << "\n";
    } else {
        std::cout << setting << " " << id << ": " << codes << " live codes need it until " << until
                  << "; listed here: " << here << "\n";
    }
}

asio::awaitable<void> check(settings& from, const flags& given, bool& all_there) {
    const auto code_keys = listed(from, "OTP_CODE_KEYS");
    const auto hash_keys = listed(from, "OTP_HASH_KEYS");
    postgres::connection database = co_await connect_database(from);
    const postgres::params none;
    const auto used = co_await ask(database, in_use_statement, none);
    if (used.empty() && !given.has("--json"))
        std::cout << "no live code needs a key\n";
    for (int row = 0; row < used.size(); ++row) {
        const bool is_code = used.get<std::string>(row, 0) == "code";
        const auto& ring = is_code ? code_keys : hash_keys;
        const auto id = used.get<std::string>(row, 1);
        const std::string setting = is_code ? "OTP_CODE_KEYS" : "OTP_HASH_KEYS";
        const bool missing = ring && ring->find(id) == nullptr;
        all_there = all_there && !missing;
        print_use(given, setting, used, row, !ring ? "setting not given" : missing ? "NO" : "yes");
    }
}

// Flags with a value.
std::vector<std::string> options_of(std::string_view verb) {
    if (verb == "new")
        return {"--id", "--out"};
    if (verb == "rotate")
        return {"--id"};
    return {};
}

}  // namespace

exit_code run_keys(settings& from, const std::vector<std::string>& words) {
    const auto verb = words.empty() ? std::string() : words.front();
    const flags given(words, options_of(verb), {"--json"});
    take_unit_secrets(from, {"shared", "worker", "verify"});
    if (verb == "new")
        return make_key(from, given);
    if (verb == "rotate")
        return rotate(from, given);
    if (verb != "check" || given.words().size() != 1)
        throw exit_with(exit_code::usage, "keys takes `new`, `check` or `rotate`");
    bool all_there = true;
    run_to_end([&] { return check(from, given, all_there); });
    return all_there ? exit_code::fine : exit_code::configuration;
}

}  // namespace otp
