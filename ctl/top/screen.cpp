#include "ctl/top/screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace otp {

namespace {

void write_all(std::string_view text) {
    while (!text.empty()) {
        const auto count = ::write(STDOUT_FILENO, text.data(), text.size());
        if (count <= 0)
            return;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
}

}  // namespace

screen::screen() {
    has_keys_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (has_keys_) {
        termios raw = before_;
        raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    write_all("\x1b[?1049h\x1b[?25l");
}

screen::~screen() {
    write_all("\x1b[?25h\x1b[?1049l");
    if (has_keys_)
        ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

// Line by line over what stands there, so that nothing flickers.
void screen::show(std::string_view page) const {
    std::string out = "\x1b[H";
    for (const char c : page)
        out += c == '\n' ? std::string("\x1b[K\r\n") : std::string(1, c);
    write_all(out + "\x1b[J");
}

screen_size size_of_screen() {
    screen_size size;
    winsize told{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &told) == 0 && told.ws_col != 0) {
        size.width = told.ws_col;
        size.height = told.ws_row;
    } else if (const char* columns = std::getenv("COLUMNS"); columns != nullptr) {
        if (const auto width = std::strtoul(columns, nullptr, 10); width >= 20)
            size.width = width;
    }
    return size;
}

}  // namespace otp
