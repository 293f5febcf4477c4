#pragma once

#include "common/postgres/type.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_result;

namespace otp::postgres {

// What a statement returned. Rows and columns count from 0. std::string_view and bytea_view point
// into it and live as long as it does.
//
// A wrong type, a NULL where no optional was asked for and an index out of range are bugs and throw
// std::logic_error.
class rows {
public:
    explicit rows(pg_result* owned) : result_(owned) {}

    int size() const noexcept;
    bool empty() const noexcept { return size() == 0; }
    int columns() const noexcept;

    // Rows that an INSERT, UPDATE or DELETE wrote, or that a SELECT returned.
    std::int64_t affected() const;

    bool is_null(int row, int column) const;

    // T: any type of params.hpp, std::string or std::vector<std::uint8_t> for a copy of text or
    // bytea, std::optional of it where NULL may stand, std::vector of either for an array.
    template <class T>
    T get(int row, int column) const {
        if constexpr (is_optional<T>) {
            if (is_null(row, column))
                return std::nullopt;
            return get<typename T::value_type>(row, column);
        } else if constexpr (scalar<T>) {
            using as = sent_as_t<T>;
            return owned<T>(type<as>::read(field(row, column, type<as>::id)));
        } else {
            return read_array<T>(field(row, column, array_id<typename T::value_type>()));
        }
    }

private:
    struct free_result {
        void operator()(pg_result* result) const noexcept;
    };

    template <class T>
    static constexpr oid array_id() {
        if constexpr (is_optional<T>)
            return array_id<typename T::value_type>();
        else
            return type<sent_as_t<T>>::array_id;
    }

    template <class T, class Seen>
    static T owned(const Seen& seen) {
        if constexpr (std::is_same_v<Seen, bytea_view> && !std::is_same_v<T, bytea_view>)
            return T(seen.begin(), seen.end());
        else
            return T(seen);
    }

    template <class Array>
    static Array read_array(std::string_view from) {
        using element = typename Array::value_type;
        array_reader reader(from);
        Array all;
        all.reserve(reader.size());
        for (std::size_t i = reader.size(); i > 0; --i)
            all.push_back(read_element<element>(reader.next()));
        return all;
    }

    template <class T>
    static T read_element(std::optional<std::string_view> from) {
        if constexpr (is_optional<T>) {
            if (!from)
                return std::nullopt;
            return read_element<typename T::value_type>(from);
        } else {
            if (!from)
                throw_null_element();
            return owned<T>(type<sent_as_t<T>>::read(*from));
        }
    }

    // Walks the elements of an array in binary format.
    class array_reader {
    public:
        explicit array_reader(std::string_view from);
        std::size_t size() const noexcept { return size_; }
        std::optional<std::string_view> next();

    private:
        std::string_view rest_;
        std::size_t size_ = 0;
    };

    [[noreturn]] static void throw_null_element();

    // The bytes of a field that is not NULL and of type `wanted`.
    std::string_view field(int row, int column, oid wanted) const;

    std::unique_ptr<pg_result, free_result> result_;
};

}  // namespace otp::postgres
