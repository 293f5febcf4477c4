#pragma once

#include <rapidjson/document.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace otp::test {

// Signatures computed with Twilio's own library; tokens and ids are made up.
inline const rapidjson::Document& twilio_vectors() {
    static const auto all = [] {
        std::ifstream file("tests/unit/data/twilio_signatures.json");
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        rapidjson::Document read;
        if (read.Parse(text.c_str()).HasParseError())
            throw std::runtime_error("tests/unit/data/twilio_signatures.json is missing or broken");
        return read;
    }();
    return all;
}

}  // namespace otp::test
