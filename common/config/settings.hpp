#pragma once

#include "common/core/secret.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// The settings of one run: a TOML file, over it the environment, over it flags. A program reads
// what it needs by the environment's name; everything wrong is gathered, so that one start shows
// all of it.
class settings {
public:
    using values = std::map<std::string, std::string, std::less<>>;  // by environment name

    // In each place NAME is looked up and, of a secret, NAME_FILE behind it. A secret that is found
    // nowhere is looked for as a file NAME in the CREDENTIALS_DIRECTORY of `environment`
    // (systemd.exec(5)). A secret in a file loses one final newline. An empty value is none, as
    // `NAME=` in a .env file means it: the next place is asked.
    settings(values file, values environment, values flags);

    // Reads the keys of a TOML file; what is wrong with it is added to `faults`. Tables [limits]
    // and [abuse] are left to common/limits, which reads them anew while the program runs.
    static values read_toml(const std::string& path, std::vector<std::string>& faults);

    std::string text(std::string_view name, std::string_view fallback = {});
    secret secret_text(std::string_view name);
    secret required_secret(std::string_view name);
    std::int64_t whole(
        std::string_view name,
        std::int64_t least,
        std::int64_t most,
        std::int64_t fallback
    );
    bool yes(std::string_view name, bool fallback);
    std::string one_of(
        std::string_view name,
        const std::vector<std::string>& words,
        std::string_view fallback
    );
    // Comma-separated, blanks dropped.
    std::vector<std::string> list(std::string_view name, std::string_view fallback = {});
    std::vector<std::string> routes() const;  // of countries, as is_route names them
    // Whether a value would be found; one that is empty is none.
    bool is_set(std::string_view name) const;

    // The path that NAME_FILE names; empty where the secret does not come from there.
    std::string file_of(std::string_view secret) const;

    // Takes the secrets in a folder, a file each, as those that a service manager gives: for
    // whoever looks at a unit's settings from outside it.
    void add_credentials(const std::string& folder);

    void fault(std::string_view name, std::string_view what);
    // One that two readers of the same thing find is told once. What may be wrong only for want of
    // a file is not told beside it: anything where nothing of the TOML file could be taken, and
    // what begins with the name of a secret whose own file cannot be read.
    void add_fault(std::string text);
    const std::vector<std::string>& faults() const { return faults_; }

    // The same places as they are now: environment and flags do not change, files may have.
    settings read_again() const;

    // Which of the settings that `before` read have another value here.
    std::vector<std::string> changed_since(const settings& before);

    // The TOML file, for those who read tables of it; empty: none was named.
    const std::string& file_path() const noexcept { return file_path_; }
    void set_file_path(std::string path) { file_path_ = std::move(path); }

    // For effective(): what somebody else has read from the same places. No secret.
    void show(std::string name, std::string value);

    // "NAME = value" for what was read so far and what is shown besides, secrets as (set) or
    // (not set), sorted.
    std::string effective() const;

private:
    struct given {
        const std::string* text = nullptr;  // null: nowhere
        bool is_path = false;               // of the file that holds it
    };
    given named(std::string_view name) const;     // by whoever wrote the settings
    given look_for(std::string_view name) const;  // there, or among the credentials
    std::optional<std::string> find(std::string_view name);
    std::optional<std::string> from_file(std::string_view name, const std::string& path);

    std::string file_path_;
    values file_;
    values environment_;
    values credentials_;  // by environment name, the path
    values flags_;
    std::map<std::string, std::string, std::less<>> shown_;
    std::map<std::string, secret, std::less<>> found_;  // what was read; empty: nowhere
    std::set<std::string, std::less<>> unread_;         // secrets whose files cannot be read
    std::vector<std::string> faults_;
    bool has_no_file_ = false;  // one is named, but nothing of it could be taken
};

}  // namespace otp
