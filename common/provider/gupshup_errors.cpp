#include "common/provider/error_table.hpp"

// Sources: docs.gupshup.io/docs/error-and-status-messages (500 to 4005), copies of Meta's list at
// wolkvox.helpjuice.com, niswey.com and docs.ycloud.com (368 and six digits; 132xxx and 131047
// unconfirmed), docs.gupshup.io error-codes (gateway 100 to 109), docs.suprsend.com "Gupshup (SMS)"
// (175 and the reports) and github nammayatri/shared-kernel (175, 322). Class and permissions are
// our decision. Gateway codes 110 to 174 are further parameter and account errors whose list we
// could not confirm: the unlisted row serves them.
namespace otp {

namespace {

constexpr bool yes = true;
constexpr bool no = false;

// code, told in, whose fault, retry, fail over, switch channel
// clang-format off
constexpr error_row whatsapp_rows[] = {
    {"500", told_in::receipt, fault::temporary, yes, yes, yes, "internal error"},
    {"1001", told_in::receipt, fault::config, no, yes, yes, "sender mismatch"},
    {"1002", told_in::receipt, fault::channel, no, no, yes, "number not on WhatsApp"},
    {"1003", told_in::receipt, fault::account, no, yes, yes, "wallet balance low"},
    {"1004", told_in::receipt, fault::config, no, yes, yes, "templates disabled"},
    {"1005", told_in::receipt, fault::config, no, yes, yes, "template did not match"},
    {"1006", told_in::receipt, fault::blocked, no, no, yes, "recipient not opted in"},
    {"1007", told_in::receipt, fault::blocked, no, no, yes, "recipient not opted in, template did not match"},
    {"1008", told_in::receipt, fault::blocked, no, no, yes, "recipient not opted in and inactive"},
    {"1010", told_in::receipt, fault::config, no, no, yes, "bad media URL"},
    {"1011", told_in::receipt, fault::config, no, no, yes, "bad media size"},
    {"1012", told_in::receipt, fault::blocked, no, no, yes, "recipient opted out"},
    {"4001", told_in::receipt, fault::rate, no, yes, yes, "API rate limited"},
    {"4002", told_in::receipt, fault::doubt, no, yes, yes, "invalid response from WhatsApp"},
    {"4003", told_in::receipt, fault::config, no, yes, yes, "template did not match"},
    {"4004", told_in::receipt, fault::config, no, yes, yes, "needs the API hosted by Meta"},
    {"4005", told_in::receipt, fault::config, no, yes, yes, "template paused"},
    {"368", told_in::receipt, fault::account, no, yes, yes, "account restricted"},
    {"130429", told_in::receipt, fault::rate, yes, yes, yes, "throughput reached"},
    {"130472", told_in::receipt, fault::channel, no, no, yes, "recipient is in a WhatsApp experiment"},
    {"131026", told_in::receipt, fault::channel, no, no, yes, "undeliverable on WhatsApp"},
    {"131031", told_in::receipt, fault::account, no, yes, yes, "account locked"},
    {"131042", told_in::receipt, fault::account, no, yes, yes, "payment problem"},
    {"131047", told_in::receipt, fault::config, no, no, yes, "outside the 24 hour window"},
    {"131048", told_in::receipt, fault::rate, no, yes, yes, "spam rate limit on our number"},
    {"131049", told_in::receipt, fault::blocked, no, no, yes, "WhatsApp chose not to deliver"},
    {"131056", told_in::receipt, fault::rate, yes, no, yes, "too many messages to one person"},
    {"132000", told_in::receipt, fault::config, no, yes, yes, "template parameter count"},
    {"132001", told_in::receipt, fault::config, no, yes, yes, "template missing"},
    {"132015", told_in::receipt, fault::config, no, yes, yes, "template paused"},
    {"132016", told_in::receipt, fault::config, no, yes, yes, "template disabled"},
};
// clang-format on

// code, told in, whose fault, retry, fail over, switch channel
// clang-format off
constexpr error_row gateway_rows[] = {
    {"100", told_in::answer, fault::doubt, yes, yes, yes, "unknown error"},
    {"101", told_in::answer, fault::config, no, no, no, "parameter missing"},
    {"102", told_in::answer, fault::account, no, yes, yes, "wrong user id or password"},
    {"103", told_in::answer, fault::account, no, yes, yes, "user does not exist"},
    {"104", told_in::answer, fault::account, no, yes, yes, "user disabled"},
    {"105", told_in::answer, fault::number, no, no, no, "invalid phone number"},
    {"106", told_in::answer, fault::config, no, yes, yes, "method not supported for the account"},
    {"107", told_in::answer, fault::config, no, no, no, "version unknown"},
    {"108", told_in::answer, fault::config, no, yes, yes, "invalid sender mask"},
    {"109", told_in::answer, fault::config, no, no, no, "invalid DND parameter"},
    {"175", told_in::answer, fault::config, no, yes, yes, "service not enabled, such as international numbers"},
    {"322", told_in::answer, fault::rate, yes, yes, yes, "too many requests"},
};
// clang-format on

// code, told in, whose fault, retry, fail over, switch channel
// clang-format off
constexpr error_row report_rows[] = {
    {"001", told_in::receipt, fault::temporary, no, no, yes, "subscriber absent"},
    {"002", told_in::receipt, fault::number, no, no, yes, "call barred"},
    {"003", told_in::receipt, fault::number, no, no, no, "unknown subscriber"},
    {"004", told_in::receipt, fault::temporary, no, yes, yes, "service down"},
    {"005", told_in::receipt, fault::temporary, no, yes, yes, "system failure"},
    {"006", told_in::receipt, fault::blocked, no, no, yes, "DND: wrong DLT category"},
    {"007", told_in::receipt, fault::blocked, no, no, yes, "blocked"},
    {"008", told_in::receipt, fault::temporary, no, yes, yes, "DND time-out"},
    {"009", told_in::receipt, fault::config, no, yes, yes, "outside working hours: promotional route"},
};
// clang-format on

}  // namespace

const error_table& gupshup_whatsapp_errors() noexcept {
    static constexpr error_table table{
        whatsapp_rows,
        {"", told_in::answer, fault::config, no, yes, yes, "unlisted error code"},
        {"", told_in::receipt, fault::temporary, no, yes, yes, "unlisted error code"},
    };
    return table;
}

const error_table& gupshup_sms_errors() noexcept {
    static constexpr error_table table{
        gateway_rows,
        {"", told_in::answer, fault::config, no, yes, yes, "unlisted error code"},
        {"", told_in::receipt, fault::temporary, no, yes, yes, "unlisted error code"},
    };
    return table;
}

// Words of the operators' template scrubbing arrive as unlisted codes: our template or header is
// wrong.
const error_table& gupshup_sms_report_errors() noexcept {
    static constexpr error_table table{
        report_rows,
        {"", told_in::answer, fault::config, no, yes, yes, "unlisted error code"},
        {"", told_in::receipt, fault::config, no, yes, yes, "unlisted error code"},
    };
    return table;
}

}  // namespace otp
