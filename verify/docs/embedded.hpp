#pragma once

#include <string_view>

namespace otp {

// Files that are part of the program. A viewer that was not there when it was built is empty.
struct embedded_file {
    std::string_view name;
    std::string_view content_type;
    std::string_view bytes;
};

// Null where there is none of that name.
const embedded_file* find_embedded(std::string_view name);

}  // namespace otp
