#include "common/postgres/params.hpp"

#include <limits>
#include <stdexcept>

namespace otp::postgres {

namespace {

// An array: dimensions, "has nulls", element type; then of each dimension its size and lower bound.
constexpr std::size_t dimensions_at = 0;
constexpr std::size_t has_null_at = 4;
constexpr std::size_t header_size = 12;
constexpr std::size_t size_at = 12;

}  // namespace

std::size_t params::open_array(oid element) {
    const auto place = data_.size();
    wire::put(data_, std::int32_t{1});
    wire::put(data_, std::int32_t{0});
    wire::put(data_, static_cast<std::int32_t>(element));
    wire::put(data_, std::int32_t{0});
    wire::put(data_, std::int32_t{1});  // SQL counts from 1
    return place;
}

void params::close_array(const array_header& header) {
    if (header.size == 0) {  // an empty array has no dimension
        data_.resize(header.place + header_size);
        return wire::put_at(data_, header.place + dimensions_at, 0);
    }
    wire::put_at(data_, header.place + has_null_at, header.has_null ? 1 : 0);
    wire::put_at(data_, header.place + size_at, header.size);
}

void params::put_null(array_header& header) {
    wire::put(data_, std::int32_t{-1});
    header.has_null = true;
}

std::int32_t params::length_since(std::size_t place) const {
    const auto length = data_.size() - place;
    if (length > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        throw std::length_error("postgres: a parameter of more than 2 GiB");
    return static_cast<std::int32_t>(length);
}

params& params::close(oid type, std::size_t place) {
    values_.push_back({type, place, length_since(place)});
    return *this;
}

}  // namespace otp::postgres
