#include "common/config/known_settings.hpp"
#include "ctl/doctor/checks.hpp"
#include "ctl/unit_secrets.hpp"

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <system_error>

namespace otp {

namespace {

// Of files that exist: what others than the owner and its group may do.
std::optional<mode_t> mode_of(const std::string& path) {
    struct stat seen {};
    if (::stat(path.c_str(), &seen) != 0)
        return std::nullopt;
    return seen.st_mode;
}

void check_secret_file(const std::string& setting, const std::string& path, findings& into) {
    const auto mode = mode_of(path);
    if (!mode)
        return;  // whoever reads it tells that
    if ((*mode & S_IROTH) != 0)
        into.fault(
            "secret files",
            setting + ": every user of this machine may read " + path,
            "chmod 640 " + path + ", and give it to the program's user or group"
        );
    else if ((*mode & (S_IWOTH | S_IWGRP)) != 0)
        into.fault(
            "secret files",
            setting + ": others than its owner may write " + path,
            "chmod 640 " + path
        );
    else
        into.fine("secret files", setting + ": " + path + " is kept from others");
}

void check_proof_keys(settings& from, findings& into) {
    for (const auto& entry : from.list("OTP_PROOF_KEYS"))
        if (const auto colon = entry.find(':'); colon != std::string::npos)
            check_secret_file("OTP_PROOF_KEYS", entry.substr(colon + 1), into);
}

// What the units give to the programs.
void check_unit_secrets(const settings& from, findings& into) {
    for (const auto& folder : unit_secret_folders(from, {"shared", "worker", "verify"})) {
        std::error_code error;
        for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
             at.increment(error))
            if (at->is_regular_file(error))
                check_secret_file(at->path().filename().string(), at->path().string(), into);
    }
}

// A file of settings is secret where it holds one.
void check_config_file(const settings& from, findings& into) {
    if (from.file_path().empty())
        return;
    std::vector<std::string> faults;
    const auto values = settings::read_toml(from.file_path(), faults);
    for (const auto& known : known_settings())
        if (known.is_secret && values.contains(known.name)) {
            check_secret_file(
                "--config, which holds " + std::string(known.name),
                from.file_path(),
                into
            );
            return;
        }
}

}  // namespace

void check_secret_files(settings& from, findings& into) {
    for (const auto& known : known_settings()) {
        const auto path = known.is_secret ? from.file_of(known.name) : std::string();
        if (!path.empty())
            check_secret_file(std::string(known.name) + "_FILE", path, into);
    }
    check_proof_keys(from, into);
    if (const auto path = from.text("OTP_TLS_KEY_FILE"); !path.empty())
        check_secret_file("OTP_TLS_KEY_FILE", path, into);
    check_unit_secrets(from, into);
    check_config_file(from, into);
}

}  // namespace otp
