#include "ctl/private_file.hpp"

#include "common/config/program.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace otp {

void write_private_file(const std::string& path, std::string_view content) {
    const int file =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    bool written = file >= 0;
    while (written && !content.empty()) {
        const auto count = ::write(file, content.data(), content.size());
        written = count > 0 || (count < 0 && errno == EINTR);
        content.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    const int failure = errno;
    written = (file < 0 || ::close(file) == 0) && written;
    if (!written)
        throw exit_with(
            exit_code::usage,
            "--out: a new file " + path +
                " cannot be written: " + std::generic_category().message(failure)
        );
}

}  // namespace otp
