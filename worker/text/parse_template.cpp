#include "common/core/segments.hpp"
#include "common/core/utf8.hpp"
#include "worker/text/text_template.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace otp {

namespace {

using kind = text_piece::kind;

constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyz0123456789_";

bool is_variable_name(std::string_view text) {
    return !text.empty() && text.size() <= 32 && text.front() >= 'a' && text.front() <= 'z' &&
           text.find_first_not_of(name_characters) == std::string_view::npos;
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t at = 0; (at = text.find_first_not_of(' ', at)) != std::string_view::npos;) {
        const auto end = std::min(text.find(' ', at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

class parser {
public:
    parser(std::string_view name, std::string_view locale, std::string_view file) : file_(file) {
        made_.name = name;
        made_.locale = locale;
    }

    boost::system::result<text_template, std::vector<template_fault>> read(std::string contents) {
        if (check_bytes(contents)) {
            std::erase(contents, '\r');
            const auto text = read_head(contents);
            read_text(text);
            if (faults_.empty())
                check_whole();
        }
        if (!faults_.empty())
            return std::move(faults_);
        return std::move(made_);
    }

private:
    void fault(int line, std::string reason) {
        faults_.push_back({std::string(file_), line, std::move(reason)});
    }

    bool check_bytes(std::string_view contents) {
        if (contents.starts_with("\xEF\xBB\xBF"))
            fault(1, "begins with a byte order mark; leave it out");
        else if (!is_utf8(contents) || contents.find('\0') != std::string_view::npos)
            fault(0, "is not UTF-8 text");
        return faults_.empty();
    }

    // Lines of `key: value` up to the first empty one; what follows is the text.
    std::string_view read_head(std::string_view rest) {
        while (!rest.empty()) {
            const auto end = rest.find('\n');
            const auto line = rest.substr(0, end);
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
            ++line_;
            if (line.empty())
                break;
            read_setting(line);
        }
        ++line_;
        while (rest.ends_with('\n'))
            rest.remove_suffix(1);
        return rest;
    }

    void read_setting(std::string_view line) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos)
            return fault(line_, "expected `key: value`, or an empty line before the text");
        const auto key = line.substr(0, colon);
        const auto values = words_of(line.substr(colon + 1));
        if (std::find(keys_.begin(), keys_.end(), key) != keys_.end())
            return fault(line_, "`" + std::string(key) + "` is given twice");
        keys_.emplace_back(key);
        if (key == "default")
            read_default(values);
        else if (key == "variables")
            read_variables(values);
        else if (key == "whatsapp")
            read_whatsapp(values);
        else
            fault(line_, "unknown key; expected `default`, `variables` or `whatsapp`");
    }

    void read_default(const std::vector<std::string_view>& values) {
        made_.is_default = values.size() == 1 && values[0] == "yes";
        if (!made_.is_default)
            fault(line_, "`default`: expected `yes`, or no such line");
    }

    void read_variables(const std::vector<std::string_view>& values) {
        for (const auto value : values)
            if (!is_variable_name(value))
                fault(line_, "`variables`: expected names of a-z, 0-9 and _, a letter first");
            else if (value == "code" || value == "minutes" || value == "app")
                fault(line_, "`variables`: " + std::string(value) + " is there without asking");
            else
                made_.variables.emplace_back(value);
    }

    // Their names are looked up once all variables are known.
    void read_whatsapp(const std::vector<std::string_view>& values) {
        whatsapp_line_ = line_;
        whatsapp_.assign(values.begin(), values.end());
    }

    std::optional<text_piece> place(std::string_view name) const {
        if (name == "code")
            return text_piece{kind::code, {}};
        if (name == "minutes")
            return text_piece{kind::minutes, {}};
        if (name == "app")
            return text_piece{kind::app, {}};
        const auto& known = made_.variables;
        if (std::find(known.begin(), known.end(), name) != known.end())
            return text_piece{kind::variable, std::string(name)};
        return std::nullopt;
    }

    void add_words(std::string_view words) {
        line_ += static_cast<int>(std::count(words.begin(), words.end(), '\n'));
        if (made_.pieces.empty() || made_.pieces.back().what != kind::words)
            made_.pieces.push_back({kind::words, {}});
        made_.pieces.back().text += words;
    }

    void read_text(std::string_view text) {
        while (!text.empty()) {
            const auto brace = std::min(text.find_first_of("{}"), text.size());
            if (brace > 0)
                add_words(text.substr(0, brace));
            text.remove_prefix(brace);
            if (text.starts_with("{{") || text.starts_with("}}")) {
                add_words(text.substr(0, 1));
                text.remove_prefix(2);
            } else if (text.starts_with('}')) {
                fault(line_, "a } without its {; write }} for the sign itself");
                text.remove_prefix(1);
            } else if (text.starts_with('{')) {
                read_place(text);
            }
        }
    }

    void read_place(std::string_view& text) {
        const auto end = text.find_first_of("{}\n", 1);
        if (end == std::string_view::npos || text[end] != '}') {
            fault(line_, "a { without its }; write {{ for the sign itself");
            text.remove_prefix(1);
            return;
        }
        const auto name = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
        if (auto piece = place(name))
            made_.pieces.push_back(std::move(*piece));
        else
            fault(line_, "unknown placeholder {" + std::string(name) + "}");
    }

    void check_whole() {
        if (whatsapp_.empty())
            whatsapp_.emplace_back("code");
        for (const auto& name : whatsapp_)
            if (auto piece = place(name))
                made_.whatsapp.push_back(std::move(*piece));
            else
                fault(whatsapp_line_, "`whatsapp`: unknown placeholder " + name);
        const auto is_code = [](const text_piece& piece) { return piece.what == kind::code; };
        if (std::none_of(made_.pieces.begin(), made_.pieces.end(), is_code))
            fault(0, "the text has no {code}");
        else
            check_size();
    }

    // At the longest that is usual: more than one segment is paid for twice, and arrives in pieces.
    void check_size() {
        const std::string longest(20, 'x');
        std::vector<std::pair<std::string, std::string>> variables;
        for (const auto& name : made_.variables)
            variables.emplace_back(name, longest);
        const auto filled =
            render(made_, {"0123456789", std::chrono::minutes(10), longest, variables});
        if (filled.segments == 1)
            return;
        const auto size = measure_text(filled.text.reveal());
        fault(
            0,
            "takes " + std::to_string(size.segments) + " segments with a code of 10 digits, an " +
                "app of 20 characters and variables of 20; expected 1: " +
                std::to_string(size.units) + " of " + (size.unicode ? "70 (not GSM-7)" : "160")
        );
    }

    std::string_view file_;
    int line_ = 0;
    int whatsapp_line_ = 0;
    std::vector<std::string> keys_;
    std::vector<std::string> whatsapp_;
    std::vector<template_fault> faults_;
    text_template made_;
};

}  // namespace

boost::system::result<text_template, std::vector<template_fault>> parse_template(
    std::string_view name,
    std::string_view locale,
    std::string_view file,
    std::string_view contents
) {
    return parser(name, locale, file).read(std::string(contents));
}

}  // namespace otp
