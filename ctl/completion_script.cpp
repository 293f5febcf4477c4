#include "ctl/completion_script.hpp"

#include "ctl/command_words.hpp"

#include <algorithm>
#include <vector>

namespace otp {

namespace {

std::string joined(const std::vector<std::string>& words) {
    std::string all;
    for (const auto& word : words)
        all += (all.empty() ? "" : " ") + word;
    return all;
}

std::vector<std::string> flag_names(const command& one) {
    std::vector<std::string> names;
    for (const auto& flag : flags_of(one))
        names.push_back(flag.name);
    return names;
}

bool is_path(const flag_usage& flag) {
    return flag.value == "FILE" || flag.value == "DIR";
}

// In single quotes for a shell.
std::string quoted(std::string_view text) {
    std::string all = "'";
    for (const char c : text)
        all += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return all + "'";
}

// A short text for menus: the meaning up to its first stop.
std::string short_meaning(const command& one) {
    const std::string_view all(one.meaning);
    return std::string(all.substr(0, all.find_first_of(".:;(")));
}

// The branch of a shell's `case`, "dead\ list)", that knows what may follow a command.
void add_case(std::string& script, const command& one) {
    const auto second = second_word(one);
    const auto label = first_word(one) + (second.empty() ? "" : "/" + second);
    script += "    " + label + ")\n      case \"$prev\" in\n";
    for (const auto& flag : flags_of(one)) {
        if (!flag.choices.empty())
            script += "        " + flag.name + ") words=" + quoted(joined(flag.choices)) + " ;;\n";
        else if (is_path(flag))
            script += "        " + flag.name + ") files=yes ;;\n";
        else if (!flag.value.empty())
            script += "        " + flag.name + ") words='' ;;\n";
    }
    auto words = choices_of(one);
    const auto flags = flag_names(one);
    words.insert(words.end(), flags.begin(), flags.end());
    script += "        *) words=" + quoted(joined(words)) + " ;;\n      esac ;;\n";
}

// What may stand second: the words of a group, and the flags of a command that stands alone beside
// one. Empty for what is no group.
std::vector<std::string> after_first_word(std::span<const command> all, const std::string& first) {
    auto words = second_words(all, first);
    for (const auto& one : all)
        if (!words.empty() && first_word(one) == first && second_word(one).empty())
            for (const auto& name : flag_names(one))
                words.push_back(name);
    return words;
}

// Sets `words`, or `files`, from `first`, `second`, `prev` and `place` (0: the command itself).
std::string choose(std::span<const command> all) {
    std::string script = "  if [ \"$place\" = 0 ]; then words=" +
                         quoted(joined(first_words(all)) + " --config --help --version") +
                         "; return; fi\n";
    script += "  if [ \"$place\" = 1 ]; then\n    case \"$first\" in\n";
    for (const auto& first : first_words(all))
        if (const auto words = after_first_word(all, first); !words.empty())
            script += "      " + first + ") words=" + quoted(joined(words)) + "; return ;;\n";
    script += "    esac\n  fi\n  case \"$first/$second\" in\n";
    for (const auto& one : all)
        if (second_word(one).empty() && !second_words(all, first_word(one)).empty())
            script += "    " + first_word(one) + "/--*) second='' ;;\n";
    script += "  esac\n  local key=\"$first\"\n";
    std::string with_second;
    for (const auto& first : first_words(all))
        if (!second_words(all, first).empty())
            with_second += (with_second.empty() ? "" : "|") + first;
    script += "  case \"$first\" in " + with_second +
              ") [ -n \"$second\" ] && key=\"$first/$second\" ;; esac\n  case \"$key\" in\n";
    for (const auto& one : all)
        add_case(script, one);
    return script + "  esac\n";
}

constexpr std::string_view find_place = "  place=0 first='' second=''\n"
                                        "  for ((i = 1; i < at; ++i)); do\n"
                                        "    case \"$place\" in\n"
                                        "      0) case \"${line[i]}\" in\n"
                                        "           --help | --version | --check-config | *=*) ;;\n"
                                        "           --*) ((++i)) ;;\n"
                                        "           *) first=\"${line[i]}\" place=1 ;;\n"
                                        "         esac ;;\n"
                                        "      1) second=\"${line[i]}\" place=2 ;;\n"
                                        "    esac\n"
                                        "  done\n";

}  // namespace

std::string bash_completion(std::span<const command> all) {
    return "# bash completion of otpctl; `otpctl completion bash` prints it.\n"
           "_otpctl_choose() {\n" +
           choose(all) +
           "}\n"
           "_otpctl() {\n"
           "  local -a line=(\"${COMP_WORDS[@]}\")\n"
           "  local at=$COMP_CWORD cur=\"${COMP_WORDS[COMP_CWORD]}\" "
           "prev=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
           "  local place first second i words='' files=''\n" +
           std::string(find_place) +
           "  [ \"$place\" = 0 ] && [ \"$prev\" = --config ] && files=yes\n"
           "  [ -n \"$files\" ] || _otpctl_choose\n"
           "  if [ -n \"$files\" ]; then mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
           "  else mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\"); fi\n"
           "}\n"
           "complete -F _otpctl otpctl\n";
}

std::string zsh_completion(std::span<const command> all) {
    return "#compdef otpctl\n"
           "# zsh completion of otpctl; `otpctl completion zsh` prints it.\n"
           "_otpctl_choose() {\n" +
           choose(all) +
           "}\n"
           "_otpctl() {\n"
           "  setopt local_options ksh_arrays\n"
           "  local -a line; line=(\"${words[@]}\")\n"
           "  local at=$((CURRENT - 1)); local prev=\"${line[at-1]}\"\n"
           "  local place first second i files=''; local words=''\n" +
           std::string(find_place) +
           "  [ \"$place\" = 0 ] && [ \"$prev\" = --config ] && files=yes\n"
           "  [ -n \"$files\" ] || _otpctl_choose\n"
           "  unsetopt ksh_arrays\n"
           "  if [ -n \"$files\" ]; then _files; else compadd -- ${=words}; fi\n"
           "}\n"
           "if [ \"${funcstack[1]}\" = _otpctl ]; then _otpctl \"$@\"; else compdef _otpctl "
           "otpctl; fi\n";
}

std::string fish_completion(std::span<const command> all) {
    std::string script = "# fish completion of otpctl; `otpctl completion fish` prints it.\n"
                         "complete -c otpctl -f\n"
                         "complete -c otpctl -n __fish_use_subcommand -l config -r -F\n";
    const auto firsts = first_words(all);
    for (const auto& first : firsts) {
        const auto one = std::ranges::find(all, first, first_word);
        script += "complete -c otpctl -n __fish_use_subcommand -a " + first + " -d " +
                  quoted(short_meaning(*one)) + "\n";
    }
    for (const auto& one : all) {
        const auto first = first_word(one);
        const auto second = second_word(one);
        auto seen = "__fish_seen_subcommand_from " + first;
        if (!second.empty()) {
            script += "complete -c otpctl -n " + quoted(seen) + " -a " + second + " -d " +
                      quoted(short_meaning(one)) + "\n";
            seen += "; and __fish_seen_subcommand_from " + second;
        }
        for (const auto& word : choices_of(one))
            script += "complete -c otpctl -n " + quoted(seen) + " -a " + word + "\n";
        for (const auto& flag : flags_of(one)) {
            script += "complete -c otpctl -n " + quoted(seen) + " -l " + flag.name.substr(2);
            if (!flag.choices.empty())
                script += " -x -a " + quoted(joined(flag.choices));
            else if (is_path(flag))
                script += " -r -F";
            else if (!flag.value.empty())
                script += " -x";
            script += "\n";
        }
    }
    return script;
}

}  // namespace otp
