// SPDX-License-Identifier: Apache-2.0
#include "etcd_server.hpp"

#include "etcd_member.hpp"
#include "free_port.hpp"
#include "http_get.hpp"
#include "posix.hpp"
#include "spawn.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <signal.h>
#include <stdexcept>
#include <sys/wait.h>
#include <utility>

namespace leasehold::test {

using clock = std::chrono::steady_clock;

std::string etcd_program()
{
    const char* given = std::getenv("LEASEHOLD_ETCD");
    return find_program(given && *given ? given : "etcd");
}

etcd_server::etcd_server() : etcd_server{etcd_options{}} {}

etcd_server::etcd_server(const etcd_options& options)
    : member_{std::make_unique<etcd_member>("alone", options)}
{
    for (int attempt = 1;; ++attempt) {
        {
            const auto client = reserve_port();
            const auto peer = reserve_port();
            member_->choose_ports(client.number, peer.number, peer.number);
        }
        member_->start();
        try {
            wait_healthy(options.start_timeout);
            return;
        } catch (const std::runtime_error&) {
            // Between our letting go of the ports and its taking them somebody else may have come.
            if (attempt == etcd_start_attempts || !member_->port_was_taken())
                throw;
            member_->forget_first_try();
        }
    }
}

etcd_server::etcd_server(std::unique_ptr<etcd_member> prepared) : member_{std::move(prepared)} {}
etcd_server::etcd_server(etcd_server&&) noexcept = default;
etcd_server& etcd_server::operator=(etcd_server&&) noexcept = default;
etcd_server::~etcd_server() = default;

const std::string& etcd_server::endpoint() const noexcept
{
    return member_->endpoint;
}

std::uint16_t etcd_server::port() const noexcept
{
    return member_->client_port;
}

pid_t etcd_server::pid() const noexcept
{
    return member_->process->pid();
}

void etcd_server::kill()
{
    member_->process->kill();
}

void etcd_server::terminate()
{
    member_->process->send_signal(SIGTERM);
    member_->process->wait();
}

void etcd_server::stop()
{
    member_->process->send_signal(SIGSTOP);
    // Its threads stop one by one; a request may get through until the last has.
    siginfo_t info{};
    while (::waitid(P_PID, id_t(member_->process->pid()), &info, WSTOPPED) == -1 && errno == EINTR) {
    }
}

void etcd_server::cont()
{
    member_->process->send_signal(SIGCONT);
}

void etcd_server::relaunch()
{
    kill();
    member_->start();
}

void etcd_server::restart()
{
    relaunch();
    wait_healthy(member_->options.start_timeout);
}

bool etcd_server::healthy() const
{
    const auto answer = http_get(member_->client_port, "/health", millis{2'000});
    return answer.find("200 OK") != std::string::npos && answer.find("\"true\"") != std::string::npos;
}

bool etcd_server::leads() const
{
    const auto answer = http_get(member_->client_port, "/metrics", millis{2'000});
    return answer.find("\netcd_server_is_leader 1\n") != std::string::npos;
}

void etcd_server::wait_healthy(millis timeout)
{
    const auto deadline = clock::now() + timeout;
    for (millis pause{2}; !healthy(); pause = std::min(pause * 2, millis{20})) {
        if (const auto code = member_->process->poll())
            throw std::runtime_error{"etcd " + member_->name + " ended with exit code " +
                                     std::to_string(*code) + "; the end of its log:\n" + log_tail()};
        if (clock::now() >= deadline)
            throw std::runtime_error{"etcd " + member_->name + " is not up after " +
                                     std::to_string(timeout.count()) + " ms; the end of its log:\n" +
                                     log_tail()};
        back_off(deadline, pause);
    }
}

std::string etcd_server::log_tail(std::size_t lines) const
{
    std::ifstream log{member_->log_path()};
    const std::string text{std::istreambuf_iterator<char>{log}, {}};
    auto from = text.size();
    for (std::size_t seen = 0; from > 0; --from) {
        if (text[from - 1] == '\n' && ++seen > lines)
            break;
    }
    return text.substr(from);
}

}  // namespace leasehold::test
