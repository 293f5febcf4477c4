#include "common/core/secret.hpp"

#include <cstring>
#include <utility>

namespace otp {

secret::secret(std::string_view text)
    : bytes_(std::make_unique<char[]>(text.size())),
      size_(text.size()) {
    if (!text.empty())
        std::memcpy(bytes_.get(), text.data(), text.size());
}

secret::secret(secret&& other) noexcept
    : bytes_(std::move(other.bytes_)),
      size_(std::exchange(other.size_, 0)) {}

secret& secret::operator=(secret&& other) noexcept {
    if (this != &other) {
        wipe();
        bytes_ = std::move(other.bytes_);
        size_ = std::exchange(other.size_, 0);
    }
    return *this;
}

secret secret::of_size(std::size_t size) {
    secret blank;
    blank.bytes_ = std::make_unique<char[]>(size);
    blank.size_ = size;
    return blank;
}

void secret::wipe() noexcept {
    if (bytes_)
        ::explicit_bzero(bytes_.get(), size_);
    bytes_.reset();
    size_ = 0;
}

bool secret::equals(std::string_view other) const noexcept {
    if (other.size() != size_)
        return false;
    unsigned char difference = 0;
    for (std::size_t i = 0; i < size_; ++i)
        difference = static_cast<unsigned char>(difference | (bytes_[i] ^ other[i]));
    return difference == 0;
}

}  // namespace otp
