#pragma once

#include <malloc.h>

#include <cstdlib>
#include <cstring>

namespace otp {

// RapidJSON's interface of an allocator (its allocators.h), for the parser's own stack: a one-time
// code that a client sent as a number passes through it. What is given back is wiped.
struct wiping_allocator {
    static constexpr bool kNeedFree = true;

    void* Malloc(std::size_t size) { return size == 0 ? nullptr : std::malloc(size); }

    void* Realloc(void* old, std::size_t old_size, std::size_t size) {
        void* const grown = Malloc(size);
        if (grown != nullptr && old != nullptr)
            std::memcpy(grown, old, old_size < size ? old_size : size);
        Free(old);
        return grown;
    }

    static void Free(void* block) {
        if (block != nullptr)
            ::explicit_bzero(block, ::malloc_usable_size(block));
        std::free(block);
    }
};

}  // namespace otp
