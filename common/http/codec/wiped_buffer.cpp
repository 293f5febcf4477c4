#include "common/http/codec/wiped_buffer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace otp::http {

std::span<char> wiped_buffer::room(std::size_t least) {
    if (capacity_ - end_ < least) {
        const std::size_t capacity = std::max(capacity_, std::max(size() + least, 2 * size()));
        auto grown = std::make_unique_for_overwrite<char[]>(capacity);
        const std::size_t kept = size();
        if (kept != 0)
            std::memcpy(grown.get(), bytes_.get() + begin_, kept);
        clear();
        bytes_ = std::move(grown);
        capacity_ = capacity;
        end_ = kept;
    }
    return {bytes_.get() + end_, capacity_ - end_};
}

void wiped_buffer::append(std::string_view text) {
    if (text.empty())
        return;
    std::memcpy(room(text.size()).data(), text.data(), text.size());
    commit(text.size());
}

void wiped_buffer::append(std::size_t number) {
    std::array<char, 20> digits;
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    append(std::string_view(digits.data(), static_cast<std::size_t>(written.ptr - digits.data())));
}

void wiped_buffer::drop_front(std::size_t count) noexcept {
    count = std::min(count, size());
    if (count != 0)
        ::explicit_bzero(bytes_.get() + begin_, count);
    begin_ += count;
    if (begin_ == end_)
        begin_ = end_ = 0;
}

void wiped_buffer::clear(std::size_t most_kept) noexcept {
    clear();
    if (capacity_ <= most_kept)
        return;
    bytes_.reset();
    capacity_ = 0;
}

}  // namespace otp::http
