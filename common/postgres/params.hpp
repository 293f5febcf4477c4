#pragma once

#include "common/postgres/type.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <ranges>
#include <utility>
#include <vector>

namespace otp::postgres {

// The parameters $1, $2, ... of one statement, encoded in PostgreSQL's binary format as they are
// added.
//
// A value is a bool, std::int16_t, int32_t or int64_t, text (std::string, std::string_view, a
// literal), bytea (a contiguous range of std::uint8_t), uuid, std::chrono::system_clock::time_point
// (timestamptz) or std::chrono::milliseconds (interval); an empty std::optional of these is NULL;
// any other range of these, or of optionals of these, is a one-dimensional array. The C++ type
// decides the type that is sent, so `$1` needs no cast in the statement.
//
// All values share one buffer: an array costs no allocation per element. Throws std::length_error
// for a value over 2 GiB.
class params {
public:
    struct value {
        oid type;
        std::size_t place;    // in data()
        std::int32_t length;  // -1 for NULL
    };

    params() = default;

    template <class... Values>
    requires(sizeof...(Values) > 0) explicit params(const Values&... each) { (add(each), ...); }

    template <scalar T>
    params& add(const T& one) {
        using as = sent_as_t<T>;
        const auto place = data_.size();
        type<as>::write(data_, one);
        return close(type<as>::id, place);
    }

    template <scalar T>
    params& add(const std::optional<T>& one) {
        if (one)
            return add(*one);
        values_.push_back({type<sent_as_t<T>>::id, data_.size(), -1});
        return *this;
    }

    template <std::ranges::input_range Range>
    requires(!scalar<Range>) params& add(const Range& elements) {
        using element = std::ranges::range_value_t<const Range>;
        return add_array(elements, [](const element& one) -> const element& { return one; });
    }

    // The array of what `projection` gives for each of `elements`, such as one column of a batch of
    // structs: `add_array(jobs, &job::request_id)`.
    template <std::ranges::input_range Range, class Projection>
    params& add_array(const Range& elements, Projection projection) {
        using element = std::remove_cvref_t<
            std::invoke_result_t<Projection&, std::ranges::range_reference_t<const Range>>>;
        if constexpr (is_optional<element>)
            return encode_array<sent_as_t<typename element::value_type>>(elements, projection);
        else
            return encode_array<sent_as_t<element>>(elements, projection);
    }

    const std::vector<value>& values() const noexcept { return values_; }
    const bytes& data() const noexcept { return data_; }

private:
    // Where an array's header stands and what is put into it once its elements are known.
    struct array_header {
        std::size_t place;
        std::int32_t size = 0;
        bool has_null = false;
    };

    template <class As, class Range, class Projection>
    params& encode_array(const Range& elements, Projection& projection) {
        array_header header{open_array(type<As>::id)};
        for (auto&& one : elements) {
            decltype(auto) projected = std::invoke(projection, one);
            if constexpr (is_optional<std::remove_cvref_t<decltype(projected)>>) {
                if (projected)
                    put_element<As>(*projected);
                else
                    put_null(header);
            } else {
                put_element<As>(projected);
            }
            ++header.size;
        }
        close_array(header);
        return close(type<As>::array_id, header.place);
    }

    template <class As, class T>
    void put_element(const T& one) {
        const auto place = data_.size();
        wire::put(data_, std::int32_t{0});
        type<As>::write(data_, one);
        wire::put_at(data_, place, length_since(place + 4));
    }

    void put_null(array_header& header);
    std::size_t open_array(oid element);
    void close_array(const array_header& header);
    std::int32_t length_since(std::size_t place) const;
    params& close(oid type, std::size_t place);

    bytes data_;
    std::vector<value> values_;
};

}  // namespace otp::postgres
