#pragma once

#include "common/config/toml.hpp"
#include "common/limits/limit_rules.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

// Reads one table by key; what is wrong is added to `faults` under the key's whole name. Keys that
// nobody asked for are faults, too, once it is finished with.
class toml_table {
public:
    // `from` may be null: a table that is not there has no keys.
    toml_table(const toml::node* from, std::string name, std::vector<std::string>& faults);

    bool has(std::string_view key) const;
    void read_mode(limit_mode& into);
    void read_count(std::string_view key, int most, int& into);  // from 1
    std::optional<double> read_number(std::string_view key, double most);
    std::optional<std::vector<std::string>> read_texts(std::string_view key);
    toml_table inner(std::string_view key);
    std::vector<std::string> keys() const;

    void fault(std::string_view key, std::string_view what);
    void finish();  // whatever stands in it besides is a fault

private:
    const toml::node* find(std::string_view key);

    const toml::table* from_;
    std::string name_;
    std::vector<std::string>& faults_;
    std::vector<std::string> asked_;
};

}  // namespace otp
