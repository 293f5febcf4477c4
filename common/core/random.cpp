#include "common/core/random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <system_error>

namespace otp {

void fill_random(std::span<std::uint8_t> bytes) {
    constexpr std::size_t most_at_once = 256;  // getentropy(3)
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(bytes.size(), most_at_once));
        if (::getentropy(piece.data(), piece.size()) != 0)
            throw std::system_error(errno, std::generic_category(), "getentropy");
        bytes = bytes.subspan(piece.size());
    }
}

uuid new_uuid() {
    std::array<std::uint8_t, 10> random{};
    fill_random(random);
    return make_uuid_v7(std::chrono::system_clock::now(), random);
}

double random_fraction() {
    thread_local std::minstd_rand source{std::random_device{}()};
    return std::uniform_real_distribution<double>(0.0, 1.0)(source);
}

}  // namespace otp
