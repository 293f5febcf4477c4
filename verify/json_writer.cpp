#include "verify/json_writer.hpp"

namespace otp {

void json_writer::text(std::string_view value) {
    out_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

json_writer& json_writer::member(std::string_view name, std::string_view value) {
    text(name);
    text(value);
    return *this;
}

json_writer& json_writer::member(std::string_view name, const std::optional<std::string>& value) {
    text(name);
    if (value)
        text(*value);
    else
        out_.Null();
    return *this;
}

json_writer& json_writer::member(std::string_view name, bool value) {
    text(name);
    out_.Bool(value);
    return *this;
}

json_writer& json_writer::number(std::string_view name, std::int64_t value) {
    text(name);
    out_.Int64(value);
    return *this;
}

json_writer& json_writer::open_object(std::string_view name) {
    text(name);
    return open_object();
}

json_writer& json_writer::open_object() {
    out_.StartObject();
    return *this;
}

json_writer& json_writer::close_object() {
    out_.EndObject();
    return *this;
}

json_writer& json_writer::open_array(std::string_view name) {
    text(name);
    out_.StartArray();
    return *this;
}

json_writer& json_writer::close_array() {
    out_.EndArray();
    return *this;
}

std::string json_writer::take() {
    out_.EndObject();
    return {buffer_.GetString(), buffer_.GetSize()};
}

}  // namespace otp
