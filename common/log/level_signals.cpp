#include "common/log/level_signals.hpp"

#include <csignal>

namespace otp::log {

namespace {

level usual = level::info;

extern "C" void on_level_signal(int which) {
    set_level_in_handler(which == SIGUSR1 ? level::debug : usual);
}

}  // namespace

void change_level_by_signal(level configured) {
    usual = configured;
    struct sigaction action {};
    action.sa_handler = on_level_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    for (const int which : {SIGUSR1, SIGUSR2})
        ::sigaction(which, &action, nullptr);
}

}  // namespace otp::log
