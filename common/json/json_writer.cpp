#include "common/json/json_writer.hpp"

namespace otp {

namespace {

rapidjson::SizeType size_of(std::string_view text) {
    return static_cast<rapidjson::SizeType>(text.size());
}

}  // namespace

void json_writer::key(std::string_view name) {
    out_.Key(name.data(), size_of(name));
}

json_writer& json_writer::member(std::string_view name, std::string_view value) {
    key(name);
    return item(value);
}

json_writer& json_writer::member(std::string_view name, const std::optional<std::string>& value) {
    if (value)
        return member(name, *value);
    key(name);
    out_.Null();
    return *this;
}

json_writer& json_writer::member(std::string_view name, bool value) {
    key(name);
    out_.Bool(value);
    return *this;
}

json_writer& json_writer::member(std::string_view name, double value) {
    key(name);
    out_.Double(value);
    return *this;
}

json_writer& json_writer::number(std::string_view name, std::int64_t value) {
    key(name);
    out_.Int64(value);
    return *this;
}

json_writer& json_writer::member_or_null(std::string_view name, std::string_view value) {
    if (!value.empty())
        return member(name, value);
    key(name);
    out_.Null();
    return *this;
}

json_writer& json_writer::open_object(std::string_view name) {
    key(name);
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
    key(name);
    out_.StartArray();
    return *this;
}

json_writer& json_writer::item(std::string_view value) {
    out_.String(value.data(), size_of(value));
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
