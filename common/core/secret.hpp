#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace otp {

// Text that must not reach a log, a metric, an error message or a core dump: one-time codes,
// rendered texts, request bodies, keys, passwords.
//
// No conversion, no stream output, no implicit copy: `reveal()` is the one way out and `clone()`
// the one way to a second copy, so a search for these two words finds every place where a secret
// travels. The bytes live in one heap block that is wiped before it is given back; moving leaves
// nothing behind (a std::string would keep short text inside the moved-from object).
class secret {
public:
    secret() = default;
    explicit secret(std::string_view text);
    secret(secret&& other) noexcept;
    secret& operator=(secret&& other) noexcept;
    secret(const secret&) = delete;
    secret& operator=(const secret&) = delete;
    ~secret() { wipe(); }

    // `size` zero bytes, to be filled through `bytes()`.
    static secret of_size(std::size_t size);

    secret clone() const { return secret(reveal()); }
    std::string_view reveal() const noexcept { return {bytes_.get(), size_}; }
    std::span<char> bytes() noexcept { return {bytes_.get(), size_}; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }

    void wipe() noexcept;

    // In constant time for texts of one length.
    bool equals(std::string_view other) const noexcept;

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
};

}  // namespace otp
