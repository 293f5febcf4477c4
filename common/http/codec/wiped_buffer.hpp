#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace otp::http {

// A growing byte buffer that leaves nothing behind: what is dropped, outgrown or destroyed is
// wiped. HTTP bodies carry one-time codes, and their heads carry keys.
class wiped_buffer {
public:
    wiped_buffer() = default;
    wiped_buffer(const wiped_buffer&) = delete;
    wiped_buffer& operator=(const wiped_buffer&) = delete;
    ~wiped_buffer() { clear(); }

    std::string_view view() const noexcept { return {bytes_.get() + begin_, size()}; }
    std::size_t size() const noexcept { return end_ - begin_; }
    bool empty() const noexcept { return begin_ == end_; }

    // Space behind the content, at least `least` bytes; what was put there counts after commit().
    std::span<char> room(std::size_t least);
    void commit(std::size_t written) noexcept { end_ += written; }

    void append(std::string_view text);
    void append(std::size_t number);

    // Wipes and forgets the first `count` bytes, at most all.
    void drop_front(std::size_t count) noexcept;
    // Wipes the content and keeps the memory.
    void clear() noexcept { drop_front(size()); }
    // The same; more than so many bytes of memory are given back.
    void clear(std::size_t most_kept) noexcept;

private:
    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace otp::http
