// SPDX-License-Identifier: Apache-2.0
// What the process and server helpers share of POSIX: descriptors, waiting, errors as exceptions.
#pragma once

#include <cerrno>
#include <chrono>
#include <string>
#include <unistd.h>
#include <utility>

namespace leasehold::test {

using millis = std::chrono::milliseconds;

[[noreturn]] void throw_errno(const std::string& what, int error = errno);

class unique_fd {
public:
    explicit unique_fd(int fd) noexcept : fd_{fd} {}
    unique_fd(unique_fd&& other) noexcept : fd_{other.release()} {}
    unique_fd& operator=(unique_fd&&) = delete;
    ~unique_fd() { reset(); }

    int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset(int fd = -1) noexcept
    {
        if (fd_ >= 0)
            ::close(fd_);
        fd_ = fd;
    }

private:
    int fd_ = -1;
};

struct pipe_ends {
    unique_fd read;
    unique_fd write;
};

pipe_ends make_pipe();

/// Opened close-on-exec; throws.
unique_fd open_file(const char* path, int flags);

int millis_left(std::chrono::steady_clock::time_point deadline);

/// Waits until the descriptor is readable; false when time is up.
bool wait_readable(int fd, std::chrono::steady_clock::time_point deadline);

/// Appends what there is; false at the end of the output.
bool read_some(int fd, std::string& into);

/// The pause between two looks at something that cannot be waited for.
void back_off(std::chrono::steady_clock::time_point deadline, millis pause);

}  // namespace leasehold::test
