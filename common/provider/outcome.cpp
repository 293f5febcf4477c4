#include "common/provider/outcome.hpp"

#include <array>
#include <cstddef>

namespace otp {

std::string_view to_string(attempt_end end) {
    constexpr std::array<std::string_view, 4> words{"accepted", "refused", "not_sent", "in_doubt"};
    return words[static_cast<std::size_t>(end)];
}

}  // namespace otp
