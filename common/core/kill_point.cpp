#include "common/core/kill_point.hpp"

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace otp {

namespace {

struct order {
    std::string name;
    long passes = 1;
    int signal = SIGKILL;
};

order read_order(std::string_view text) {
    order read;
    const auto name_end = text.find(':');
    read.name = text.substr(0, name_end);
    if (name_end == text.npos)
        return read;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data() + name_end + 1, end, read.passes);
    const std::string_view action(rest, static_cast<std::size_t>(end - rest));
    if (error != std::errc() || read.passes < 1 || (!action.empty() && action != ":stop"))
        throw std::invalid_argument(
            "OTP_KILL_AT is '" + std::string(text) + "'; expected name[:n[:stop]], n from 1"
        );
    if (!action.empty())
        read.signal = SIGSTOP;
    return read;
}

order order_of_this_process() {
    const char* text = std::getenv("OTP_KILL_AT");
    return text == nullptr ? order() : read_order(text);
}

}  // namespace

void kill_point(std::string_view name) {
    static order given = order_of_this_process();
    if (name == given.name && --given.passes == 0)
        std::raise(given.signal);
}

}  // namespace otp
