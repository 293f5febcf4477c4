#include "common/core/whole_file.hpp"

#include <fstream>
#include <ios>
#include <iterator>

namespace otp {

std::optional<std::string> whole_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return std::nullopt;
    try {
        return std::string(std::istreambuf_iterator<char>(file), {});
    } catch (const std::ios_base::failure&) {
        return std::nullopt;  // a folder can be opened, but not read
    }
}

}  // namespace otp
