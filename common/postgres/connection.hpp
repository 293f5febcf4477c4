#pragma once

#include "common/async/deadline.hpp"
#include "common/core/secret.hpp"
#include "common/postgres/error.hpp"
#include "common/postgres/handle.hpp"
#include "common/postgres/params.hpp"
#include "common/postgres/rows.hpp"
#include "common/postgres/statement.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace otp::postgres {

// A session of a PostgreSQL server (14 or later). One statement or script at a time: a second call
// while one is under way throws std::logic_error (the pool queues).
//
// Where the deadline passes or the caller is cancelled in the middle, the connection is closed,
// because its state is unknown, and the server notices within a second and stops the statement
// (client_connection_check_interval). From then on alive() is false.
class connection {
public:
    connection(std::unique_ptr<handle> opened, std::string host);

    // What the statement returned. `what` is prepared at its first use, and again where the server
    // has forgotten it (DEALLOCATE, DISCARD ALL) or its result has changed (a migration).
    boost::asio::awaitable<result<rows>> execute(
        const statement& what,
        const params& with,
        deadline at
    );

    // Any number of statements without parameters; the first error ends it. Outside `begin` and
    // `commit` they are one transaction. Not for COPY.
    boost::asio::awaitable<result<void>> run_script(const std::string& sql, deadline at);

    // False once the connection is known to be lost; looks at the socket, and does not wait.
    bool alive();

    bool in_transaction() const;
    const std::string& host() const noexcept { return host_; }

private:
    class turn;
    struct prepared {
        std::string sql;
        std::vector<oid> types;
    };

    boost::asio::awaitable<result<rows>> attempt(
        const statement& what,
        const params& with,
        deadline at
    );
    boost::asio::awaitable<result<rows>> collect(const statement& what, const params& with);
    boost::asio::awaitable<result<void>> collect_script();
    // How a wait for the socket ended.
    enum class io { done, late, lost };

    boost::asio::awaitable<io> flush();
    boost::asio::awaitable<io> input();

    bool send(const statement& what, const params& with);
    bool send_prepare(const statement& what, const params& with);
    bool send_values(const statement& what, const params& with);
    bool is_prepared(const statement& what, const params& with) const;
    void remember(const statement& what, const params& with);
    std::optional<error> cannot_send(deadline at) const;
    error broken(io end, const std::optional<error>& last_words) const;

    std::unique_ptr<handle> handle_;
    std::string host_;
    std::map<std::string, prepared, std::less<>> prepared_;
    bool busy_ = false;

    // Kept between calls for their memory.
    std::vector<oid> types_;
    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
};

}  // namespace otp::postgres
