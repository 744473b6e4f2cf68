// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sys/types.h>

namespace leasehold::test {

/// Does this process own the end, at `local_port`, of a connection within this machine? It must be a process
/// of this user's.
bool owns_connection(pid_t process, std::uint16_t local_port, std::uint16_t remote_port);

}  // namespace leasehold::test
