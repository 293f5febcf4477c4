#include "common/postgres/connection.hpp"

#include <libpq-fe.h>

#include <stdexcept>
#include <utility>

namespace otp::postgres {

namespace asio = boost::asio;

// The time in which a connection is in use. If it ends any other way than by finish(), whatever the
// server is about to say belongs to nobody, so the connection is closed.
class connection::turn {
public:
    turn(connection& used, deadline at) : used_(used) {
        if (std::exchange(used_.busy_, true))
            throw std::logic_error("postgres: a connection was used twice at a time");
        used_.handle_->set_deadline(at);
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn() {
        used_.handle_->clear_deadline();
        used_.busy_ = false;
        if (!finished_)
            used_.handle_->close();
    }
    void finish() { finished_ = true; }

private:
    connection& used_;
    bool finished_ = false;
};

connection::connection(std::unique_ptr<handle> opened, std::string host)
    : handle_(std::move(opened)),
      host_(std::move(host)) {}

asio::awaitable<result<rows>> connection::execute(
    const statement& what,
    const params& with,
    deadline at
) {
    const bool trusts_memory = is_prepared(what, with);
    auto answer = co_await attempt(what, with, at);
    if (answer || !trusts_memory || !handle_->is_open() || in_transaction())
        co_return answer;
    // 26000: no such prepared statement; 0A000: "cached plan must not change result type". The
    // transaction was rolled back, so to send it again is safe.
    const auto fault = answer.error();
    if (!fault.sqlstate_is("26000") && !fault.sqlstate_is("0A000"))
        co_return answer;
    const std::string forget = "deallocate all";
    const auto forgotten = co_await run_script(forget, at);
    if (!forgotten)
        co_return forgotten.error();
    prepared_.clear();
    auto second = co_await attempt(what, with, at);
    co_return second;
}

asio::awaitable<result<rows>> connection::attempt(
    const statement& what,
    const params& with,
    deadline at
) {
    if (const auto obstacle = cannot_send(at))
        co_return *obstacle;
    turn current(*this, at);
    if (!send(what, with))
        co_return broken(io::lost, std::nullopt);
    const auto flushed = co_await flush();
    if (flushed != io::done)
        co_return broken(flushed, std::nullopt);
    auto answer = co_await collect(what, with);
    if (answer || answer.error().what() == error::kind::server)
        current.finish();
    co_return answer;
}

asio::awaitable<result<void>> connection::run_script(const std::string& sql, deadline at) {
    if (const auto obstacle = cannot_send(at))
        co_return *obstacle;
    turn current(*this, at);
    // Scripts travel by the simple protocol, which has no pipeline.
    if (!PQexitPipelineMode(handle_->get()) || !PQsendQuery(handle_->get(), sql.c_str()))
        co_return broken(io::lost, std::nullopt);
    const auto flushed = co_await flush();
    if (flushed != io::done)
        co_return broken(flushed, std::nullopt);
    auto answer = co_await collect_script();
    if (!answer && answer.error().what() != error::kind::server)
        co_return answer;
    if (!PQenterPipelineMode(handle_->get()))
        co_return broken(io::lost, std::nullopt);
    current.finish();
    co_return answer;
}

std::optional<error> connection::cannot_send(deadline at) const {
    if (!handle_->is_open())
        return error(error::kind::connection, "the connection to " + host_ + " is closed");
    if (at <= std::chrono::steady_clock::now())
        return error(error::kind::timeout, "no time was left to send to " + host_);
    return std::nullopt;
}

bool connection::alive() {
    if (!handle_->is_open())
        return false;
    if (busy_ || !handle_->has_input())
        return true;
    // The first look reads the server's last words, the second finds the end behind them.
    if (!PQconsumeInput(handle_->get()) || !PQconsumeInput(handle_->get()))
        handle_->close();
    return handle_->is_open();
}

bool connection::in_transaction() const {
    return handle_->is_open() && PQtransactionStatus(handle_->get()) != PQTRANS_IDLE;
}

error connection::broken(io end, const std::optional<error>& last_words) const {
    error fault(error::kind::timeout, "no answer in time from " + host_);
    if (end == io::lost) {
        std::string text = "the connection to " + host_ + " was lost";
        if (last_words)
            text += ": " + last_words->text();
        const std::string sqlstate = last_words ? last_words->sqlstate() : "";
        fault = error(error::kind::connection, sqlstate, std::move(text));
    }
    return fault.with_unknown_outcome();
}

}  // namespace otp::postgres
