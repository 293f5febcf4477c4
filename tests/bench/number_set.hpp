#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace otp::bench {

// Distinct numbers greater than 0, by open addressing: one look into memory for each that is added.
class number_set {
public:
    number_set() : slots_(1 << 16) {}

    void add(std::uint64_t number) {
        if (2 * (size_ + 1) > slots_.size())
            grow();
        size_ += put(slots_, number);
    }
    std::size_t size() const noexcept { return size_; }

private:
    static bool put(std::vector<std::uint64_t>& slots, std::uint64_t number) {
        const std::size_t mask = slots.size() - 1;
        std::size_t at = (number * 0x9e3779b97f4a7c15u >> 32) & mask;
        while (slots[at] != 0 && slots[at] != number)
            at = (at + 1) & mask;
        const bool is_new = slots[at] == 0;
        slots[at] = number;
        return is_new;
    }

    void grow() {
        std::vector<std::uint64_t> larger(slots_.size() * 2);
        for (const auto number : slots_)
            if (number != 0)
                put(larger, number);
        slots_.swap(larger);
    }

    std::vector<std::uint64_t> slots_;
    std::size_t size_ = 0;
};

}  // namespace otp::bench
