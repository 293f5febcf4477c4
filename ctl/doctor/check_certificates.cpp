#include "common/core/rfc3339.hpp"
#include "common/http/url.hpp"
#include "ctl/doctor/certificate.hpp"
#include "ctl/doctor/checks.hpp"

namespace otp {

namespace {

constexpr std::chrono::hours soon = std::chrono::hours(24 * 14);

std::string day_of(std::chrono::system_clock::time_point at) {
    return format_rfc3339(at).substr(0, 10);
}

// The first that is not valid now decides; of a CA file one is enough to be told.
void check_dates(
    const std::string& setting,
    const std::string& path,
    const std::vector<certificate>& all,
    findings& into
) {
    const auto now = std::chrono::system_clock::now();
    for (const auto& one : all) {
        if (one.valid_to < now) {
            into.fault(
                "TLS",
                setting + ": the certificate " + one.subject + " in " + path + " expired on " +
                    day_of(one.valid_to),
                "put a renewed one there; otp-verify reads its own again on SIGHUP"
            );
            return;
        }
        if (one.valid_from > now) {
            into.fault(
                "TLS",
                setting + ": the certificate " + one.subject + " in " + path +
                    " is not valid before " + day_of(one.valid_from),
                "check the clock of this machine, or the certificate"
            );
            return;
        }
    }
    if (all.front().valid_to < now + soon)
        into.warn(
            "TLS",
            setting + ": the certificate in " + path + " expires on " +
                day_of(all.front().valid_to),
            "renew it now"
        );
    else
        into.fine("TLS", setting + ": " + path + " is valid until " + day_of(all.front().valid_to));
}

void check_certificate(const std::string& setting, const std::string& path, findings& into) {
    if (path.empty())
        return;
    const auto all = read_certificates(path);
    if (!all)
        into.fault(
            "TLS",
            setting + ": " + all.error(),
            "name a file of certificates in PEM, or leave " + setting +
                " out for the system's authorities"
        );
    else
        check_dates(setting, path, *all, into);
}

// Only where otp-verify ends TLS itself; a proxy's certificate is seen by the call to the URL.
void check_own_host(const examined_settings& of, findings& into) {
    const auto url = http::parse_url(of.callback_url);
    if (of.certificate_file.empty() || !url || !read_certificates(of.certificate_file))
        return;
    if (!is_for_host(of.certificate_file, url->host))
        into.fault(
            "TLS",
            "OTP_TLS_CERT_FILE: the certificate is not for " + url->host +
                ", the host of OTP_CALLBACK_URL",
            "get one for that name, or set OTP_CALLBACK_URL to a name that it has"
        );
}

}  // namespace

void check_certificates(const examined_settings& of, findings& into) {
    check_certificate("AMQP_CA_FILE", of.amqp_ca_file, into);
    check_certificate("OTP_CA_FILE", of.ca_file, into);
    check_certificate("OTP_TLS_CERT_FILE", of.certificate_file, into);
    check_own_host(of, into);
}

}  // namespace otp
