#include "common/postgres/pool.hpp"

#include "common/async/task_group.hpp"
#include "common/core/random.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace otp::postgres {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds first_pause{50};
constexpr milliseconds longest_pause{1000};
constexpr std::chrono::seconds warm_up_limit{5};
// Making plans takes a core for 5 to 20 ms: all connections one right after the other would be
// felt by whoever asks meanwhile.
constexpr milliseconds between_renewals{250};

// read_only_sql_transaction
constexpr std::string_view read_only = "25006";

bool is_any(std::optional<connection>&) {
    return true;
}

// It may be lost: that tells a look at its socket, which costs a system call.
bool is_made(std::optional<connection>& link) {
    return link.has_value();
}

bool is_live(std::optional<connection>& link) {
    return link && link->alive();
}

error no_connection_in_time() {
    return error(error::kind::timeout, "no connection to the database became free in time");
}

}  // namespace

// Somebody in the queue for a connection.
struct pool::waiter {
    waiter(const asio::any_io_executor& executor, deadline at) : called(executor, at) {}

    event called;  // by give_back(), or its deadline has come
    slot* got = nullptr;
};

// Gives the connection to the next in the queue.
class pool::lease {
public:
    lease(pool& from, slot* taken) : from_(from), taken_(taken) {}
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    ~lease() {
        if (taken_)
            from_.give_back(taken_);
    }
    slot& operator*() const noexcept { return *taken_; }
    slot* operator->() const noexcept { return taken_; }
    explicit operator bool() const noexcept { return taken_ != nullptr; }
    void change_for(slot* better) { from_.give_back(std::exchange(taken_, better)); }

private:
    pool& from_;
    slot* taken_;
};

pool::pool(asio::any_io_executor executor, secret conninfo, pool_options options)
    : executor_(std::move(executor)),
      conninfo_(std::move(conninfo)),
      options_(std::move(options)),
      renew_(executor_) {
    if (options_.size == 0)
        throw std::invalid_argument("postgres: a pool needs at least one connection");
    for (std::size_t i = 0; i < options_.size; ++i)
        idle_.push_back(&slots_.emplace_back());
}

asio::awaitable<result<rows>> pool::execute(
    const statement& what,
    const params& with,
    deadline at
) {
    lease mine(*this, co_await take(at));
    if (!mine) {
        ++failures_;
        co_return no_connection_in_time();
    }
    const auto obstacle = co_await prepare(mine, at);
    if (obstacle)
        co_return *obstacle;
    auto answer = co_await mine->link->execute(what, with, at);
    const auto fault = answer ? error() : answer.error();
    note(answer ? nullptr : &fault);
    // It may stay so for this session's life; a new one may reach a server that is written to.
    if (fault.sqlstate_is(read_only))
        mine->link.reset();
    co_return answer;
}

asio::awaitable<std::optional<error>> pool::fill(deadline at) {
    std::optional<error> obstacle;
    task_group all(executor_);
    // All at once: one that needs nothing would be given back before the next was taken, and be it.
    for (slot* one : std::exchange(idle_, {}))
        all.spawn([this, one, at, &obstacle]() -> asio::awaitable<void> {
            const lease mine(*this, one);
            if (is_live(mine->link))
                co_return;
            auto failed = co_await open(*mine, at);
            note(failed ? &*failed : nullptr);
            if (failed)
                obstacle = std::move(failed);
        });
    co_await all.join();
    co_return obstacle;
}

asio::awaitable<result<void>> pool::confirm_writable(deadline at) {
    constexpr statement would_write{
        "would_write",
        "do $$ begin if current_setting('transaction_read_only')::boolean then raise exception "
        "using errcode = '25006', message = 'the database takes no writes: it is read-only, or a "
        "standby'; end if; end $$"};
    const params none;
    const auto answer = co_await execute(would_write, none, at);
    if (!answer)
        co_return answer.error();
    co_return result<void>();
}

asio::awaitable<pool::slot*> pool::take(deadline at) {
    if (auto* made = take_idle(is_made))
        co_return made;
    if (auto* lost = take_idle(is_any))
        co_return lost;
    waiter me(executor_, at);
    const auto place = waiting_.insert(waiting_.end(), &me);
    co_await me.called.wait();
    if (me.got)
        co_return me.got;
    waiting_.erase(place);
    co_await throw_if_cancelled();
    co_return nullptr;
}

// One that was used last, as its memory is warm.
pool::slot* pool::take_idle(fitness fits) {
    const auto found =
        std::find_if(idle_.rbegin(), idle_.rend(), [fits](slot* one) { return fits(one->link); });
    if (found == idle_.rend())
        return nullptr;
    auto* const taken = *found;
    idle_.erase(std::next(found).base());
    return taken;
}

