#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace otp {

// Writes one JSON object, member by member. `null` where an optional is empty.
class json_writer {
public:
    json_writer() : out_(buffer_) { out_.StartObject(); }

    json_writer& member(std::string_view name, std::string_view value);
    json_writer& member(std::string_view name, const char* value) {
        return member(name, std::string_view(value));
    }
    json_writer& member(std::string_view name, const std::string& value) {
        return member(name, std::string_view(value));
    }
    json_writer& member(std::string_view name, const std::optional<std::string>& value);
    json_writer& member(std::string_view name, bool value);
    json_writer& member(std::string_view name, double value);

    template <std::integral Number>
    requires(!std::same_as<Number, bool>) json_writer& member(std::string_view name, Number value) {
        return number(name, static_cast<std::int64_t>(value));
    }

    // `null` where the text is empty.
    json_writer& member_or_null(std::string_view name, std::string_view value);

    json_writer& open_object(std::string_view name);
    json_writer& open_object();  // in an array
    json_writer& close_object();
    json_writer& open_array(std::string_view name);
    json_writer& item(std::string_view value);  // in an array
    json_writer& close_array();

    // The finished text, without an end of line; nothing may be added after it.
    std::string take();

private:
    json_writer& number(std::string_view name, std::int64_t value);
    void key(std::string_view name);

    rapidjson::StringBuffer buffer_;
    rapidjson::Writer<rapidjson::StringBuffer> out_;
};

}  // namespace otp
