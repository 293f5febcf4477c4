#include "worker/text/template_set.hpp"

#include "common/core/ascii.hpp"
#include "common/core/short_name.hpp"
#include "worker/text/locale.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <set>

namespace otp {

namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t max_file_bytes = 16384;

// What a folder holds, in order of names, so that faults come in the same order everywhere.
std::vector<fs::path> entries_of(const fs::path& folder, std::vector<template_fault>& faults) {
    std::error_code error;
    std::vector<fs::path> entries;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        entries.push_back(at->path());
    if (error)
        faults.push_back({folder.string(), 0, "cannot be read: " + error.message()});
    std::sort(entries.begin(), entries.end());
    return entries;
}

std::optional<std::string> contents_of(const fs::path& path, std::vector<template_fault>& faults) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    std::ifstream file(path, std::ios::binary);
    if (error || !file) {
        faults.push_back({path.string(), 0, "cannot be read"});
        return std::nullopt;
    }
    if (size > max_file_bytes) {
        faults.push_back({path.string(), 0, "is longer than 16 KiB"});
        return std::nullopt;
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
}

std::optional<text_template> load_file(
    const std::string& name,
    const fs::path& path,
    std::vector<template_fault>& faults
) {
    const auto locale = path.stem().string();
    if (!is_locale(locale)) {
        faults.push_back({path.string(), 0, "expected a language tag such as en-GB as its name"});
        return std::nullopt;
    }
    const auto contents = contents_of(path, faults);
    if (!contents)
        return std::nullopt;
    auto made = parse_template(name, locale, path.string(), *contents);
    if (made)
        return std::move(*made);
    for (auto& fault : made.error())
        faults.push_back(std::move(fault));
    return std::nullopt;
}

bool same_names(std::vector<std::string> a, std::vector<std::string> b) {
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    return a == b;
}

// The files of one template must agree: one default, one file for each locale, the same variables.
void check_family(
    const fs::path& folder,
    const std::vector<text_template>& family,
    std::vector<template_fault>& faults
) {
    const auto fault = [&](const text_template& one, std::string reason) {
        faults.push_back({(folder / (one.locale + ".txt")).string(), 0, std::move(reason)});
    };
    const text_template* fallback = nullptr;
    std::set<std::string> locales;
    for (const auto& one : family) {
        if (!locales.insert(lower_case(one.locale)).second)
            fault(one, "is there twice, in upper and lower case");
        if (one.is_default && fallback != nullptr)
            fault(one, "is a second default beside " + fallback->locale);
        else if (one.is_default)
            fallback = &one;
    }
    if (fallback == nullptr)
        return faults.push_back({folder.string(), 0, "no file says `default: yes`"});
    for (const auto& one : family)
        if (!same_names(one.variables, fallback->variables))
            fault(one, "`variables` differ from those of the default, " + fallback->locale);
}

std::vector<text_template> load_family(
    const fs::path& folder,
    std::vector<template_fault>& faults
) {
    std::vector<text_template> family;
    const auto name = folder.filename().string();
    if (!is_short_name(name)) {
        faults.push_back({folder.string(), 0, "expected a name of a-z, 0-9, _ . -"});
        return family;
    }
    const auto faults_before = faults.size();
    for (const auto& path : entries_of(folder, faults))
        if (path.extension() == ".txt")
            if (auto made = load_file(name, path, faults))
                family.push_back(std::move(*made));
    if (faults.size() == faults_before)
        check_family(folder, family, faults);
    return family;
}

template <class Names>
std::string joined(const Names& names, std::string text = {}) {
    for (const auto& name : names)
        text.append(text.empty() ? "" : ", ").append(name);
    return text;
}

std::optional<text_fault> check_variables(const text_template& chosen, const send_job& job) {
    const auto& needed = chosen.variables;
    for (const auto& [name, text] : job.variables)
        if (name != "app" && std::find(needed.begin(), needed.end(), name) == needed.end())
            return text_fault{
                job_reason::unknown_variable,
                "variables: template " + chosen.name + " has " + joined(needed, "app")};
    for (const auto& name : needed) {
        const auto is_it = [&name](const auto& given) { return given.first == name; };
        if (std::none_of(job.variables.begin(), job.variables.end(), is_it))
            return text_fault{
                job_reason::missing_variable,
                "variables: template " + chosen.name + " needs " + name};
    }
    return std::nullopt;
}

}  // namespace

boost::system::result<template_set, std::vector<template_fault>> template_set::load(
    const fs::path& folder
) {
    template_set set;
    std::vector<template_fault> faults;
    std::error_code error;  // as of a link to itself, which is no folder
    for (const auto& inside : entries_of(folder, faults))
        if (fs::is_directory(inside, error))
            for (auto& one : load_family(inside, faults)) {
                auto& kin = set.families_[one.name];
                const auto locale = lower_case(one.locale);
                if (one.is_default)
                    kin.fallback = locale;
                kin.by_locale.emplace(locale, std::move(one));
            }
    if (faults.empty() && !set.families_.contains("otp"))
        faults.push_back({folder.string(), 0, "there is no template `otp`, which jobs get unasked"}
        );
    if (!faults.empty())
        return faults;
    return set;
}

const text_template* template_set::family::nearest(std::string_view locale) const {
    const auto wanted = lower_case(locale);
    for (std::string_view at = wanted; !at.empty(); at = parent_locale(at))
        if (const auto match = by_locale.find(at); match != by_locale.end())
            return &match->second;
    return nullptr;
}

boost::system::result<const text_template*, text_fault> template_set::choose(const send_job& job
) const {
    const auto found = families_.find(job.template_name);
    if (found == families_.end())
        return text_fault{
            job_reason::unknown_template,
            "template: expected one of " + joined(names())};
    const auto& kin = found->second;
    const bool by_country = job.locale.empty();
    const text_template* chosen =
        kin.nearest(by_country ? locale_of_region(job.to.region()) : job.locale);
    if (!chosen && by_country)
        chosen = kin.nearest("en-" + std::string(job.to.region()));
    if (!chosen)
        chosen = &kin.by_locale.at(kin.fallback);
    if (auto fault = check_variables(*chosen, job))
        return std::move(*fault);
    return chosen;
}

const text_template& template_set::usual() const {
    const auto& kin = families_.find("otp")->second;
    return kin.by_locale.find(kin.fallback)->second;
}

std::vector<std::string_view> template_set::names() const {
    std::vector<std::string_view> names;
    for (const auto& [name, kin] : families_)
        names.push_back(name);
    return names;
}

}  // namespace otp
