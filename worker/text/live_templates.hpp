#pragma once

#include "worker/text/template_set.hpp"

#include <deque>
#include <utility>

namespace otp {

// The templates, which others may replace while jobs run. Earlier sets are kept: jobs under way
// point into them, a set takes a few kilobytes, and only a person's wish makes another.
class live_templates {
public:
    explicit live_templates(template_set first) { replace(std::move(first)); }

    const template_set& now() const noexcept { return all_.back(); }
    void replace(template_set by) { all_.push_back(std::move(by)); }

private:
    std::deque<template_set> all_;  // a deque: its elements stay where they are
};

}  // namespace otp
