#pragma once

#include "worker/text/template_set.hpp"

#include <deque>
#include <string>
#include <vector>

namespace otp {

// The templates of a folder, which may be read anew while jobs run. Earlier sets are kept: jobs
// under way point into them, a set takes a few kilobytes, and only a person's wish makes another.
class live_templates {
public:
    live_templates(std::string folder, template_set first) : folder_(std::move(folder)) {
        all_.push_back(std::move(first));
    }

    const std::string& folder() const noexcept { return folder_; }
    const template_set& now() const noexcept { return all_.back(); }

    // Reads the folder again. Where anything is wrong, all of it is returned and the present
    // templates stay.
    std::vector<template_fault> load() {
        auto read = template_set::load(folder_);
        if (!read)
            return std::move(read.error());
        all_.push_back(std::move(*read));
        return {};
    }

private:
    std::string folder_;
    std::deque<template_set> all_;  // a deque: its elements stay where they are
};

}  // namespace otp
