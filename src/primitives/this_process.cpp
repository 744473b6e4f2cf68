// SPDX-License-Identifier: Apache-2.0
#include "this_process.hpp"

#include <leasehold/boot_clock.hpp>
#include <leasehold/owner_record.hpp>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <mutex>
#include <optional>
#include <sstream>
#include <sys/utsname.h>
#include <unistd.h>
#include <utility>

namespace leasehold {

namespace {

/// When the process began, on the clock that counts from the machine's start: /proc/PID/stat, field 22.
std::optional<boot_clock::duration> start_after_boot()
{
    std::ifstream file{"/proc/self/stat"};
    std::string line;
    std::getline(file, line, '\0');
    const auto name_end = line.rfind(')');  // the name, field 2, may hold anything
    if (name_end == std::string::npos)
        return std::nullopt;
    std::istringstream rest{line.substr(name_end + 1)};
    std::string skipped;
    for (int field = 3; field < 22; ++field)
        rest >> skipped;
    long long ticks = 0;
    const auto per_second = ::sysconf(_SC_CLK_TCK);
    if (!(rest >> ticks) || per_second <= 0)
        return std::nullopt;
    return std::chrono::seconds{ticks / per_second};
}

std::chrono::sys_seconds start_of_this_process()
{
    const auto now = std::chrono::system_clock::now();
    const auto start = start_after_boot();
    const auto age = start ? boot_clock::now().time_since_epoch() - *start : boot_clock::duration::zero();
    return std::chrono::floor<std::chrono::seconds>(
        now - std::chrono::duration_cast<std::chrono::system_clock::duration>(age));
}

struct known_record {
    pid_t pid = 0;
    core::shared_text text;
};

}  // namespace

owner_record owner_record::of_this_process()
{
    owner_record record;
    utsname machine{};
    if (::uname(&machine) == 0)
        record.host = machine.nodename;
    record.pid = ::getpid();
    record.program = program_invocation_short_name;
    record.since = start_of_this_process();
    return record;
}

core::shared_text record_of_this_process()
{
    static std::mutex guard;
    static known_record known;
    const std::lock_guard lock{guard};
    if (known.pid != ::getpid())
        known = {::getpid(), to_string(owner_record::of_this_process())};
    return known.text;
}

}  // namespace leasehold
