#include "common/net/name_lookup.hpp"

#include "common/async/event.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace otp::net {

namespace asio = boost::asio;
using boost::system::error_code;

struct name_lookup::question {
    explicit question(const asio::any_io_executor& executor) : told(executor) {}

    event told;
    std::optional<result> answer;
};

namespace {

using question = name_lookup::question;

constexpr int most_at_once = 8;
std::atomic<int> under_way_in_process{0};

// What a thread brings back. Numbers, not error codes: it may outlast main(), and then must touch
// nothing static that was destroyed.
struct found {
    int fault = 0;  // EAI_…
    int system_fault = 0;
    addresses all;
};

found ask_system(const std::string& host) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    found made;
    made.fault = ::getaddrinfo(host.c_str(), nullptr, &wanted, &list);
    made.system_fault = errno;
    if (made.fault != 0)
        return made;
    for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
        asio::ip::tcp::endpoint endpoint;
        endpoint.resize(one->ai_addrlen);
        std::memcpy(endpoint.data(), one->ai_addr, one->ai_addrlen);
        const auto address = endpoint.address();
        if (std::find(made.all.begin(), made.all.end(), address) == made.all.end())
            made.all.push_back(address);
    }
    ::freeaddrinfo(list);
    return made;
}

error_code error_of(const found& from) {
    switch (from.fault) {
    case EAI_AGAIN:
        return asio::error::host_not_found_try_again;
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
        return asio::error::host_not_found;
    case EAI_MEMORY:
        return asio::error::no_memory;
    case EAI_SYSTEM:
        return error_code(from.system_fault, boost::system::system_category());
    default:
        return asio::error::no_recovery;
    }
}

// False where the system has no thread for it. Signals are left to the thread of the loop.
template <class Work>
bool start_thread(Work work) {
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = true;
    try {
        std::thread(std::move(work)).detach();
    } catch (const std::exception&) {
        started = false;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return started;
}

// The questions that are under way from one io_context. A service, because services are told before
// the loop is taken apart: a thread that comes back later finds the door shut and goes away.
class questions final : public asio::execution_context::service {
public:
    inline static asio::execution_context::id id;

    explicit questions(asio::execution_context& of) : service(of) {}

    std::shared_ptr<question> ask(const asio::any_io_executor& executor, const std::string& host) {
        const auto running = under_way_.find(host);
        if (running != under_way_.end())
            return running->second;
        auto asked = std::make_shared<question>(executor);
        if (start(executor, host))
            under_way_.emplace(host, asked);
        else
            asked->answer = error_code(asio::error::host_not_found_try_again);
        return asked;
    }

private:
    // Shared with the threads, which own all else that they touch.
    struct door {
        std::mutex lock;
        bool is_open = true;
    };

    bool start(const asio::any_io_executor& executor, const std::string& host) {
        const bool has_room = under_way_in_process.fetch_add(1) < most_at_once;
        const auto work = [this, back = door_, executor, host] {
            auto made = ask_system(host);
            --under_way_in_process;
            const std::lock_guard held(back->lock);
            if (back->is_open)
                asio::post(executor, [this, host, made = std::move(made)] { end(host, made); });
        };
        const bool started = has_room && start_thread(work);
        if (!started)
            --under_way_in_process;
        return started;
    }

    void end(const std::string& host, const found& made) {
        const auto asked = under_way_.extract(host).mapped();
        if (made.fault == 0)
            asked->answer = made.all;
        else
            asked->answer = error_of(made);
        asked->told.notify();
    }

    void shutdown() override {
        const std::lock_guard held(door_->lock);
        door_->is_open = false;
        under_way_.clear();
    }

    std::map<std::string, std::shared_ptr<question>> under_way_;
    std::shared_ptr<door> door_ = std::make_shared<door>();
};

std::shared_ptr<question> ask(const asio::any_io_executor& executor, const std::string& host) {
    error_code not_numeric;
    const auto address = asio::ip::make_address(host, not_numeric);
    if (not_numeric) {
        auto& context = asio::query(executor, asio::execution::context);
        return asio::use_service<questions>(context).ask(executor, host);
    }
    auto asked = std::make_shared<question>(executor);
    asked->answer = addresses(1, address);
    return asked;
}

asio::awaitable<bool> answered(std::shared_ptr<question> asked, const bool& has_left) {
    while (!asked->answer && !has_left)
        co_await asked->told.wait();
    co_return true;
}

}  // namespace

name_lookup::name_lookup(const asio::any_io_executor& executor, const std::string& host)
    : asked_(ask(executor, host)) {}

const std::optional<name_lookup::result>& name_lookup::answer() const noexcept {
    return asked_->answer;
}

asio::awaitable<std::optional<name_lookup::result>> name_lookup::wait(deadline at) const {
    if (!asked_->answer)
        co_await until(at, answered(asked_, left_));
    co_return asked_->answer;
}

void name_lookup::leave() {
    left_ = true;
    asked_->told.notify();
}

}  // namespace otp::net
