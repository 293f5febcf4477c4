#pragma once

#include "common/core/secret.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

// What is wrong with a template file. `line` counts from 1; 0 is the file as a whole.
struct template_fault {
    std::string file;
    int line;
    std::string reason;
};

// One part of a text: words as they stand, or the place of something.
struct text_piece {
    enum class kind { words, code, minutes, app, variable };
    kind what;
    std::string text;  // the words, or the variable's name
};

// One text in one language, compiled. docs/templates.md describes the file.
struct text_template {
    std::string name;
    std::string locale;
    bool is_default = false;             // the one that is taken where no other fits
    std::vector<std::string> variables;  // that a job must give, besides {app}
    std::vector<text_piece> whatsapp;    // parameters of an approved template, in order
    std::vector<text_piece> pieces;
};

// Reads the contents of one file. All faults at once, `file` as given.
boost::system::result<text_template, std::vector<template_fault>> parse_template(
    std::string_view name,
    std::string_view locale,
    std::string_view file,
    std::string_view contents
);

// What stands in a text's places.
struct text_values {
    std::string_view code;
    std::chrono::seconds validity;  // what is left of the code's life
    std::string_view app;           // where the job gives no {app}
    const std::vector<std::pair<std::string, std::string>>& variables;
};

struct rendered_text {
    secret text;
    bool unicode;  // does not fit the GSM 7-bit alphabet
    int segments;
    std::vector<secret> whatsapp;
};

// The code is written straight into the secrets and stands nowhere else. {minutes} is the validity
// in whole minutes, rounded down save for the last 15 s of a minute (so that the time a job has
// taken does not turn five minutes into four), and at least 1. A variable that the job lacks, which
// template_set::choose has ruled out, is left empty.
rendered_text render(const text_template& with, const text_values& values);

}  // namespace otp
