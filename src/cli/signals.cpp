// SPDX-License-Identifier: Apache-2.0
#include "signals.hpp"

#include <array>
#include <cerrno>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace leasehold::cli {

namespace {

constexpr std::array caught{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD};

sigset_t ignored_signals() noexcept
{
    sigset_t set;
    sigemptyset(&set);
    for (int number = 1; number < NSIG; ++number) {
        struct sigaction action{};
        if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN)
            sigaddset(&set, number);
    }
    return set;
}

[[noreturn]] void fail(const char* what)
{
    throw std::system_error{errno, std::generic_category(), what};
}

}  // namespace

signals::signals(boost::asio::io_context& io) : ignored_at_start_{ignored_signals()}, descriptor_{io}
{
    // Ignored, SIGCHLD would take the exit status of children away, and SIGPIPE as it is would end us, lock
    // in hand, when nobody reads our output.
    std::signal(SIGCHLD, SIG_DFL);
    std::signal(SIGPIPE, SIG_IGN);

    sigset_t set;
    sigemptyset(&set);
    for (const int number : caught) {
        if (number == SIGCHLD || !sigismember(&ignored_at_start_, number))
            sigaddset(&set, number);
    }
    if (::pthread_sigmask(SIG_BLOCK, &set, &mask_at_start_) != 0)
        fail("pthread_sigmask");
    const int fd = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd == -1)
        fail("signalfd");
    descriptor_.assign(fd);
}

void signals::handle(handler h)
{
    const bool first = !handler_;
    handler_ = std::move(h);
    if (first)
        wait();
}

void signals::wait()
{
    descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                           [this](boost::system::error_code ec) {
                               if (ec || !waits_)
                                   return;
                               poll();
                               wait();
                           });
}

void signals::stop_waiting()
{
    waits_ = false;
    descriptor_.cancel();
}

void signals::poll()
{
    signalfd_siginfo info;
    while (::read(descriptor_.native_handle(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
        const handler current = handler_;  // it may be replaced from inside
        current({static_cast<int>(info.ssi_signo), info.ssi_code == SI_KERNEL});
    }
}

void signals::restore_in_child() const noexcept
{
    for (int number = 1; number < NSIG; ++number) {
        struct sigaction action{};
        action.sa_handler = sigismember(&ignored_at_start_, number) ? SIG_IGN : SIG_DFL;
        ::sigaction(number, &action, nullptr);  // refused for KILL, STOP and libc's own
    }
    ::sigprocmask(SIG_SETMASK, &mask_at_start_, nullptr);
}

}  // namespace leasehold::cli