void pool::give_back(slot* used) {
    // What another caller finds must be a connection at rest.
    if (used->link && used->link->in_transaction())
        used->link.reset();
    if (is_to_be_renewed(*used)) {
        to_renew_ = used;
        return renew_.notify();
    }
    if (waiting_.empty())
        return idle_.push_back(used);
    auto* next = waiting_.front();
    waiting_.pop_front();
    next->got = used;
    next->called.notify();
}

// Brings the connection into a state in which a statement can be sent; nothing has been sent where
// it fails.
asio::awaitable<std::optional<error>> pool::prepare(lease& mine, deadline at) {
    bool usable = is_live(mine->link);
    if (usable && !renews_ && steady_clock::now() >= mine->discard_at) {
        co_await discard_plans(*mine, at);
        usable = mine->link->alive();
    }
    if (usable || change_for_live(mine))
        co_return std::nullopt;
    auto obstacle = co_await reconnect(mine, at);
    note(obstacle ? &*obstacle : nullptr);
    co_return obstacle;
}

// Never one that is lost while another stands: where the server has no room for a new one, all
// callers would wait for that.
bool pool::change_for_live(lease& mine) {
    mine->link.reset();
    auto* const live = take_idle(is_live);
    if (live != nullptr)
        mine.change_for(live);
    return live != nullptr;
}

asio::awaitable<std::optional<error>> pool::reconnect(lease& mine, deadline at) {
    for (auto pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
        auto obstacle = co_await open(*mine, at);
        if (!obstacle)
            co_return std::nullopt;
        note(&*obstacle);
        const auto drawn =
            std::chrono::duration_cast<milliseconds>(pause * (0.5 + random_fraction() / 2));
        const auto next = steady_clock::now() + drawn;
        if (next >= at)
            co_return obstacle;
        co_await sleep_until(next);
        if (change_for_live(mine))
            co_return std::nullopt;
    }
}

asio::awaitable<std::optional<error>> pool::open(slot& used, deadline at) {
    auto made = co_await connect(conninfo_, options_.connect, at);
    if (!made)
        co_return made.error();
    co_await warm_up(*made);
    used.link.emplace(std::move(*made));
    used.discard_after = options_.first_discard;
    used.discard_at = steady_clock::now() + used.discard_after;
    co_return std::nullopt;
}

asio::awaitable<void> pool::discard_plans(slot& used, deadline at) {
    used.discard_after = std::min(used.discard_after * 2, options_.longest_discard);
    used.discard_at = steady_clock::now() + used.discard_after;
    const std::string discard = "discard plans";
    co_await used.link->run_script(discard, at);
    co_await warm_up(*used.link);
}

bool pool::is_to_be_renewed(slot& used) {
    return renews_ && !renewing_ && to_renew_ == nullptr &&
           steady_clock::now() >= used.discard_at && is_live(used.link);
}

asio::awaitable<void> pool::renew_plans() {
    // However this ends, the connections are the callers' again.
    struct running {
        explicit running(pool& of) : all(of) { all.renews_ = true; }
        running(const running&) = delete;
        running& operator=(const running&) = delete;
        ~running() {
            all.renews_ = all.renewing_ = false;
            if (all.to_renew_ != nullptr)
                all.give_back(std::exchange(all.to_renew_, nullptr));
        }
        pool& all;
    } const now(*this);
    for (;;) {
        while (to_renew_ == nullptr)
            co_await renew_.wait();
        renewing_ = true;
        {
            const lease mine(*this, std::exchange(to_renew_, nullptr));
            co_await discard_plans(*mine, steady_clock::now() + warm_up_limit);
        }
        co_await sleep_until(steady_clock::now() + between_renewals);
        renewing_ = false;
    }
}

// By a limit of its own: who calls late loses its turn, not the connection that the next one needs.
// Whether it failed is seen by the next statement, if it matters.
asio::awaitable<void> pool::warm_up(connection& link) {
    if (!options_.warm_up.empty() && link.alive())
        co_await link.run_script(options_.warm_up, steady_clock::now() + warm_up_limit);
}

// A statement that the server refused tells nothing against the connection, unless it would refuse
// all that write.
void pool::note(const error* fault) {
    const bool answered = !fault || fault->what() == error::kind::server;
    ready_ = answered && !(fault && fault->sqlstate_is(read_only));
    if (!answered)
        ++failures_;
}

pool_usage pool::usage() const {
    pool_usage now;
    now.busy = slots_.size() - idle_.size();
    for (const slot* one : idle_)
        ++(one->link ? now.idle : now.lost);
    now.waiting = waiting_.size();
    now.failures = failures_;
    return now;
}

}  // namespace otp::postgres
