#include "common/config/installed_folder.hpp"

#include <filesystem>

namespace otp {

namespace fs = std::filesystem;

std::string installed_folder(std::string_view name) {
    std::error_code error;
    const auto program = fs::read_symlink("/proc/self/exe", error);
    const auto prefix = program.parent_path().parent_path();
    const auto folder = prefix / "share" / "otp-worker" / name;
    if (!error && fs::is_directory(folder, error))
        return folder.string();
    return std::string(name);
}

}  // namespace otp
