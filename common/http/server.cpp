#include "common/http/server.hpp"

#include "common/async/task_group.hpp"
#include "common/http/inherited_socket.hpp"
#include "common/http/peer_counts.hpp"
#include "common/http/server_connection.hpp"
#include "common/http/url.hpp"
#include "common/net/tls.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <set>
#include <stdexcept>

namespace otp::http {

namespace asio = boost::asio;
using asio::ip::tcp;

struct server::impl {
    impl(asio::any_io_executor on, router routes, server_options options)
        : executor(on),
          acceptor(on),
          changed(on),
          tasks(on) {
        state.routes = std::move(routes);
        state.options = std::move(options);
        const bool has_certificate = !state.options.certificate_file.empty();
        if (has_certificate != !state.options.key_file.empty())
            throw std::invalid_argument("TLS needs both a certificate file and a key file");
        if (has_certificate)
            read_tls();
    }

    void read_tls() {
        state.tls = net::make_server_tls(state.options.certificate_file, state.options.key_file);
    }
    void share_port();
    void take(tcp::socket socket);
    void take_those_that_wait();
    asio::awaitable<void> accept_until_stopped();
    asio::awaitable<void> wait_until(deadline at);
    bool admits(const asio::ip::address& peer);
    asio::awaitable<void> serve(std::shared_ptr<tcp::socket> socket, asio::ip::address peer);

    asio::any_io_executor executor;
    tcp::acceptor acceptor;
    bool is_inherited = false;   // the acceptor's socket; its queue outlives us
    asio::steady_timer changed;  // a connection has ended, or stop() was called
    server_state state;
    std::size_t open = 0;  // connections accepted and not yet ended
    peer_counts of_peers;  // the same, of each client
    std::set<server_connection*> connections;
    task_group tasks;
};

server::server(asio::any_io_executor executor, router routes, server_options options)
    : impl_(std::make_unique<impl>(executor, std::move(routes), std::move(options))) {
    impl_->state.report = [this](std::string_view what) {
        if (on_error)
            on_error(what);
    };
}

server::~server() = default;

void server::listen(const std::string& address_and_port) {
    const auto fail = [&](const std::string& why) {
        throw std::runtime_error("cannot listen on '" + address_and_port + "': " + why);
    };
    const auto where = parse_host_and_port(address_and_port);
    if (!where)
        fail("it is not host:port");
    try {
        tcp::resolver resolver(impl_->executor);  // at start-up, so it may block
        const auto found = resolver.resolve(
            where->host,
            std::to_string(where->port),
            tcp::resolver::passive | tcp::resolver::numeric_service
        );
        const tcp::endpoint endpoint = *found.begin();
        impl_->acceptor.open(endpoint.protocol());
        impl_->acceptor.set_option(tcp::acceptor::reuse_address(true));
        if (impl_->state.options.reuse_port)
            impl_->share_port();
        impl_->acceptor.bind(endpoint);
        impl_->acceptor.listen();
    } catch (const boost::system::system_error& e) {
        fail(e.code().message());
    }
}

void server::listen(const inherited_socket& on) {
    impl_->acceptor.assign(on.protocol, on.descriptor);
    impl_->is_inherited = true;
}

tcp::endpoint server::local() const {
    return impl_->acceptor.local_endpoint();
}

void server::reload_tls() {
    if (!impl_->state.tls)
        throw std::logic_error("a server without TLS has none to reload");
    impl_->read_tls();  // connections keep what they began with: OpenSSL counts who uses it
}

void server::stop() {
    impl_->state.stopping = true;
    if (impl_->acceptor.is_open() && !impl_->is_inherited)
        impl_->take_those_that_wait();
    boost::system::error_code ignored;
    impl_->acceptor.close(ignored);
    impl_->changed.cancel();
    for (server_connection* connection : impl_->connections)
        connection->stop_waiting();
}

// Waits for something to change, at most until `at`. Returns early too.
asio::awaitable<void> server::impl::wait_until(deadline at) {
    changed.expires_at(at);
    co_await changed.async_wait(asio::as_tuple(asio::use_awaitable));
}

void server::impl::share_port() {
    constexpr int yes = 1;
    if (::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) != 0)
        throw boost::system::system_error(errno, boost::system::system_category());
}

bool server::impl::admits(const asio::ip::address& peer) {
    const auto& bound = state.options.most_connections_of;
    return of_peers.enter(peer, bound ? bound(peer) : state.options.most_connections);
}

void server::impl::take(tcp::socket socket) {
    boost::system::error_code gone;
    const auto peer = socket.remote_endpoint(gone).address();
    if (gone || !admits(peer))
        return;
    auto shared = std::make_shared<tcp::socket>(std::move(socket));
    ++open;  // here and not where the task begins: the next accept may come first
    tasks.spawn([this, shared, peer] { return serve(shared, peer); });
}

// Connections that the kernel has made for us would be reset when the acceptor closes.
void server::impl::take_those_that_wait() {
    boost::system::error_code error;
    acceptor.non_blocking(true, error);
    while (!error && open < state.options.most_connections) {
        tcp::socket waiting(executor);
        acceptor.accept(waiting, error);
        if (!error)
            take(std::move(waiting));
    }
}

asio::awaitable<void> server::impl::accept_until_stopped() {
    while (!state.stopping) {
        if (open >= state.options.most_connections) {
            co_await wait_until(deadline::max());
            continue;
        }
        auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        if (!error) {
            take(std::move(socket));
        } else if (!state.stopping && error != asio::error::operation_aborted) {
            // Out of descriptors, most likely: they come back when connections end.
            state.report("accept: " + error.message());
            co_await wait_until(std::chrono::steady_clock::now() + std::chrono::milliseconds(100));
        }
    }
}

asio::awaitable<void> server::impl::serve(
    std::shared_ptr<tcp::socket> socket,
    asio::ip::address peer
) {
    server_connection connection(std::move(*socket), state);
    struct entry {
        impl& owner;
        server_connection* connection;
        const asio::ip::address& peer;

        entry(impl& o, server_connection* c, const asio::ip::address& p)
            : owner(o),
              connection(c),
              peer(p) {
            owner.connections.insert(connection);
        }
        ~entry() {
            owner.connections.erase(connection);
            --owner.open;
            owner.of_peers.leave(peer);
            owner.changed.cancel();
        }
    } const listed(*this, &connection, peer);

    try {
        co_await connection.serve();
    } catch (const std::exception& e) {
        if (!is_abort(std::current_exception()))
            state.report(std::string("connection: ") + e.what());
    }
}

asio::awaitable<void> server::run(std::chrono::milliseconds grace) {
    std::exception_ptr cancelled;
    try {
        co_await impl_->accept_until_stopped();
        const deadline last = std::chrono::steady_clock::now() + grace;
        while (impl_->open != 0 && std::chrono::steady_clock::now() < last)
            co_await impl_->wait_until(last);
    } catch (const boost::system::system_error&) {
        cancelled = std::current_exception();  // nobody waits any more: no grace
    }
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    stop();
    impl_->tasks.cancel();
    co_await impl_->tasks.join();
    if (cancelled)
        std::rethrow_exception(cancelled);
}

}  // namespace otp::http
