#include "worker/provider/parameter_json.hpp"

#include "common/http/codec/wiped_buffer.hpp"

#include <rapidjson/writer.h>

#include <string>
#include <string_view>

namespace otp {

namespace {

// Where RapidJSON writes to.
struct wiped_stream {
    using Ch = char;

    void Put(char c) { written.append(std::string_view(&c, 1)); }
    void Flush() {}

    http::wiped_buffer written;
};

using json = rapidjson::Writer<wiped_stream>;

void put(json& to, const secret& parameter) {
    const std::string_view text = parameter.reveal();
    to.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

}  // namespace

secret parameter_array(std::span<const secret> parameters) {
    wiped_stream out;
    json to(out);
    to.StartArray();
    for (const secret& one : parameters)
        put(to, one);
    to.EndArray();
    return secret(out.written.view());
}

secret parameter_object(std::span<const secret> parameters) {
    wiped_stream out;
    json to(out);
    to.StartObject();
    int number = 0;
    for (const secret& one : parameters) {
        to.Key(std::to_string(++number).c_str());
        put(to, one);
    }
    to.EndObject();
    return secret(out.written.view());
}

}  // namespace otp
