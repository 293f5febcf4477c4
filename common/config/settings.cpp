#include "common/config/settings.hpp"

#include "common/config/known_settings.hpp"
#include "common/config/toml.hpp"
#include "common/core/ascii.hpp"
#include "common/core/whole_file.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace otp {

namespace {

namespace fs = std::filesystem;

constexpr auto capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

// What stands in tables by its dotted name, "provider.twilio.sms.in_flight"; of an empty table its
// own.
std::vector<std::pair<std::string, const toml::node*>> flat(const toml::table& table) {
    std::vector<std::pair<std::string, const toml::node*>> all;
    for (const auto& [key, node] : table) {
        const std::string name(key.str());
        if (const auto* inner = node.as_table(); inner != nullptr && !inner->empty())
            for (const auto& [rest, value] : flat(*inner))
                all.emplace_back(name + "." + rest, value);
        else
            all.emplace_back(name, &node);
    }
    return all;
}

bool is_table_of(const std::vector<std::string>& keys, const std::string& name) {
    return std::ranges::any_of(keys, [&name](const auto& key) {
        return key.starts_with(name + ".");
    });
}

// What is wrong with that key of a file; empty where it is a setting's.
std::string key_fault(const std::string& name, const std::vector<std::string>& keys) {
    if (is_route(name) || std::ranges::find(keys, name) != keys.end())
        return {};
    if (name.starts_with("routes."))
        return "unknown key " + name +
               "; a country's providers are sms and whatsapp of the table of its ISO 3166 code in "
               "capitals, such as [routes.IN]";
    return "unknown key " + name + "; the nearest known one is " + nearest(name, keys);
}

// What a service manager put there: by setting, the file. LoadCredential=ID:FOLDER names each file
// of a folder "ID_file", so words in lower case before the name are not looked at.
settings::values credentials_in(const std::string& folder) {
    settings::values found;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        const auto file = at->path().filename().string();
        const auto name = file.substr(std::min(file.find_first_of(capitals), file.size()));
        const auto* known = find_setting(name);
        if (known != nullptr && known->is_secret)
            found.emplace(name, at->path().string());
    }
    return found;
}

}  // namespace

settings::settings(values file, values environment, values flags)
    : file_(std::move(file)),
      environment_(std::move(environment)),
      flags_(std::move(flags)) {
    if (const auto folder = environment_.find("CREDENTIALS_DIRECTORY");
        folder != environment_.end())
        credentials_ = credentials_in(folder->second);
}

settings::values settings::read_toml(const std::string& path, std::vector<std::string>& faults) {
    values found;
    const auto all = whole_file(path);
    if (!all) {
        faults.push_back(path + ": cannot be read");
        return found;
    }
    auto parsed = parse_toml(*all);
    if (!parsed) {
        faults.push_back(path + ": " + parsed.error());
        return found;
    }
    auto& table = *parsed;
    const auto names = given_names();
    std::vector<std::string> keys;
    std::ranges::transform(names, std::back_inserter(keys), toml_key);
    for (const auto* others : {"limits", "abuse"})
        table.erase(others);
    for (const auto& [name, node] : flat(table)) {
        if (node->is_table() && is_table_of(keys, name))
            continue;
        auto text = text_of(*node);
        auto wrong = key_fault(name, keys);
        if (wrong.empty() && !text)
            wrong = name + " must be a text, a number, a boolean or a list of these";
        if (!wrong.empty()) {
            faults.push_back(path + ": " + wrong);
            continue;
        }
        const auto index = static_cast<std::size_t>(std::ranges::find(keys, name) - keys.begin());
        found.emplace(is_route(name) ? name : names[index], std::move(*text));
    }
    return found;
}

std::optional<std::string> settings::from_file(std::string_view name, const std::string& path) {
    auto text = whole_file(path);
    if (!text) {
        fault(name, "its file " + path + " cannot be read");
        unread_.emplace(name);
    } else
        text->erase(text->find_last_not_of("\r\n") + 1);
    return text;
}

settings::given settings::named(std::string_view name) const {
    const auto in = [](const values& place, std::string_view key) {
        const auto found = place.find(key);
        return found == place.end() || found->second.empty() ? nullptr : &found->second;
    };
    const auto* known = find_setting(name);
    if (known == nullptr)
        throw std::logic_error("setting " + std::string(name) + " is not in known_settings");
    if (is_in_table(name))
        return {in(file_, name)};
    for (const auto* place : {&flags_, &environment_, &file_}) {
        if (const auto* value = in(*place, name))
            return {value};
        if (const auto* path = in(*place, std::string(name) + "_FILE"); path && known->is_secret)
            return {path, true};
    }
    return {};
}

