// SPDX-License-Identifier: Apache-2.0
#include "spawn.hpp"

#include "posix.hpp"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <signal.h>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace leasehold::test {

namespace fs = std::filesystem;

std::string find_program(const std::string& name)
{
    if (name.find('/') != std::string::npos)
        return name;
    const char* path = std::getenv("PATH");
    std::istringstream folders{path ? path : "/usr/bin:/bin"};
    for (std::string folder; std::getline(folders, folder, ':');) {
        auto candidate = (folder.empty() ? "." : folder) + "/" + name;
        if (::access(candidate.c_str(), X_OK) == 0 && !fs::is_directory(candidate))
            return candidate;
    }
    throw std::runtime_error{"no program '" + name + "' on PATH"};
}

namespace {

std::vector<std::string> merged_environment(const std::vector<std::string>& added)
{
    auto same_name = [](std::string_view a, std::string_view b) {
        return a.substr(0, a.find('=')) == b.substr(0, b.find('='));
    };
    std::vector<std::string> result;
    for (char** entry = environ; *entry; ++entry) {
        if (std::ranges::none_of(added, [&](const auto& a) { return same_name(a, *entry); }))
            result.emplace_back(*entry);
    }
    result.insert(result.end(), added.begin(), added.end());
    return result;
}

std::vector<char*> c_array(const std::vector<std::string>& strings)
{
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (const auto& s : strings)
        result.push_back(const_cast<char*>(s.c_str()));
    result.push_back(nullptr);
    return result;
}

}  // namespace

pid_t spawn(const std::vector<std::string>& argv, const std::vector<std::string>& env, int out, int err)
{
    if (argv.empty())
        throw std::runtime_error{"spawn: no program named"};
    // All that allocates comes before the fork: other threads may hold locks.
    const auto program = find_program(argv[0]);
    const auto environment = merged_environment(env);
    const auto argv_array = c_array(argv);
    const auto env_array = c_array(environment);
    const auto null_input = open_file("/dev/null", O_RDONLY);
    auto failure = make_pipe();
    const pid_t parent = ::getpid();

    const pid_t pid = ::fork();
    if (pid < 0)
        throw_errno("fork");
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        // Whoever runs the tests may ignore these, as a shell's background job does.
        for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM})
            ::signal(number, SIG_DFL);
        if (::getppid() != parent)  // it died before that
            ::_exit(127);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::signal(SIGPIPE, SIG_DFL);
        // dup2 leaves close-on-exec set when source and target are the same.
        auto place = [](int from, int to) {
            return from == to ? ::fcntl(from, F_SETFD, 0) == 0 : ::dup2(from, to) >= 0;
        };
        if (place(null_input.get(), STDIN_FILENO) && place(out, STDOUT_FILENO) && place(err, STDERR_FILENO))
            ::execve(program.c_str(), argv_array.data(), env_array.data());
        const int error = errno;
        [[maybe_unused]] const auto n = ::write(failure.write.get(), &error, sizeof error);
        ::_exit(127);
    }

    failure.write.reset();
    int error = 0;
    ssize_t n = 0;
    do {
        n = ::read(failure.read.get(), &error, sizeof error);
    } while (n < 0 && errno == EINTR);
    if (n > 0) {
        ::waitpid(pid, nullptr, 0);
        throw_errno("cannot start " + program, error);
    }
    return pid;
}

}  // namespace leasehold::test
