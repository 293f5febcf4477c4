#include "ctl/unit_secrets.hpp"

#include <filesystem>
#include <system_error>

namespace otp {

namespace fs = std::filesystem;

std::vector<std::string> unit_secret_folders(
    const settings& from,
    const std::vector<std::string>& words
) {
    std::vector<std::string> folders;
    if (from.file_path().empty())
        return folders;
    const auto secrets = fs::path(from.file_path()).parent_path() / "secrets";
    for (const auto& word : words) {
        std::error_code error;
        if (fs::is_directory(secrets / word, error))
            folders.push_back((secrets / word).string());
    }
    return folders;
}

void take_unit_secrets(settings& from, const std::vector<std::string>& words) {
    for (const auto& folder : unit_secret_folders(from, words))
        from.add_credentials(folder);
}

}  // namespace otp
