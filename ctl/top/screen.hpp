#pragma once

#include <termios.h>

#include <cstddef>
#include <string_view>

namespace otp {

// The terminal while `top` runs: another page than the shell's, no cursor, keys told one by one.
// All is as before when it is gone.
class screen {
public:
    screen();
    ~screen();
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;

    void show(std::string_view page) const;

private:
    termios before_{};
    bool has_keys_ = false;
};

struct screen_size {
    std::size_t width = 100;
    std::size_t height = 0;
};

// Of the terminal at standard output; COLUMNS counts, as elsewhere, where there is none.
screen_size size_of_screen();

}  // namespace otp
