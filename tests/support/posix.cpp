// SPDX-License-Identifier: Apache-2.0
#include "posix.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <limits>
#include <poll.h>
#include <system_error>

namespace leasehold::test {

using clock = std::chrono::steady_clock;

void throw_errno(const std::string& what, int error)
{
    throw std::system_error{error, std::generic_category(), what};
}

pipe_ends make_pipe()
{
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0)
        throw_errno("pipe2");
    return {unique_fd{fds[0]}, unique_fd{fds[1]}};
}

unique_fd open_file(const char* path, int flags)
{
    unique_fd fd{::open(path, flags | O_CLOEXEC, 0644)};
    if (fd.get() < 0)
        throw_errno(path);
    return fd;
}

int millis_left(clock::time_point deadline)
{
    const auto left = std::chrono::ceil<millis>(deadline - clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

bool wait_readable(int fd, clock::time_point deadline)
{
    for (;;) {
        pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
        const int n = ::poll(&entry, 1, millis_left(deadline));
        if (n >= 0)
            return n > 0;
        if (errno != EINTR)
            throw_errno("poll");
    }
}

void back_off(clock::time_point deadline, millis pause)
{
    ::poll(nullptr, 0, std::min(static_cast<int>(pause.count()), millis_left(deadline)));
}

bool read_some(int fd, std::string& into)
{
    std::array<char, 16384> chunk;
    for (;;) {
        const auto n = ::read(fd, chunk.data(), chunk.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            throw_errno("read");
        into.append(chunk.data(), static_cast<std::size_t>(n));
        return n > 0;
    }
}

}  // namespace leasehold::test
