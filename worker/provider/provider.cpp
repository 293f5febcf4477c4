#include "worker/provider/provider.hpp"

namespace otp {

std::optional<http::request> provider::build_preparation(const message&) const {
    return std::nullopt;
}

std::optional<outcome> provider::read_preparation(const http::call_result&) const {
    return std::nullopt;
}

std::optional<http::request> provider::build_look_up(const doubtful&) const {
    return std::nullopt;
}

std::optional<outcome> provider::read_look_up(const http::call_result&, const doubtful&) const {
    return std::nullopt;
}

}  // namespace otp
