#include "common/provider/error_table.hpp"

#include <algorithm>

namespace otp {

const error_row* error_table::find(std::string_view code) const noexcept {
    const auto row = std::ranges::find(rows, code, &error_row::code);
    return row == rows.end() ? nullptr : &*row;
}

const error_row& error_table::in_answer(std::string_view code) const noexcept {
    const error_row* row = find(code);
    return row ? *row : unknown_in_answer;
}

const error_row& error_table::in_receipt(std::string_view code) const noexcept {
    const error_row* row = find(code);
    return row ? *row : unknown_in_receipt;
}

}  // namespace otp
