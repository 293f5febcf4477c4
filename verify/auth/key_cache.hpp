#pragma once

#include "common/store/key_store.hpp"

#include <chrono>
#include <cstddef>
#include <map>

namespace otp {

// Keys that were found a moment ago, so that a busy client does not cost a look-up for each
// request. An entry lives 4 s from before its look-up began, so a revoked key is refused within 5.
// Unknown keys are not kept: there is no end of them.
class key_cache {
public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds life{4};
    static constexpr std::size_t most_entries = 1024;

    // Null where it is not known, or not any more; good until the next call.
    const key_owner* find(const key_hash& hash, time_point now) const;
    void keep(const key_hash& hash, key_owner owner, time_point asked_at);

private:
    struct entry {
        key_owner owner;
        time_point until;
    };
    std::map<key_hash, entry> entries_;
};

}  // namespace otp
