#include "ctl/command_words.hpp"

#include <algorithm>
#include <sstream>

namespace otp {

namespace {

constexpr std::size_t help_width = 100;

// The words of a usage without brackets, dots and the bars between alternatives.
std::vector<std::string> words_of(std::string_view usage) {
    std::vector<std::string> words;
    std::istringstream in{std::string(usage)};
    for (std::string word; in >> word;) {
        std::erase_if(word, [](char c) { return c == '[' || c == ']'; });
        while (word.ends_with("..."))
            word.resize(word.size() - 3);
        while (word.ends_with(','))
            word.pop_back();
        if (!word.empty())
            words.push_back(word);
    }
    return words;
}

std::vector<std::string> split(const std::string& text, char by) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, by);)
        parts.push_back(part);
    return parts;
}

std::vector<std::string> choices_in(const std::string& value) {
    const bool is_words =
        value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.-|") == std::string::npos;
    if (!is_words || value.find('|') == std::string::npos)
        return {};
    return split(value, '|');
}

bool is_flag(const std::string& word) {
    return word.starts_with("--");
}

void add_once(std::vector<std::string>& to, const std::string& word) {
    if (!word.empty() && std::find(to.begin(), to.end(), word) == to.end())
        to.push_back(word);
}

}  // namespace

std::string first_word(const command& one) {
    const std::string_view name(one.name);
    return std::string(name.substr(0, name.find(' ')));
}

std::string second_word(const command& one) {
    const std::string_view name(one.name);
    const auto blank = name.find(' ');
    return blank == std::string_view::npos ? "" : std::string(name.substr(blank + 1));
}

std::vector<std::string> first_words(std::span<const command> all) {
    std::vector<std::string> words;
    for (const auto& one : all)
        add_once(words, first_word(one));
    return words;
}

std::vector<std::string> second_words(std::span<const command> all, std::string_view first) {
    std::vector<std::string> words;
    for (const auto& one : all)
        if (first_word(one) == first)
            add_once(words, second_word(one));
    return words;
}

std::vector<flag_usage> flags_of(const command& one) {
    std::vector<flag_usage> flags;
    const auto words = words_of(one.usage);
    for (std::size_t i = 0; i != words.size(); ++i) {
        const auto known = [&](const flag_usage& f) { return f.name == words[i]; };
        if (!is_flag(words[i]) || std::any_of(flags.begin(), flags.end(), known))
            continue;
        flag_usage flag;
        flag.name = words[i];
        if (i + 1 != words.size() && !is_flag(words[i + 1]) && words[i + 1] != "|") {
            flag.value = words[i + 1];
            flag.choices = choices_in(flag.value);
        }
        flags.push_back(std::move(flag));
    }
    return flags;
}

std::vector<std::string> choices_of(const command& one) {
    std::vector<std::string> choices;
    const auto words = words_of(one.usage);
    for (std::size_t i = 0; i != words.size(); ++i)
        if (!is_flag(words[i]) && (i == 0 || !is_flag(words[i - 1])))
            for (const auto& choice : choices_in(words[i]))
                add_once(choices, choice);
    return choices;
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
    std::string all;
    std::size_t column = 0;
    std::istringstream in{std::string(text)};
    for (std::string word; in >> word;) {
        if (column != 0 && column + 1 + word.size() > width) {
            all += "\n" + std::string(indent, ' ');
            column = indent;
        } else if (column != 0) {
            all += " ";
            ++column;
        }
        all += word;
        column += word.size();
    }
    return all;
}

std::string help_of(std::span<const command> some) {
    std::string text;
    for (const auto& one : some) {
        const auto line = "otpctl " + std::string(one.name) + " " + one.usage;
        text += "  " + wrapped(line, help_width - 2, 10) + "\n      " +
                wrapped(one.meaning, help_width - 6, 6) + "\n";
    }
    return text;
}

}  // namespace otp
