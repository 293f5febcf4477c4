// How a connection sends statements and collects what comes back (libpq's pipeline mode).
#include "common/postgres/connection.hpp"
#include "common/postgres/server_message.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace otp::postgres {

namespace asio = boost::asio;

namespace {

constexpr int binary = 1;

struct clear_result {
    void operator()(PGresult* got) const noexcept { PQclear(got); }
};
using result_pointer = std::unique_ptr<PGresult, clear_result>;

bool same_types(const std::vector<oid>& known, const std::vector<params::value>& given) {
    return std::equal(
        known.begin(),
        known.end(),
        given.begin(),
        given.end(),
        [](oid type, const auto& one) { return type == one.type; }
    );
}

// COPY would wait for data from us for ever.
void refuse_copy(ExecStatusType status) {
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
        throw std::logic_error("postgres: COPY is not for this connection");
}

}  // namespace

bool connection::is_prepared(const statement& what, const params& with) const {
    const auto known = prepared_.find(std::string_view(what.name));
    if (known == prepared_.end())
        return false;
    if (known->second.sql != what.sql || !same_types(known->second.types, with.values()))
        throw std::logic_error(
            std::string("postgres: the name ") + what.name +
            " stands for two statements, or for one with parameters of two types"
        );
    return true;
}

void connection::remember(const statement& what, const params& with) {
    auto& kept = prepared_[what.name];
    kept.sql = what.sql;
    kept.types.clear();
    for (const auto& one : with.values())
        kept.types.push_back(one.type);
}

bool connection::send(const statement& what, const params& with) {
    if (!is_prepared(what, with) && !send_prepare(what, with))
        return false;
    return send_values(what, with) && PQpipelineSync(handle_->get()) == 1;
}

bool connection::send_prepare(const statement& what, const params& with) {
    types_.clear();
    for (const auto& value : with.values())
        types_.push_back(value.type);
    return PQsendPrepare(
               handle_->get(),
               what.name,
               what.sql,
               static_cast<int>(types_.size()),
               types_.data()
           ) == 1;
}

bool connection::send_values(const statement& what, const params& with) {
    values_.clear();
    lengths_.clear();
    for (const auto& value : with.values()) {
        values_.push_back(value.length < 0 ? nullptr : with.data().data() + value.place);
        lengths_.push_back(value.length);
    }
    formats_.assign(values_.size(), binary);
    return PQsendQueryPrepared(
               handle_->get(),
               what.name,
               static_cast<int>(values_.size()),
               values_.data(),
               lengths_.data(),
               formats_.data(),
               binary
           ) == 1;
}

// Reads while it writes: else both sides could wait for the other to read.
asio::awaitable<connection::io> connection::flush() {
    for (;;) {
        const int left = PQflush(handle_->get());
        if (left == 0)
            co_return io::done;
        if (left < 0)
            co_return io::lost;
        const bool ready = co_await handle_->readable_or_writable();
        if (!ready)
            co_return io::late;
        if (!PQconsumeInput(handle_->get()))
            co_return io::lost;
    }
}

// Ends once the next result can be had without waiting.
asio::awaitable<connection::io> connection::input() {
    while (PQisBusy(handle_->get())) {
        const bool ready = co_await handle_->readable();
        if (!ready)
            co_return io::late;
        if (!PQconsumeInput(handle_->get()))
            co_return io::lost;
    }
    co_return io::done;
}

// A result and a null for the preparing, where it was needed, and for the statement; then that of
// the sync, which ends the transaction. After an error the server skips what is left before the
// sync.
asio::awaitable<result<rows>> connection::collect(const statement& what, const params& with) {
    std::optional<rows> answer;
    std::optional<error> failure;
    for (;;) {
        const auto came = co_await input();
        if (came != io::done)
            co_return broken(came, failure);
        result_pointer got(PQgetResult(handle_->get()));
        if (!got)
            continue;
        const auto status = PQresultStatus(got.get());
        refuse_copy(status);
        if (status == PGRES_PIPELINE_SYNC)
            break;
        if (status == PGRES_FATAL_ERROR && !failure)
            failure = server_error(got.get(), answer ? "commit" : what.name);
        if (PQstatus(handle_->get()) == CONNECTION_BAD)
            co_return broken(io::lost, failure);
        if (failure || answer)
            continue;
        if (is_prepared(what, with))
            answer.emplace(got.release());
        else
            remember(what, with);
    }
    if (failure)
        co_return *failure;
    co_return std::move(*answer);
}

asio::awaitable<result<void>> connection::collect_script() {
    std::optional<error> failure;
    for (;;) {
        const auto came = co_await input();
        if (came != io::done)
            co_return broken(came, failure);
        const result_pointer got(PQgetResult(handle_->get()));
        if (!got)
            break;
        const auto status = PQresultStatus(got.get());
        refuse_copy(status);
        if (status == PGRES_FATAL_ERROR && !failure)
            failure = server_error(got.get(), "script");
        if (PQstatus(handle_->get()) == CONNECTION_BAD)
            co_return broken(io::lost, failure);
    }
    if (failure)
        co_return *failure;
    co_return result<void>();
}

}  // namespace otp::postgres
