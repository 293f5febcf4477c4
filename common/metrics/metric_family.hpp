#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace otp {

// One metric that has labels. A series is made when its values are met first; after that finding it
// costs a hash of the values, and no allocation.
//
// A series lives for ever. So that what a provider answers cannot fill the memory, those beyond
// `most_series` share one, whose values are all "other".
template <class Metric>
class metric_family {
public:
    static constexpr std::size_t most_series = 400;

    metric_family(
        prometheus::Family<Metric>& family,
        std::vector<std::string> label_names,
        std::vector<double> bounds = {}
    )
        : family_(&family),
          names_(std::move(label_names)),
          bounds_(std::move(bounds)) {}

    // The values stand in the order of the label names. The reference stays good.
    Metric& of(std::initializer_list<std::string_view> values) {
        if (values.size() != names_.size())
            throw std::logic_error(family_->GetName() + ": a value for each label is needed");
        key_.clear();
        for (const std::string_view value : values)
            key_.append(value).push_back('\x1f');
        const auto found = series_.find(std::string_view(key_));
        if (found != series_.end())
            return *found->second;
        return make(values);
    }

private:
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };

    Metric& make(std::initializer_list<std::string_view> values) {
        const bool fits = series_.size() < most_series;
        std::map<std::string, std::string> labels;
        for (std::size_t i = 0; i < names_.size(); ++i)
            labels[names_[i]] = fits ? std::string(values.begin()[i]) : "other";
        Metric* made = nullptr;
        if constexpr (std::is_same_v<Metric, prometheus::Histogram>)
            made = &family_->Add(labels, bounds_);
        else
            made = &family_->Add(labels);
        if (fits)
            series_.emplace(key_, made);
        return *made;
    }

    prometheus::Family<Metric>* family_;
    std::vector<std::string> names_;
    std::vector<double> bounds_;
    std::unordered_map<std::string, Metric*, hash, std::equal_to<>> series_;
    std::string key_;  // kept, so that its memory is
};

using counter_family = metric_family<prometheus::Counter>;
using gauge_family = metric_family<prometheus::Gauge>;
using histogram_family = metric_family<prometheus::Histogram>;

}  // namespace otp
