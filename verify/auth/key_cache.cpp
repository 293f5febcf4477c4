#include "verify/auth/key_cache.hpp"

namespace otp {

const key_owner* key_cache::find(const key_hash& hash, time_point now) const {
    const auto found = entries_.find(hash);
    return found != entries_.end() && now < found->second.until ? &found->second.owner : nullptr;
}

void key_cache::keep(const key_hash& hash, key_owner owner, time_point asked_at) {
    if (entries_.size() >= most_entries)
        entries_.clear();
    entries_.insert_or_assign(hash, entry{std::move(owner), asked_at + life});
}

}  // namespace otp
