// SPDX-License-Identifier: Apache-2.0
#include "child_process.hpp"

#include "posix.hpp"
#include "spawn.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <sys/wait.h>
#include <utility>

namespace leasehold::test {

using clock = std::chrono::steady_clock;

namespace {

int exit_code_of(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

run_result run(const std::vector<std::string>& argv, const run_options& options)
{
    const auto deadline = clock::now() + options.timeout;
    auto out = make_pipe();
    auto err = make_pipe();
    const pid_t pid = spawn(argv, options.env, out.write.get(), err.write.get());
    out.write.reset();
    err.write.reset();

    run_result result;
    bool in_time = true;
    while (in_time && (out.read.get() >= 0 || err.read.get() >= 0)) {
        std::array<pollfd, 2> entries{{{out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
        const int n = ::poll(entries.data(), entries.size(), millis_left(deadline));
        if (n < 0 && errno != EINTR)
            throw_errno("poll");
        in_time = n != 0;
        if (n <= 0)
            continue;
        if (entries[0].revents && !read_some(out.read.get(), result.out))
            out.read.reset();
        if (entries[1].revents && !read_some(err.read.get(), result.err))
            err.read.reset();
    }

    // Both outputs have ended, so it has or is about to.
    int status = 0;
    pid_t ended = 0;
    while (in_time && (ended = ::waitpid(pid, &status, WNOHANG)) == 0) {
        in_time = clock::now() < deadline;
        back_off(deadline, millis{1});
    }
    if (!in_time) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        throw std::runtime_error{argv[0] + " did not end within " + std::to_string(options.timeout.count()) +
                                 " ms; it printed:\n" + result.out + result.err};
    }
    if (ended < 0)
        throw_errno("waitpid");
    result.exit_code = exit_code_of(status);
    return result;
}

child_process::child_process(const std::vector<std::string>& argv) : child_process{argv, options{}} {}

child_process::child_process(const std::vector<std::string>& argv, const options& how)
    : name_{argv.empty() ? "" : argv[0]}
{
    if (!how.output_file.empty()) {
        const auto file = open_file(how.output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND);
        pid_ = spawn(argv, how.env, file.get(), file.get());
        return;
    }
    auto out = make_pipe();
    pid_ = spawn(argv, how.env, out.write.get(), how.merge_stderr ? out.write.get() : STDERR_FILENO);
    stdout_ = out.read.release();
}

child_process::child_process(child_process&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)},
      stdout_{std::exchange(other.stdout_, -1)},
      exit_code_{other.exit_code_},
      buffer_{std::move(other.buffer_)},
      name_{std::move(other.name_)}
{}

child_process& child_process::operator=(child_process&& other) noexcept
{
    std::swap(pid_, other.pid_);
    std::swap(stdout_, other.stdout_);
    std::swap(exit_code_, other.exit_code_);
    std::swap(buffer_, other.buffer_);
    std::swap(name_, other.name_);
    return *this;
}

child_process::~child_process()
{
    kill();
    if (stdout_ >= 0)
        ::close(stdout_);
}

bool child_process::fill(clock::time_point deadline)
{
    if (stdout_ < 0)
        return false;
    if (!wait_readable(stdout_, deadline))
        throw std::runtime_error{name_ + " printed no (further) line in time; so far: \"" + buffer_ + '"'};
    if (read_some(stdout_, buffer_))
        return true;
    ::close(std::exchange(stdout_, -1));
    return false;
}

std::optional<std::string> child_process::read_line(millis timeout)
{
    const auto deadline = clock::now() + timeout;
    std::size_t end = 0;
    while ((end = buffer_.find('\n')) == std::string::npos) {
        if (fill(deadline))
            continue;
        if (buffer_.empty())
            return std::nullopt;
        return std::exchange(buffer_, {});
    }
    auto line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return line;
}

std::string child_process::read_until(std::string_view start, millis timeout)
{
    const auto deadline = clock::now() + timeout;
    std::string seen;
    while (auto line = read_line(millis{millis_left(deadline)})) {
        if (line->starts_with(start))
            return *std::move(line);
        seen += *line + '\n';
    }
    throw std::runtime_error{name_ + " ended without a line that starts \"" + std::string{start} +
                             "\"; it printed:\n" + seen};
}

void child_process::send_signal(int number) const
{
    if (pid_ <= 0 || exit_code_)
        throw std::runtime_error{name_ + " has ended and takes no signal"};
    if (::kill(pid_, number) != 0)
        throw_errno("kill");
}

std::optional<int> child_process::poll()
{
    if (!exit_code_ && pid_ > 0) {
        int status = 0;
        const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
        if (ended < 0)
            throw_errno("waitpid");
        if (ended == pid_)
            exit_code_ = exit_code_of(status);
    }
    return exit_code_;
}

int child_process::wait(millis timeout)
{
    const auto deadline = clock::now() + timeout;
    for (millis pause{1};; pause = std::min(pause * 2, millis{20})) {
        if (auto code = poll())
            return *code;
        if (clock::now() >= deadline)
            throw std::runtime_error{name_ + " did not end within " + std::to_string(timeout.count()) +
                                     " ms"};
        back_off(deadline, pause);
    }
}

void child_process::kill() noexcept
{
    if (pid_ <= 0 || exit_code_)
        return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    pid_t ended = 0;
    do {
        ended = ::waitpid(pid_, &status, 0);
    } while (ended < 0 && errno == EINTR);
    exit_code_ = ended == pid_ ? exit_code_of(status) : 128 + SIGKILL;
}

}  // namespace leasehold::test
