#include "common/postgres/error.hpp"

#include <utility>

namespace otp::postgres {

error::error(kind what, std::string text) : what_(what), text_(std::move(text)) {}

error::error(kind what, std::string_view sqlstate, std::string text)
    : what_(what),
      sqlstate_(sqlstate),
      text_(std::move(text)) {}

error& error::with_unknown_outcome() {
    outcome_is_unknown_ = true;
    return *this;
}

bool error::is_retryable() const noexcept {
    return sqlstate_is("40001") || sqlstate_is("40P01");
}

std::string without_quoted_text(std::string_view message) {
    const auto first = message.find('"');
    if (first == std::string_view::npos)
        return std::string(message);
    const auto last = message.rfind('"');
    std::string shown(message.substr(0, first));
    shown += "\"...\"";
    if (last > first)
        shown += message.substr(last + 1);
    return shown;
}

std::string safe_message(std::string_view sqlstate, std::string_view primary_message) {
    std::string text(sqlstate);
    text += text.empty() ? "" : " ";
    text += sqlstate.starts_with("22") ? without_quoted_text(primary_message)
                                       : std::string(primary_message);
    return text;
}

}  // namespace otp::postgres
