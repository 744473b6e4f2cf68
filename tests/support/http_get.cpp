// SPDX-License-Identifier: Apache-2.0
#include "http_get.hpp"

#include "free_port.hpp"

#include <sys/socket.h>
#include <system_error>

namespace leasehold::test {

std::string http_get(std::uint16_t port, const std::string& path, millis timeout)
{
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto address = loopback(port);
    if (fd.get() < 0 || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return {};
    const auto request = "GET " + path + " HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
    if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
        return {};
    std::string answer;
    try {
        while (wait_readable(fd.get(), deadline) && read_some(fd.get(), answer)) {
        }
    } catch (const std::system_error&) {  // reset: it is going, or another program's
        return {};
    }
    return answer;
}

}  // namespace leasehold::test
