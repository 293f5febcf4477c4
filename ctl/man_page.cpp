#include "ctl/man_page.hpp"

#include "ctl/command_words.hpp"

#include <sstream>

namespace otp {

namespace {

// As text that groff prints as it is: a hyphen stays one that can be copied, no line is a request.
std::string plain(std::string_view text) {
    std::string all;
    for (const char c : text) {
        if (c == '\\')
            all += "\\e";
        else if (c == '-')
            all += "\\-";
        else
            all += c;
    }
    return all.starts_with('.') || all.starts_with('\'') ? "\\&" + all : all;
}

std::string plain_lines(std::string_view text) {
    std::string all;
    std::istringstream in{std::string(text)};
    for (std::string line; std::getline(in, line);)
        all += plain(line) + "\n";
    return all;
}

std::string synopsis(const command& one) {
    const std::string usage(one.usage);
    return "\\fBotpctl " + plain(one.name) + "\\fR" + (usage.empty() ? "" : " " + plain(usage));
}

constexpr std::string_view ending =
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\nDone; of \\fBdoctor\\fR: nothing is wrong.\n"
    ".TP\n.B 64\nWrong usage. The message names the nearest flag or command.\n"
    ".TP\n.B 69\nPostgreSQL or RabbitMQ could not be reached in time, or standard output takes no "
    "more; of \\fBtop\\fR and \\fBbreaker list\\fR also: one of \\-\\-workers could not be asked; "
    "of "
    "\\fBsend\\-test\\fR: the text was refused, failed, or was not sent in time.\n"
    ".TP\n.B 70\nA bug, with its text.\n"
    ".TP\n.B 78\nBad configuration, a schema older than the program, or a queue with other "
    "arguments.\n"
    ".SH NOTES\n"
    "With \\fB\\-\\-json\\fR each line of the output is one JSON object.\n"
    "Phone numbers are masked in all output.\n"
    ".SH SEE ALSO\n"
    ".BR otp\\-worker (1),\n.BR otp\\-verify (1),\n.BR otp\\-sandbox (1)\n";

}  // namespace

std::string man_page(
    std::span<const command> all,
    std::string_view settings,
    const std::function<std::string_view(std::string_view first_word)>& more
) {
    std::string page =
        ".TH OTPCTL 1 \"\" \"otp-worker " OTP_VERSION "\" \"User Commands\"\n"
        ".SH NAME\notpctl \\- operator's command line of otp\\-worker\n"
        ".SH SYNOPSIS\n.B otpctl\n[\\-\\-config FILE] [\\-\\-SETTING VALUE] COMMAND ...\n"
        ".SH DESCRIPTION\nShows what became of texts and checks, and changes what workers do. "
        "Settings stand before the command, its own flags behind it.\n"
        ".SH COMMANDS\n";
    for (const auto& first : first_words(all)) {
        for (const auto& one : all)
            if (first_word(one) == first)
                page += ".TP\n" + synopsis(one) + "\n" + plain(one.meaning) + ".\n";
        if (!more(first).empty())
            page += ".RS\n.nf\n" + plain_lines(more(first)) + ".fi\n.RE\n";
    }
    page += ".SH SETTINGS\nAs environment variables, TOML keys in lower case, or flags before the "
            "command.\n.nf\n" +
            plain_lines(settings) + ".fi\n";
    return page + std::string(ending);
}

}  // namespace otp
