#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace otp::test {

// A CA of its own and server certificates under it, made with the openssl command in a directory
// that goes away with this object.
class certificates {
public:
    certificates() {
        std::string name = (std::filesystem::temp_directory_path() / "otp-tls-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("certificates: no temporary directory");
        folder_ = name;
        openssl("req -x509 " + new_key("ca") + " -subj /CN=test-ca -days 2 -out " + path("ca.pem"));
    }
    certificates(const certificates&) = delete;
    certificates& operator=(const certificates&) = delete;
    ~certificates() { std::filesystem::remove_all(folder_); }

    std::string ca() const { return path("ca.pem"); }
    std::string certificate(const std::string& name) const { return path(name + ".pem"); }
    std::string key(const std::string& name) const { return path(name + ".key"); }

    // `san` as openssl writes it: "DNS:localhost,IP:127.0.0.1".
    void make(const std::string& name, const std::string& san, int days = 2) const {
        std::ofstream(path(name + ".ext")) << "subjectAltName=" << san << "\n";
        openssl("req " + new_key(name) + " -subj /CN=" + name + " -out " + path(name + ".csr"));
        openssl(
            "x509 -req -in " + path(name + ".csr") + " -CA " + path("ca.pem") + " -CAkey " +
            path("ca.key") + " -days " + std::to_string(days) + " -extfile " + path(name + ".ext") +
            " -out " + certificate(name)
        );
    }

private:
    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    std::string new_key(const std::string& name) const {
        return "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + key(name);
    }
    static void openssl(const std::string& arguments) {
        const std::string command = "openssl " + arguments + " >/dev/null 2>&1";
        if (std::system(command.c_str()) != 0)
            throw std::runtime_error("certificates: failed: " + command);
    }

    std::filesystem::path folder_;
};

}  // namespace otp::test