settings::given settings::look_for(std::string_view name) const {
    if (const auto found = named(name); found.text != nullptr)
        return found;
    const auto credential = credentials_.find(name);
    return credential == credentials_.end() ? given() : given{&credential->second, true};
}

std::optional<std::string> settings::find(std::string_view name) {
    const auto [text, is_path] = look_for(name);
    std::optional<std::string> value;
    if (text != nullptr)
        value = is_path ? from_file(name, *text) : *text;
    if (value && value->empty())
        value.reset();  // the file is
    found_.insert_or_assign(std::string(name), secret(value.value_or("")));
    if (find_setting(name)->is_secret)
        shown_[std::string(name)] = value ? "(set)" : "(not set)";
    else
        shown_[std::string(name)] = value.value_or("(not set)");
    return value;
}

std::string settings::text(std::string_view name, std::string_view fallback) {
    auto value = find(name);
    if (!value && !fallback.empty())
        shown_[std::string(name)] = fallback;
    return value ? std::move(*value) : std::string(fallback);
}

secret settings::secret_text(std::string_view name) {
    const auto value = find(name);
    return value ? secret(*value) : secret();
}

secret settings::required_secret(std::string_view name) {
    auto value = secret_text(name);
    if (value.empty())
        fault(name, "is required: " + std::string(find_setting(name)->help));
    return value;
}

std::int64_t settings::whole(
    std::string_view name,
    std::int64_t least,
    std::int64_t most,
    std::int64_t fallback
) {
    const auto value = text(name, std::to_string(fallback));
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < least ||
        number > most) {
        fault(
            name,
            "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most)
        );
        return fallback;
    }
    return number;
}

bool settings::yes(std::string_view name, bool fallback) {
    const auto value = text(name, fallback ? "yes" : "no");
    if (value == "yes" || value == "true" || value == "1")
        return true;
    if (value != "no" && value != "false" && value != "0")
        fault(name, "must be yes or no");
    return false;
}

std::string settings::one_of(
    std::string_view name,
    const std::vector<std::string>& words,
    std::string_view fallback
) {
    auto value = text(name, fallback);
    if (std::find(words.begin(), words.end(), value) == words.end()) {
        std::string choice;
        for (const auto& word : words)
            choice += (choice.empty() ? "" : ", ") + word;
        fault(name, "must be one of: " + choice);
        return std::string(fallback);
    }
    return value;
}

std::vector<std::string> settings::list(std::string_view name, std::string_view fallback) {
    std::vector<std::string> entries;
    std::istringstream all(text(name, fallback));
    for (std::string entry; std::getline(all, entry, ',');)
        if (const auto word = trimmed(entry); !word.empty())
            entries.emplace_back(word);
    return entries;
}

std::vector<std::string> settings::routes() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : file_)
        if (is_route(name))
            names.push_back(name);
    return names;
}

bool settings::is_set(std::string_view name) const {
    return look_for(name).text != nullptr;
}

std::string settings::file_of(std::string_view secret) const {
    const auto [path, is_path] = named(secret);
    return is_path ? *path : std::string();
}

void settings::add_credentials(const std::string& folder) {
    credentials_.merge(credentials_in(folder));
}

settings settings::read_again() const {
    std::vector<std::string> faults;
    const bool has_file = !file_path_.empty();
    settings again(has_file ? read_toml(file_path_, faults) : values(), environment_, flags_);
    again.file_path_ = file_path_;
    again.faults_ = std::move(faults);
    again.has_no_file_ = !again.faults_.empty() && again.file_.empty();
    return again;
}

std::vector<std::string> settings::changed_since(const settings& before) {
    std::vector<std::string> names;
    for (const auto& [name, value] : before.found_) {
        if (!found_.contains(name))
            find(name);
        if (!found_.at(name).equals(value.reveal()))
            names.push_back(name);
    }
    for (const auto& name : routes())  // nobody could read it before it was there
        if (found_.contains(name) && !before.found_.contains(name))
            names.push_back(name);
    return names;
}

void settings::fault(std::string_view name, std::string_view what) {
    add_fault(std::string(name) + " " + std::string(what));
}

void settings::add_fault(std::string text) {
    const auto setting = text.substr(0, text.find_first_of(" :,"));
    const bool follows = has_no_file_ || unread_.contains(setting);
    if (!follows && std::ranges::find(faults_, text) == faults_.end())
        faults_.push_back(std::move(text));
}

void settings::show(std::string name, std::string value) {
    shown_.insert_or_assign(std::move(name), std::move(value));
}

std::string settings::effective() const {
    std::string lines;
    for (const auto& [name, value] : shown_)
        lines += name + " = " + value + "\n";
    return lines;
}

}  // namespace otp
