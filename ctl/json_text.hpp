#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace otp {

// What --json prints: one object on a line, member by member. An empty optional is `null`.
class json_text {
public:
    json_text() : out_(buffer_) { out_.StartObject(); }

    json_text& put(std::string_view name, std::string_view value);
    json_text& put(std::string_view name, const char* value) {
        return put(name, std::string_view(value));
    }
    json_text& put(std::string_view name, const std::string& value) {
        return put(name, std::string_view(value));
    }
    json_text& put(std::string_view name, const std::optional<std::string>& value);
    json_text& put(std::string_view name, bool value);
    json_text& put(std::string_view name, double value);

    template <std::integral Number>
    requires(!std::same_as<Number, bool>) json_text& put(std::string_view name, Number value) {
        return whole(name, static_cast<std::int64_t>(value));
    }

    json_text& open(std::string_view name);
    json_text& open();  // in a list
    json_text& close();
    json_text& open_list(std::string_view name);
    json_text& item(std::string_view value);  // in a list
    json_text& close_list();

    // The finished line, without its end; nothing may be added after it.
    std::string take();

private:
    json_text& whole(std::string_view name, std::int64_t value);
    void key(std::string_view name);

    rapidjson::StringBuffer buffer_;
    rapidjson::Writer<rapidjson::StringBuffer> out_;
};

}  // namespace otp
