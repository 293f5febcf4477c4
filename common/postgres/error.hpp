#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace otp::postgres {

// What went wrong, in words that may be logged: they hold no parameter value, no DETAIL, no CONTEXT
// and no password.
class error {
public:
    enum class kind {
        connection,  // there was none, or it was lost; the text names the host
        timeout,     // the deadline passed
        server,      // the server refused the statement; nothing of it took effect
        schema       // the migrations and the database do not fit (see migrations.hpp)
    };

    error() = default;  // asked for by boost::system::result
    error(kind what, std::string text);
    error(kind what, std::string_view sqlstate, std::string text);

    kind what() const noexcept { return what_; }

    // Five characters, or empty where the server did not speak.
    const std::string& sqlstate() const noexcept { return sqlstate_; }
    bool sqlstate_is(std::string_view state) const noexcept { return sqlstate_ == state; }

    // "40P01 deadlock detected": the SQLSTATE and the primary message.
    const std::string& text() const noexcept { return text_; }

    // The statement may have taken effect: it was on its way when the connection or the time ended.
    bool outcome_is_unknown() const noexcept { return outcome_is_unknown_; }
    error& with_unknown_outcome();

    // The same statement may succeed if it is sent again: serialization failure or deadlock. Unique
    // violations (23505) are the caller's to judge.
    bool is_retryable() const noexcept;

private:
    kind what_ = kind::server;
    std::string sqlstate_;
    std::string text_;
    bool outcome_is_unknown_ = false;
};

template <class T>
using result = boost::system::result<T, error>;

// Takes out what stands between the first and the last double quote: there the server and libpq
// repeat what they were given.
std::string without_quoted_text(std::string_view message);

// A server's primary message as it may be logged. Messages of class 22 (data exception) quote the
// offending value; in all others quotes hold names.
std::string safe_message(std::string_view sqlstate, std::string_view primary_message);

}  // namespace otp::postgres
