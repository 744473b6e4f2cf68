// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace leasehold::test {

/// The socket, within this machine, at the end `local_port` of a connection; empty when there is none, or no
/// process has it.
std::string socket_of(std::uint16_t local_port, std::uint16_t remote_port);

/// Does this process, which must be of this user, have that socket?
bool owns(pid_t process, const std::string& socket);

}  // namespace leasehold::test
