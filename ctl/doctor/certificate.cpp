#include "ctl/doctor/certificate.hpp"

#include "ctl/bio_handle.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <ctime>
#include <memory>
#include <system_error>

namespace otp {

namespace {

struct free_certificate {
    void operator()(X509* one) const noexcept { X509_free(one); }
};

using certificate_handle = std::unique_ptr<X509, free_certificate>;

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return {};
    return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::string subject_of(X509* from) {
    char text[256] = "";
    X509_NAME_oneline(X509_get_subject_name(from), text, sizeof text);
    return text;
}

certificate_handle next_certificate(BIO* from) {
    return certificate_handle(PEM_read_bio_X509(from, nullptr, nullptr, nullptr));
}

}  // namespace

boost::system::result<std::vector<certificate>, std::string> read_certificates(
    const std::string& path
) {
    const bio_handle file(BIO_new_file(path.c_str(), "r"));
    if (!file) {
        ERR_clear_error();
        return path + " cannot be read: " + std::generic_category().message(errno);
    }
    std::vector<certificate> all;
    for (auto one = next_certificate(file.get()); one; one = next_certificate(file.get())) {
        certificate read;
        read.subject = subject_of(one.get());
        read.valid_from = time_of(X509_get0_notBefore(one.get()));
        read.valid_to = time_of(X509_get0_notAfter(one.get()));
        all.push_back(std::move(read));
    }
    ERR_clear_error();
    if (all.empty())
        return path + " holds no certificate in PEM";
    return all;
}

bool is_for_host(const std::string& path, const std::string& host) {
    const bio_handle file(BIO_new_file(path.c_str(), "r"));
    const auto first = file ? next_certificate(file.get()) : nullptr;
    ERR_clear_error();
    if (!first)
        return false;
    return X509_check_host(first.get(), host.data(), host.size(), 0, nullptr) == 1 ||
           X509_check_ip_asc(first.get(), host.c_str(), 0) == 1;
}

}  // namespace otp
