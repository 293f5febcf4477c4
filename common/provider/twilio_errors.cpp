#include "common/provider/error_table.hpp"

// Sources: the vendor's error dictionary (github men232/twilio-error-codes, 2023-05), the pages
// twilio.com/docs/api/errors/<code> for 20429, 30002, 30004, 30450, 30453, 60212, 63018, 63024 and
// 63049, and github twilio/twilio-oai of 2026-04-14 for what a field means. 30452 and 63050 stand
// in none of them: they are placed beside their neighbours. Class and permissions are our decision.
// The vendor may change a cause's code, hence the unlisted rows.
//
// Where the vendor's advice is conditional the answer here is the careful one: 21610 and
// 30450/30453 would allow another channel with separate consent or a trusted user, 21611 another
// sender of ours. 21614, 30006 and 60205 mean a line that takes no SMS: whoever named a further
// channel for the job gets that one.
namespace otp {

namespace {

constexpr bool yes = true;
constexpr bool no = false;

// code, told in, whose fault, retry, fail over, switch channel
// clang-format off
constexpr error_row rows[] = {
    {"20003", told_in::answer, fault::account, no, yes, yes, "credentials refused, account suspended, or a key of another region"},
    {"20005", told_in::answer, fault::account, no, yes, yes, "account not active"},
    {"20404", told_in::answer, fault::config, no, yes, yes, "not found: wrong path or SID"},
    {"20422", told_in::answer, fault::config, no, yes, no, "invalid parameter"},
    {"20429", told_in::answer, fault::rate, yes, yes, yes, "too many requests"},
    {"20500", told_in::answer, fault::doubt, yes, yes, yes, "internal server error"},
    {"20503", told_in::answer, fault::doubt, yes, yes, yes, "service unavailable"},
    {"21211", told_in::answer, fault::number, no, no, no, "number malformed or impossible"},
    {"21212", told_in::answer, fault::config, no, yes, yes, "sender malformed or not allowed to originate"},
    {"21214", told_in::answer, fault::number, no, yes, yes, "number cannot be reached"},
    {"21215", told_in::answer, fault::config, no, yes, yes, "country refused by the geographic permissions"},
    {"21216", told_in::answer, fault::blocked, no, no, no, "on the vendor's block list"},
    {"21217", told_in::answer, fault::number, no, no, no, "number does not look valid"},
    {"21219", told_in::answer, fault::config, no, yes, yes, "number not verified by a trial account"},
    {"21401", told_in::answer, fault::number, no, no, no, "invalid phone number"},
    {"21408", told_in::answer, fault::config, no, yes, yes, "country not enabled in our account"},
    {"21421", told_in::answer, fault::config, no, yes, yes, "invalid phone number in purchase, look-up or pool"},
    {"21601", told_in::answer, fault::config, no, yes, yes, "sender not capable of SMS"},
    {"21602", told_in::answer, fault::config, no, no, no, "request without body or content"},
    {"21603", told_in::answer, fault::config, no, yes, yes, "request without sender"},
    {"21604", told_in::answer, fault::config, no, no, no, "request without number"},
    {"21606", told_in::answer, fault::config, no, yes, yes, "sender cannot text this destination, or is not ours"},
    {"21608", told_in::answer, fault::config, no, yes, yes, "number not verified by a trial account"},
    {"21609", told_in::answer, fault::config, no, yes, yes, "callback URL invalid"},
    {"21610", told_in::both, fault::blocked, no, no, no, "recipient opted out"},
    {"21611", told_in::answer, fault::rate, no, yes, yes, "sender's queue is full"},
    {"21612", told_in::answer, fault::channel, no, yes, yes, "no route from this sender to this number"},
    {"21614", told_in::answer, fault::number, no, no, yes, "not a mobile number"},
    {"21617", told_in::answer, fault::config, no, no, no, "text over 1600 characters"},
    {"21620", told_in::answer, fault::config, no, no, no, "bad media URL"},
    {"21624", told_in::answer, fault::config, no, yes, no, "validity period out of range"},
    {"21654", told_in::answer, fault::config, no, yes, yes, "content variables without a template"},
    {"21655", told_in::answer, fault::config, no, yes, yes, "template SID invalid"},
    {"21656", told_in::answer, fault::config, no, yes, yes, "content variables are not JSON"},
    {"21701", told_in::answer, fault::config, no, yes, yes, "messaging service does not exist"},
    {"21703", told_in::both, fault::config, no, yes, yes, "no sender of the service reaches this number"},
    {"21705", told_in::answer, fault::config, no, yes, yes, "messaging service SID invalid"},
    {"30001", told_in::receipt, fault::rate, yes, yes, yes, "queue overflow"},
    {"30002", told_in::receipt, fault::account, no, yes, yes, "account suspended after queueing"},
    {"30003", told_in::receipt, fault::temporary, yes, yes, yes, "handset off, without signal, or unable to take SMS"},
    {"30004", told_in::receipt, fault::blocked, no, no, yes, "blocked: opt-out, carrier list, DND or device"},
    {"30005", told_in::receipt, fault::number, no, yes, yes, "unknown handset"},
    {"30006", told_in::receipt, fault::number, no, no, yes, "landline or unreachable carrier"},
    {"30007", told_in::receipt, fault::blocked, no, yes, yes, "filtered as spam"},
    {"30008", told_in::receipt, fault::temporary, yes, yes, yes, "unknown error from the carrier"},
    {"30017", told_in::receipt, fault::temporary, no, yes, yes, "carrier congestion"},
    {"30018", told_in::receipt, fault::config, no, yes, yes, "sender name must be registered in that country"},
    {"30022", told_in::receipt, fault::rate, yes, yes, yes, "10DLC rate exceeded"},
    {"30023", told_in::receipt, fault::rate, no, yes, yes, "10DLC daily cap reached"},
    {"30024", told_in::receipt, fault::config, no, yes, yes, "numeric sender not provisioned at the carrier"},
    {"30032", told_in::receipt, fault::config, no, yes, yes, "toll-free number not verified"},
    {"30034", told_in::receipt, fault::config, no, yes, yes, "number not registered to a 10DLC campaign"},
    {"30410", told_in::receipt, fault::doubt, no, no, yes, "carrier timed out; the text could still arrive"},
    {"30450", told_in::both, fault::blocked, no, no, no, "pumping block, 15 to 30 minutes"},
    {"30452", told_in::receipt, fault::blocked, no, no, no, "pumping block"},
    {"30453", told_in::receipt, fault::blocked, no, no, no, "pumping block on the destination, hours"},
    {"60200", told_in::answer, fault::config, no, no, no, "Verify: invalid parameter"},
    {"60202", told_in::answer, fault::blocked, no, no, no, "Verify: too many checks"},
    {"60203", told_in::answer, fault::rate, no, no, no, "Verify: too many sends for one verification"},
    {"60204", told_in::answer, fault::config, no, yes, yes, "Verify: feature missing in the service"},
    {"60205", told_in::answer, fault::number, no, no, yes, "Verify: SMS to a landline"},
    {"60207", told_in::answer, fault::config, no, no, no, "Verify: too many rate limits defined"},
    {"60212", told_in::answer, fault::rate, yes, no, no, "Verify: too many concurrent starts for one number"},
    {"60220", told_in::answer, fault::config, no, yes, yes, "Verify: China needs vetting of the use case"},
    {"60223", told_in::answer, fault::config, no, yes, yes, "Verify: channel disabled in the service"},
    {"60410", told_in::answer, fault::blocked, no, no, no, "Verify: fraud guard blocked the prefix, up to 12 h"},
    {"60605", told_in::answer, fault::config, no, yes, yes, "Verify: country blocked by the geographic permissions"},
    {"60606", told_in::answer, fault::config, no, yes, no, "Verify: look-up package not enabled"},
    {"60608", told_in::answer, fault::temporary, yes, yes, no, "Verify: look-up failed downstream"},
    {"63001", told_in::receipt, fault::config, no, yes, yes, "channel could not authenticate us"},
    {"63003", told_in::receipt, fault::channel, no, no, yes, "no such recipient on the channel"},
    {"63005", told_in::receipt, fault::config, no, yes, yes, "channel refused the content"},
    {"63007", told_in::both, fault::config, no, yes, yes, "no WhatsApp sender with this address"},
    {"63013", told_in::receipt, fault::config, no, no, yes, "channel policy violation"},
    {"63016", told_in::receipt, fault::config, no, no, yes, "free-form text outside the 24 hour window"},
    {"63018", told_in::receipt, fault::rate, yes, yes, yes, "channel rate limit"},
    {"63024", told_in::receipt, fault::channel, no, no, yes, "recipient not on WhatsApp, old app, or terms not accepted"},
    {"63032", told_in::receipt, fault::channel, no, no, yes, "recipient is in a WhatsApp experiment"},
    {"63033", told_in::receipt, fault::blocked, no, no, yes, "recipient blocked us"},
    {"63038", told_in::both, fault::rate, no, yes, yes, "daily message limit of the account"},
    {"63041", told_in::receipt, fault::config, no, yes, yes, "template paused"},
    {"63042", told_in::receipt, fault::config, no, yes, yes, "template disabled"},
    {"63049", told_in::receipt, fault::config, no, no, yes, "WhatsApp chose not to deliver: template of a marketing category"},
    {"63050", told_in::receipt, fault::config, no, no, yes, "channel refused the template"},
    {"63051", told_in::receipt, fault::account, no, yes, yes, "WhatsApp business account locked"},
};
// clang-format on

}  // namespace

const error_table& twilio_errors() noexcept {
    static constexpr error_table table{
        rows,
        {"", told_in::answer, fault::config, no, yes, yes, "unlisted error code"},
        {"", told_in::receipt, fault::temporary, no, yes, yes, "unlisted error code"},
    };
    return table;
}

}  // namespace otp
