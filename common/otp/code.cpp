#include "common/otp/code.hpp"

#include "common/otp/big_endian.hpp"
#include "common/otp/hmac.hpp"
#include "common/otp/uniform.hpp"

#include <cstring>
#include <stdexcept>

namespace otp {

namespace {

constexpr std::string_view code_label = "otp-code/1";
constexpr std::string_view tag_label = "otp-hash/1";

std::string_view view(const std::array<char, 4>& bytes) {
    return {bytes.data(), bytes.size()};
}

// Straight into the secret's own memory; of `value` nothing is left.
secret write_digits(std::uint64_t& value, int length) {
    secret code = secret::of_size(static_cast<std::size_t>(length));
    const auto digits = code.bytes();
    for (std::size_t i = digits.size(); i-- > 0; value /= 10)
        digits[i] = static_cast<char>('0' + value % 10);
    return code;
}

}  // namespace

secret derive_code(const key& code_key, const uuid& seed, const code_subject& subject, int length) {
    if (length < min_code_length || length > max_code_length)
        throw std::invalid_argument("derive_code: a code has 4 to 10 digits");
    const std::string_view seed_bytes(
        reinterpret_cast<const char*>(seed.bytes.data()),
        seed.bytes.size()
    );
    const auto length_bytes = big_endian(static_cast<std::uint32_t>(length));
    std::uint64_t value = 0;
    bool found = false;
    for (std::uint32_t counter = 0; !found; ++counter) {
        const auto counter_bytes = big_endian(counter);
        auto block = hmac_fields(
            code_key.bytes,
            {code_label,
             seed_bytes,
             subject.tenant,
             subject.number,
             subject.purpose,
             view(length_bytes),
             view(counter_bytes)}
        );
        found = first_uniform(block, length, value);
        ::explicit_bzero(block.data(), block.size());
    }
    return write_digits(value, length);
}

code_tag tag_code(const key& hash_key, const code_subject& subject, std::string_view code) {
    return hmac_fields(
        hash_key.bytes,
        {tag_label, subject.tenant, subject.number, subject.purpose, code}
    );
}

}  // namespace otp
