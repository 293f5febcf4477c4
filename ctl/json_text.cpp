#include "ctl/json_text.hpp"

namespace otp {

namespace {

rapidjson::SizeType size_of(std::string_view text) {
    return static_cast<rapidjson::SizeType>(text.size());
}

}  // namespace

void json_text::key(std::string_view name) {
    out_.Key(name.data(), size_of(name));
}

json_text& json_text::put(std::string_view name, std::string_view value) {
    key(name);
    return item(value);
}

json_text& json_text::put(std::string_view name, const std::optional<std::string>& value) {
    if (value)
        return put(name, *value);
    key(name);
    out_.Null();
    return *this;
}

json_text& json_text::put(std::string_view name, bool value) {
    key(name);
    out_.Bool(value);
    return *this;
}

json_text& json_text::put(std::string_view name, double value) {
    key(name);
    out_.Double(value);
    return *this;
}

json_text& json_text::whole(std::string_view name, std::int64_t value) {
    key(name);
    out_.Int64(value);
    return *this;
}

json_text& json_text::open(std::string_view name) {
    key(name);
    return open();
}

json_text& json_text::open() {
    out_.StartObject();
    return *this;
}

json_text& json_text::close() {
    out_.EndObject();
    return *this;
}

json_text& json_text::open_list(std::string_view name) {
    key(name);
    out_.StartArray();
    return *this;
}

json_text& json_text::item(std::string_view value) {
    out_.String(value.data(), size_of(value));
    return *this;
}

json_text& json_text::close_list() {
    out_.EndArray();
    return *this;
}

std::string json_text::take() {
    out_.EndObject();
    return {buffer_.GetString(), buffer_.GetSize()};
}

}  // namespace otp
