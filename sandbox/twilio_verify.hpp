#pragma once

#include "sandbox/answer.hpp"
#include "sandbox/ids.hpp"
#include "sandbox/twilio_credentials.hpp"
#include "sandbox/verify_json.hpp"
#include "sandbox/verify_request.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace otp::sandbox {

// Twilio Verify's Verifications for one account: start, fetch, and cancel or approve, in the JSON
// shapes of its API. While a verification of a number is pending, its first code is sent again,
// whichever is asked for. Without I/O: what start() accepts is put in the inbox by the caller.
// https://www.twilio.com/docs/verify/api/verification
class twilio_verify {
public:
    // Without an account every request is refused with 20003. Of more than `most` pending
    // verifications the oldest are forgotten.
    twilio_verify(const std::optional<twilio_account>& account, std::size_t most);

    reply start(std::string_view service_sid, const request& what, ids& new_ids, moment now);

    // `key`: the verification's SID, or its number.
    answer fetch(
        std::string_view service_sid,
        std::string_view key,
        const request& what,
        moment now
    );
    answer end(std::string_view service_sid, std::string_view key, const request& what, moment now);

private:
    std::optional<answer> refused(std::string_view service_sid, const request& what) const;
    void forget(const std::string& sid);
    void forget_expired(moment now);
    verification* pending(std::string_view key, moment now);
    verification& pending_or_new(
        std::string_view service_sid,
        const verify_send& send,
        ids& new_ids,
        moment now
    );

    twilio_credentials callers_;
    std::string account_sid_;
    std::string service_sid_;  // empty: any
    std::size_t most_;
    std::map<std::string, verification, std::less<>> by_number_;
    std::map<std::string, std::string, std::less<>> number_of_;  // by SID
    std::deque<std::pair<moment, std::string>> oldest_first_;    // by SID
};

}  // namespace otp::sandbox
