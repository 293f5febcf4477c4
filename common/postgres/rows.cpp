#include "common/postgres/rows.hpp"

#include <libpq-fe.h>

#include <charconv>
#include <stdexcept>

namespace otp::postgres {

namespace {

// Types whose binary format is that of text: varchar, char(n), name, json, unknown; and their
// arrays.
bool travels_as(oid sent, oid wanted) {
    if (sent == wanted)
        return true;
    if (wanted == type<std::string_view>::id)
        return sent == 1043 || sent == 1042 || sent == 19 || sent == 114 || sent == 705;
    if (wanted == type<std::string_view>::array_id)
        return sent == 1015 || sent == 1014 || sent == 1003 || sent == 199;
    return false;
}

}  // namespace

void rows::free_result::operator()(pg_result* result) const noexcept {
    PQclear(result);
}

int rows::size() const noexcept {
    return PQntuples(result_.get());
}

int rows::columns() const noexcept {
    return PQnfields(result_.get());
}

std::int64_t rows::affected() const {
    const std::string_view digits = PQcmdTuples(result_.get());
    std::int64_t count = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), count);
    return count;
}

bool rows::is_null(int row, int column) const {
    if (row < 0 || row >= size() || column < 0 || column >= columns())
        throw std::logic_error(
            "postgres: row " + std::to_string(row) + ", column " + std::to_string(column) +
            " of a result with " + std::to_string(size()) + " rows and " +
            std::to_string(columns()) + " columns"
        );
    return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view rows::field(int row, int column, oid wanted) const {
    const bool null = is_null(row, column);
    const auto name = [&] {
        return std::string("postgres: column ") + PQfname(result_.get(), column);
    };
    const oid sent = PQftype(result_.get(), column);
    if (!travels_as(sent, wanted))
        throw std::logic_error(
            name() + " has type number " + std::to_string(sent) + " and is read as " +
            std::to_string(wanted)
        );
    if (null)
        throw std::logic_error(name() + " is NULL and is not read as an optional");
    return {
        PQgetvalue(result_.get(), row, column),
        static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

void rows::throw_null_element() {
    throw std::logic_error("postgres: an array holds NULL and is not read as optionals");
}

rows::array_reader::array_reader(std::string_view from) {
    constexpr std::size_t header_size = 12;
    constexpr std::size_t dimension_size = 8;
    if (from.size() < header_size)
        throw std::logic_error("postgres: an array without its header");
    const auto dimensions = wire::get<std::int32_t>(from);
    if (dimensions == 0)
        return;
    if (dimensions != 1 || from.size() < header_size + dimension_size)
        throw std::logic_error("postgres: an array of more than one dimension");
    size_ = static_cast<std::size_t>(wire::get<std::uint32_t>(from.substr(header_size)));
    rest_ = from.substr(header_size + dimension_size);
    if (rest_.size() / 4 < size_)
        throw std::logic_error("postgres: an array cut short");
}

std::optional<std::string_view> rows::array_reader::next() {
    if (rest_.size() < 4)
        throw std::logic_error("postgres: an array cut short");
    const auto length = wire::get<std::int32_t>(rest_);
    rest_.remove_prefix(4);
    if (length < 0)
        return std::nullopt;
    if (static_cast<std::size_t>(length) > rest_.size())
        throw std::logic_error("postgres: an array cut short");
    const auto element = rest_.substr(0, static_cast<std::size_t>(length));
    rest_.remove_prefix(element.size());
    return element;
}

}  // namespace otp::postgres
