#pragma once

#include "common/core/secret.hpp"

#include <boost/system/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct _PQconninfoOption;

namespace otp::postgres {

// One server of a connection string.
struct target {
    std::string host;     // a name, an address, a folder of Unix sockets; empty: libpq's default
    std::string address;  // numeric, where the string gives one (hostaddr)
    std::string port;     // empty: libpq's default

    // "db1:5432", "/run/postgresql"
    std::string shown() const;

    // Names have to be looked up before libpq sees them: it would block while it does so.
    bool needs_lookup() const;
};

// A libpq URI or "keyword=value" string, taken apart. Holds the password, and wipes it.
class conninfo {
public:
    // Fails with what is wrong with the string, in words that repeat no part of it.
    static boost::system::result<conninfo, std::string> parse(const secret& text);

    const std::vector<target>& targets() const noexcept { return targets_; }

    // Empty where it is not given.
    std::string_view option(std::string_view keyword) const;

    // What is given in the string, except for host, hostaddr and port. The pointers live as long as
    // this.
    std::vector<std::pair<const char*, const char*>> other_options() const;

private:
    struct free_options {
        void operator()(_PQconninfoOption* options) const noexcept;
    };
    using options = std::unique_ptr<_PQconninfoOption, free_options>;

    conninfo(options parsed, std::vector<target> targets);

    options options_;
    std::vector<target> targets_;
};

}  // namespace otp::postgres
