// SPDX-License-Identifier: Apache-2.0
#include "child_process.hpp"

#include "exit_code.hpp"
#include "process_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace leasehold::cli {

namespace {

/// With variables replaced, never doubled: programs differ in which of two they see.
std::vector<std::string> environment_with(const std::vector<std::string>& inherited,
                                          const child_process::variables& set)
{
    std::vector<std::string> result;
    for (const std::string_view text : inherited) {
        const std::string_view name = text.substr(0, text.find('='));
        if (std::ranges::none_of(set, [&](const auto& variable) { return variable.first == name; }))
            result.emplace_back(text);
    }
    for (const auto& [name, value] : set)
        result.push_back(name + '=' + value);
    return result;
}

std::vector<char*> pointers(const std::vector<std::string>& strings)
{
    std::vector<char*> result;
    for (const std::string& s : strings)
        result.push_back(const_cast<char*>(s.c_str()));
    result.push_back(nullptr);
    return result;
}

/// Between fork and exec in a process that had threads: async-signal-safe calls only.
[[noreturn]] void become(char* const* argv, char* const* envp, const signals& state, pid_t parent,
                         int report) noexcept
{
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    state.restore_in_child();
    if (::getppid() != parent)
        ::_exit(signalled(SIGTERM));  // it died before it could be watched
    ::execvpe(argv[0], argv, envp);
    const int error = errno;
    [[maybe_unused]] const auto written = ::write(report, &error, sizeof error);
    ::_exit(exit_cannot_run);
}

/// The error of an exec that failed; 0 once it has succeeded, which closes the pipe.
int read_report(int fd)
{
    int error = 0;
    for (;;) {
        const auto count = ::read(fd, &error, sizeof error);
        if (count == -1 && errno == EINTR)
            continue;
        return count == static_cast<ssize_t>(sizeof error) ? error : 0;
    }
}

int status_of(int status)
{
    return WIFSIGNALED(status) ? signalled(WTERMSIG(status)) : WEXITSTATUS(status);
}

[[noreturn]] void fail(int code, const std::string& program, int error)
{
    throw failure{code, "cannot run '" + program + "': " + std::strerror(error)};
}

}  // namespace

child_process::child_process(const std::vector<std::string>& command,
                             const std::vector<std::string>& environment, const variables& set,
                             const signals& state)
{
    const std::vector<std::string> own = environment_with(environment, set);
    const std::vector<char*> argv = pointers(command);
    const std::vector<char*> envp = pointers(own);

    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    int report[2];
    if (::pipe2(report, O_CLOEXEC) != 0)
        fail(exit_lost, command.front(), errno);
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0)
        become(argv.data(), envp.data(), state, parent, report[1]);
    const int fork_error = errno;
    ::close(report[1]);
    const int error = pid_ == -1 ? 0 : read_report(report[0]);
    ::close(report[0]);

    if (pid_ == -1)
        fail(exit_lost, command.front(), fork_error);
    if (error != 0) {
        ::waitpid(pid_, nullptr, 0);
        fail(error == ENOENT ? exit_not_found : exit_cannot_run, command.front(), error);
    }
}

void child_process::reap()
{
    int status = 0;
    pid_t pid = 0;
    while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == pid_) {
            exit_status_ = status_of(status);
            pid_ = -1;
        }
    }
}

void child_process::send(int number) const noexcept
{
    if (pid_ > 0)
        ::kill(pid_, number);
}

void child_process::send_to_all(int number) const
{
    for (const pid_t pid : descendants(::getpid()))
        ::kill(pid, number);
}

bool child_process::any_left() const noexcept
{
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

}  // namespace leasehold::cli
