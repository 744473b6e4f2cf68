// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "posix.hpp"

#include <cstdint>
#include <netinet/in.h>

namespace leasehold::test {

sockaddr_in loopback(std::uint16_t port);

/// A port that nobody listens on, held by a bound socket until that is destroyed.
struct reserved_port {
    unique_fd socket;
    std::uint16_t number = 0;
};

/// Below the range of outgoing connections: while a server of ours is down, a
/// client that connects to it again and again would else be given the server's
/// own port as its source one day, connect to itself and keep the port.
reserved_port reserve_port();

}  // namespace leasehold::test
