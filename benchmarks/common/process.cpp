// SPDX-License-Identifier: Apache-2.0
#include "common/process.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

namespace leasehold::bench {

double cpu_seconds()
{
    rusage u{};
    ::getrusage(RUSAGE_SELF, &u);
    const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
    return seconds(u.ru_utime) + seconds(u.ru_stime);
}

void give_back_free_memory()
{
    ::malloc_trim(0);
}

double resident_bytes()
{
    std::ifstream statm{"/proc/self/statm"};
    double size = 0;
    double resident = 0;
    statm >> size >> resident;
    return resident * double(::sysconf(_SC_PAGESIZE));
}

std::size_t thread_count()
{
    const std::filesystem::directory_iterator tasks{"/proc/self/task"};
    return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

}  // namespace leasehold::bench
