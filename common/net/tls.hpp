#pragma once

#include <boost/asio/ssl/context.hpp>

#include <openssl/ssl.h>

#include <string>

namespace otp::net {

// TLS 1.2 or later, no early data, decrypted text wiped by OpenSSL once it was read.

// For connections to others: their certificate must descend from `ca_file` (PEM), or from the
// system's store where that is empty. Throws std::invalid_argument naming the file.
boost::asio::ssl::context make_client_tls(const std::string& ca_file);

// For connections from others. Both files are PEM, the first with its chain, the second not
// encrypted. Throws std::invalid_argument naming the file.
boost::asio::ssl::context make_server_tls(
    const std::string& certificate_file,
    const std::string& key_file
);

// Before the handshake: asks for `host` by name (SNI) and demands a certificate for it. An IP
// literal needs an IP address in the certificate.
void expect_host(SSL* connection, const std::string& host);

// After a failed handshake: which rule the certificate broke, or empty where the certificate is not
// to blame.
std::string certificate_fault(SSL* connection, const std::string& host);

// The session that the next connection to the same origin may resume. Registers itself with the
// context and must outlive it.
class tls_session_cache {
public:
    tls_session_cache() = default;
    tls_session_cache(const tls_session_cache&) = delete;
    tls_session_cache& operator=(const tls_session_cache&) = delete;
    ~tls_session_cache();

    void watch(SSL_CTX* context);
    // Before the handshake: offers the last session, if there is one.
    void offer(SSL* connection) const;

private:
    static int keep(SSL* connection, SSL_SESSION* session);

    SSL_SESSION* last_ = nullptr;
};

}  // namespace otp::net
