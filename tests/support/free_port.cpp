// SPDX-License-Identifier: Apache-2.0
#include "free_port.hpp"

#include <arpa/inet.h>
#include <fstream>
#include <optional>
#include <random>
#include <sys/socket.h>

namespace leasehold::test {

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

namespace {

std::optional<reserved_port> try_reserve(std::uint16_t number)
{
    unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (fd.get() < 0)
        throw_errno("socket");
    auto address = loopback(number);
    socklen_t size = sizeof address;
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0)
        return std::nullopt;
    if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw_errno("getsockname");
    return reserved_port{std::move(fd), ntohs(address.sin_port)};
}

}  // namespace

reserved_port reserve_port()
{
    constexpr unsigned lowest = 10'000;
    unsigned outgoing = 0;
    std::ifstream{"/proc/sys/net/ipv4/ip_local_port_range"} >> outgoing;
    if (outgoing > lowest + 1'000) {
        static std::mt19937 random{std::random_device{}()};
        std::uniform_int_distribution<unsigned> pick{lowest, outgoing - 1};
        for (int attempt = 0; attempt < 100; ++attempt) {
            if (auto port = try_reserve(static_cast<std::uint16_t>(pick(random))))
                return *std::move(port);
        }
    }
    if (auto port = try_reserve(0))
        return *std::move(port);
    throw_errno("no free port");
}

}  // namespace leasehold::test
