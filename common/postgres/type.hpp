#pragma once

#include "common/core/uuid.hpp"
#include "common/postgres/wire.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace otp::postgres {

// Type numbers of pg_catalog.pg_type; those below 10000 are fixed for ever.
using oid = unsigned int;

using time_point = std::chrono::system_clock::time_point;

// A bytea, seen. Every contiguous range of std::uint8_t is one when given as a parameter.
using bytea_view = std::span<const std::uint8_t>;

// How a C++ type travels: its type number, that of its array, and its bytes. `read` checks the
// length of what it is given by throwing std::logic_error, like every mismatch of types.
template <class T>
struct type;

template <>
struct type<bool> {
    static constexpr oid id = 16, array_id = 1000;
    static void write(bytes& to, bool value) { to.push_back(value ? '\1' : '\0'); }
    static bool read(std::string_view from);
};

template <class Int, oid Id, oid ArrayId>
struct integer_type {
    static constexpr oid id = Id, array_id = ArrayId;
    static void write(bytes& to, Int value) { wire::put(to, value); }
    static Int read(std::string_view from);
};
template <>
struct type<std::int16_t> : integer_type<std::int16_t, 21, 1005> {};
template <>
struct type<std::int32_t> : integer_type<std::int32_t, 23, 1007> {};
template <>
struct type<std::int64_t> : integer_type<std::int64_t, 20, 1016> {};

template <>
struct type<std::string_view> {
    static constexpr oid id = 25, array_id = 1009;
    static void write(bytes& to, std::string_view value) { to.append(value); }
    static std::string_view read(std::string_view from) { return from; }
};

template <>
struct type<bytea_view> {
    static constexpr oid id = 17, array_id = 1001;
    static void write(bytes& to, bytea_view value);
    static bytea_view read(std::string_view from);
};

template <>
struct type<uuid> {
    static constexpr oid id = 2950, array_id = 2951;
    static void write(bytes& to, const uuid& value);
    static uuid read(std::string_view from);
};

// timestamptz, to the microsecond (rounded down). The ends of time_point stand for infinity, and
// what lies beyond the years 1677 to 2262 is read as the nearer end.
template <>
struct type<time_point> {
    static constexpr oid id = 1184, array_id = 1185;
    static void write(bytes& to, time_point value);
    static time_point read(std::string_view from);
};

// interval. A day is 24 hours; an interval with months has no fixed length and cannot be read.
template <>
struct type<std::chrono::milliseconds> {
    static constexpr oid id = 1186, array_id = 1187;
    static void write(bytes& to, std::chrono::milliseconds value);
    static std::chrono::milliseconds read(std::string_view from);
};

// The type under which a value of T is sent: views for whatever owns text or bytes.
template <class T>
struct sent_as {
    using as = T;
};
template <class T>
requires std::convertible_to<const T&, std::string_view>
struct sent_as<T> {
    using as = std::string_view;
};
template <class T>
requires(std::convertible_to<const T&, bytea_view> && !std::convertible_to<const T&, std::string_view>) struct
    sent_as<T> {
    using as = bytea_view;
};
template <class T>
using sent_as_t = typename sent_as<std::remove_cvref_t<T>>::as;

template <class T>
concept scalar = requires {
    type<sent_as_t<T>>::id;
};

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

}  // namespace otp::postgres
