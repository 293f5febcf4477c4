#pragma once

#include "common/core/secret.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace otp {

// What may be the id of a key, of whatever kind.
bool is_key_id(std::string_view text);
inline constexpr std::string_view key_id_rule =
    "expected an id of 1 to 32 letters, digits, '_', '.' or '-'";

struct key {
    std::string id;
    secret bytes;  // 32
};

// Keys by id, the first one for new work. Rotation: list a key everywhere, then put it first, and
// keep the old one for 24 h after (design: Codes).
class key_ring {
public:
    // "id:hex,id:hex"; each key 32 bytes. The error names the entry by its place and what was
    // expected, never the key.
    static boost::system::result<key_ring, std::string> parse(std::string_view text);

    const key& newest() const { return keys_.front(); }
    const key* find(std::string_view id) const;
    const std::vector<key>& all() const { return keys_; }

private:
    std::vector<key> keys_;
};

}  // namespace otp
