#pragma once

#include "common/job/reasons.hpp"
#include "common/job/send_job.hpp"
#include "worker/text/text_template.hpp"

#include <boost/system/result.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// Why no text can be made for a job. `detail` names template and variables, never their values.
struct text_fault {
    job_reason reason;
    std::string detail;
};

// All templates, compiled at start. Does not change after that.
class template_set {
public:
    // Reads <folder>/<name>/<locale>.txt, whatever there is. All faults of all files at once: a bad
    // template stops the start.
    static boost::system::result<template_set, std::vector<template_fault>> load(
        const std::filesystem::path& folder
    );

    // The text for a job: its template in its language. A locale falls back part by part, then to
    // the template's default; a job without one gets the language of its number's country, or else
    // English. The pointer is valid as long as the set.
    boost::system::result<const text_template*, text_fault> choose(const send_job& job) const;

    // The default of `otp`, which every set has.
    const text_template& usual() const;

    // Names, in order of the alphabet.
    std::vector<std::string_view> names() const;

private:
    struct family {
        // The locale's own, or that of the part before its last dash, and so on; else nullptr.
        const text_template* nearest(std::string_view locale) const;

        std::map<std::string, text_template, std::less<>> by_locale;  // keys in lower case
        std::string fallback;                                         // a key of by_locale
    };

    std::map<std::string, family, std::less<>> families_;
};

}  // namespace otp
