#include "common/limits/toml_table.hpp"

#include <algorithm>
#include <utility>

namespace otp {

toml_table::toml_table(const toml::node* from, std::string name, std::vector<std::string>& faults)
    : from_(from == nullptr ? nullptr : from->as_table()),
      name_(std::move(name)),
      faults_(faults) {
    if (from != nullptr && from_ == nullptr)
        faults_.push_back(name_ + " must be a table");
}

bool toml_table::has(std::string_view key) const {
    return from_ != nullptr && from_->contains(key);
}

const toml::node* toml_table::find(std::string_view key) {
    asked_.emplace_back(key);
    return from_ == nullptr ? nullptr : from_->get(key);
}

void toml_table::read_mode(limit_mode& into) {
    const auto* node = find("mode");
    if (node == nullptr)
        return;
    const auto word = node->value_exact<std::string>().value_or("");
    if (word == "enforce")
        into = limit_mode::enforce;
    else if (word == "observe")
        into = limit_mode::observe;
    else if (word == "off")
        into = limit_mode::off;
    else
        fault("mode", "must be \"enforce\", \"observe\" or \"off\"");
}

void toml_table::read_count(std::string_view key, int most, int& into) {
    const auto* node = find(key);
    if (node == nullptr)
        return;
    const auto count = node->value_exact<std::int64_t>().value_or(0);
    if (count < 1 || count > most)
        fault(key, "must be a whole number from 1 to " + std::to_string(most));
    else
        into = static_cast<int>(count);
}

std::optional<double> toml_table::read_number(std::string_view key, double most) {
    const auto* node = find(key);
    if (node == nullptr)
        return std::nullopt;
    const auto number = node->is_number() ? node->value<double>() : std::nullopt;
    if (number && *number > 0 && *number <= most)
        return number;
    fault(key, "must be a number over 0, at most " + std::to_string(static_cast<long>(most)));
    return std::nullopt;
}

std::optional<std::vector<std::string>> toml_table::read_texts(std::string_view key) {
    const auto* node = find(key);
    if (node == nullptr)
        return std::nullopt;
    std::vector<std::string> texts;
    const auto* list = node->as_array();
    bool all_fit = list != nullptr;
    for (std::size_t i = 0; all_fit && i < list->size(); ++i) {
        const auto text = list->get(i)->value_exact<std::string>();
        all_fit = text.has_value();
        texts.push_back(text.value_or(""));
    }
    if (all_fit)
        return texts;
    fault(key, "must be a list of texts");
    return std::nullopt;
}

toml_table toml_table::inner(std::string_view key) {
    return {find(key), name_ + "." + std::string(key), faults_};
}

std::vector<std::string> toml_table::keys() const {
    std::vector<std::string> all;
    if (from_ != nullptr)
        for (const auto& [key, node] : *from_)
            all.emplace_back(key.str());
    return all;
}

void toml_table::fault(std::string_view key, std::string_view what) {
    faults_.push_back(name_ + "." + std::string(key) + " " + std::string(what));
}

void toml_table::finish() {
    std::string known;
    for (const auto& key : asked_)
        known += (known.empty() ? "" : ", ") + key;
    for (const auto& key : keys())
        if (std::find(asked_.begin(), asked_.end(), key) == asked_.end())
            fault(key, "is unknown; " + name_ + " has " + known);
}

}  // namespace otp
