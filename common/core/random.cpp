#include "common/core/random.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
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

namespace {

using id_bytes = std::array<std::uint8_t, 10>;

// From a store that is filled for many ids at once: a call of the kernel takes longer than all else
// of an id. Ids are no secrets, and no program of ours forks.
id_bytes next_id_bytes() {
    thread_local std::array<std::uint8_t, 25 * sizeof(id_bytes)> store;
    thread_local std::size_t used = store.size();
    if (used == store.size()) {
        fill_random(store);
        used = 0;
    }
    id_bytes taken;
    std::copy_n(store.begin() + static_cast<std::ptrdiff_t>(used), taken.size(), taken.begin());
    used += taken.size();
    return taken;
}

}  // namespace

uuid new_uuid() {
    return make_uuid_v7(std::chrono::system_clock::now(), next_id_bytes());
}

double random_fraction() {
    thread_local std::minstd_rand source{std::random_device{}()};
    return std::uniform_real_distribution<double>(0.0, 1.0)(source);
}

}  // namespace otp
