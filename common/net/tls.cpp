#include "common/net/tls.hpp"

#include <boost/asio/ip/address.hpp>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace otp::net {
namespace {

namespace ssl = boost::asio::ssl;

ssl::context make_tls(ssl::context::method method) {
    ssl::context context(method);
    ::SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    ::SSL_CTX_set_options(
        context.native_handle(),
        SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION
    );
    return context;
}

[[noreturn]] void throw_bad_file(
    const std::string& what,
    const std::string& file,
    const boost::system::error_code& error
) {
    throw std::invalid_argument(what + " '" + file + "' cannot be used: " + error.message());
}

bool is_ip_literal(const std::string& host) {
    boost::system::error_code error;
    boost::asio::ip::make_address(host, error);
    return !error;
}

int cache_index() {
    static const int index = ::SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

}  // namespace

ssl::context make_client_tls(const std::string& ca_file) {
    ssl::context context = make_tls(ssl::context::tls_client);
    boost::system::error_code error;
    if (ca_file.empty())
        context.set_default_verify_paths(error);
    else
        context.load_verify_file(ca_file, error);
    if (error)
        throw_bad_file("CA file", ca_file.empty() ? "of the system" : ca_file, error);
    context.set_verify_mode(ssl::verify_peer);
    return context;
}

ssl::context make_server_tls(const std::string& certificate_file, const std::string& key_file) {
    ssl::context context = make_tls(ssl::context::tls_server);
    const auto passphrase_asked = std::make_shared<bool>(false);
    // Without it OpenSSL would ask the terminal, and wait for it.
    context.set_password_callback([passphrase_asked](std::size_t, auto) {
        *passphrase_asked = true;
        return std::string();
    });
    boost::system::error_code error;
    context.use_certificate_chain_file(certificate_file, error);
    if (error)
        throw_bad_file("certificate file", certificate_file, error);
    context.use_private_key_file(key_file, ssl::context::pem, error);
    if (*passphrase_asked)
        throw std::invalid_argument("key file '" + key_file + "' is encrypted");
    if (error)
        throw_bad_file("key file", key_file, error);
    return context;
}

void expect_host(SSL* connection, const std::string& host) {
    bool set = false;
    if (is_ip_literal(host)) {
        set = ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(connection), host.c_str()) == 1;
    } else {
        ::SSL_set_hostflags(connection, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        set = ::SSL_set_tlsext_host_name(connection, host.c_str()) == 1 &&
              ::SSL_set1_host(connection, host.c_str()) == 1;
    }
    if (!set)
        throw std::invalid_argument("'" + host + "' cannot be the host of a TLS connection");
}

std::string certificate_fault(SSL* connection, const std::string& host) {
    const long verdict = ::SSL_get_verify_result(connection);
    switch (verdict) {
    case X509_V_OK:
        return {};
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "host name does not match: the certificate is not for '" + host + "'";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return "unknown CA: nobody in the CA file vouches for the certificate";
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "the certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return "the certificate is not valid yet";
    default:
        return std::string("the certificate is refused: ") +
               ::X509_verify_cert_error_string(verdict);
    }
}

tls_session_cache::~tls_session_cache() {
    ::SSL_SESSION_free(last_);
}

void tls_session_cache::watch(SSL_CTX* context) {
    ::SSL_CTX_set_ex_data(context, cache_index(), this);
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    ::SSL_CTX_sess_set_new_cb(context, &tls_session_cache::keep);
}

void tls_session_cache::offer(SSL* connection) const {
    if (last_ != nullptr)
        ::SSL_set_session(connection, last_);
}

int tls_session_cache::keep(SSL* connection, SSL_SESSION* session) {
    auto* cache = static_cast<tls_session_cache*>(
        ::SSL_CTX_get_ex_data(::SSL_get_SSL_CTX(connection), cache_index())
    );
    ::SSL_SESSION_free(cache->last_);
    cache->last_ = session;
    return 1;  // the reference is ours now
}

}  // namespace otp::net
