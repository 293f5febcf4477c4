// Loaded before a program (LD_PRELOAD), this takes its wiping out: all of it goes through
// explicit_bzero. The leak test then has to find what it never finds otherwise.

#include <cstddef>

extern "C" {

void explicit_bzero(void*, std::size_t) noexcept {}

// What fortified builds call instead.
void __explicit_bzero_chk(void*, std::size_t, std::size_t) noexcept {}
}
