// How a connection sends statements and collects what comes back (libpq's pipeline mode).
#include "common/postgres/connection.hpp"
#include "common/postgres/server_message.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <cstring>
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

bool connection::is_prepared(const step& one) const {
    const auto known = prepared_.find(std::string_view(one.what->name));
    if (known == prepared_.end())
        return false;
    if (known->second.sql != one.what->sql || !same_types(known->second.types, one.with->values()))
        throw std::logic_error(
            std::string("postgres: the name ") + one.what->name +
            " stands for two statements, or for one with parameters of two types"
        );
    return true;
}

void connection::remember(const command& sent) {
    auto& kept = prepared_[sent.what->name];
    kept.sql = sent.what->sql;
    kept.types.clear();
    for (const auto& one : sent.with->values())
        kept.types.push_back(one.type);
}

bool connection::send(std::span<const step> steps) {
    sent_.clear();
    const auto on_its_way = [&](const char* name) {
        return std::any_of(sent_.begin(), sent_.end(), [&](const command& earlier) {
            return std::strcmp(earlier.what->name, name) == 0;
        });
    };
    for (const auto& one : steps) {
        if (!is_prepared(one) && !on_its_way(one.what->name) && !send_prepare(one))
            return false;
        if (!send_values(one))
            return false;
    }
    return PQpipelineSync(handle_->get()) == 1;
}

bool connection::send_prepare(const step& one) {
    types_.clear();
    for (const auto& value : one.with->values())
        types_.push_back(value.type);
    sent_.push_back({one.what, one.with, true});
    return PQsendPrepare(
               handle_->get(),
               one.what->name,
               one.what->sql,
               static_cast<int>(types_.size()),
               types_.data()
           ) == 1;
}

bool connection::send_values(const step& one) {
    values_.clear();
    lengths_.clear();
    for (const auto& value : one.with->values()) {
        values_.push_back(value.length < 0 ? nullptr : one.with->data().data() + value.place);
        lengths_.push_back(value.length);
    }
    formats_.assign(values_.size(), binary);
    sent_.push_back({one.what, one.with, false});
    return PQsendQueryPrepared(
               handle_->get(),
               one.what->name,
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

// One result and a null for each command, then that of the sync, which ends the transaction. After
// an error the server skips what is left before the sync.
asio::awaitable<result<std::vector<rows>>> connection::collect() {
    std::vector<rows> all;
    std::optional<error> failure;
    std::size_t done = 0;
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
        const char* name = done < sent_.size() ? sent_[done].what->name : "commit";
        if (status == PGRES_FATAL_ERROR && !failure)
            failure = server_error(got.get(), name);
        if (PQstatus(handle_->get()) == CONNECTION_BAD)
            co_return broken(io::lost, failure);
        if (!failure && done < sent_.size()) {
            if (sent_[done].prepares)
                remember(sent_[done]);
            else
                all.emplace_back(got.release());
        }
        ++done;
    }
    if (failure)
        co_return *failure;
    co_return all;
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
