#include "common/metrics/process_metrics.hpp"

#include "common/log/log.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>

namespace otp {

namespace {

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds_of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

// Of the process's second figure, resident pages.
double resident_bytes() {
    std::ifstream from("/proc/self/statm");
    double all = 0;
    double resident = 0;
    from >> all >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_files() {
    DIR* const folder = ::opendir("/proc/self/fd");
    if (folder == nullptr)
        return 0;
    double count = -3;  // the folder itself, "." and ".."
    while (::readdir(folder) != nullptr)
        ++count;
    ::closedir(folder);
    return count;
}

double most_open_files() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<double>(limit.rlim_cur);
}

void show_log_lines(metrics& in) {
    auto lines = in.counter(
        "otp_log_lines_total",
        "Lines that were to be logged, those left out as repeats included",
        {"level"}
    );
    constexpr std::array shown{
        std::pair("info", log::level::info),
        std::pair("warning", log::level::warning),
        std::pair("error", log::level::error)};
    for (const auto& [name, at] : shown) {
        auto& counter = lines.of({name});
        in.before_render([&counter, at = at] { raise_to(counter, log::counted(at)); });
    }
}

}  // namespace

void show_process(metrics& in) {
    in.gauge("otp_build_info", "1; the label says which version runs", {"version"})
        .of({OTP_VERSION})
        .Set(1);
    const auto began = std::chrono::steady_clock::now();
    auto& uptime = in.gauge("otp_process_uptime_seconds", "How long the process has run");
    in.before_render([&uptime, began] {
        uptime.Set(seconds(std::chrono::steady_clock::now() - began));
    });
    in.gauge("otp_process_max_fds", "Most files and sockets it may have open")
        .Set(most_open_files());
    auto& cpu = in.counter("otp_process_cpu_seconds_total", "CPU time used, user and system");
    auto& memory = in.gauge("otp_process_resident_memory_bytes", "Memory that is in use");
    auto& files = in.gauge("otp_process_open_fds", "Open files and sockets");
    in.before_render([&cpu, &memory, &files] {
        raise_to(cpu, cpu_seconds());
        memory.Set(resident_bytes());
        files.Set(open_files());
    });
    show_log_lines(in);
}

}  // namespace otp
