// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "driver.hpp"

#include <cstddef>
#include <memory>
#include <vector>

/// \file
/// What more than one scenario is made of.

namespace leasehold::bench {

/// Locks once, so that the client's session is open.
void open_default_session(driver& d);
/// Another client writes meanwhile, as often as the settings say.
void write_meanwhile(driver& d);
/// Looks at the process shortly before the end of a scenario that lasts for the given time.
void look_before_the_end(driver& d);

void spawn_uncontended(driver& d, std::size_t n);
void spawn_local(driver& d, std::size_t n);

/// What the sessions of one hand-off share.
struct relay {
    std::vector<session> sessions;
    // The rest belongs to whoever holds the lock.
    clock::time_point released{};
    const session* from = nullptr;  ///< of the last holder
};
/// Spawns the opening of n sessions, spread over so many clients (0: each on its own).
std::shared_ptr<relay> open_relay(driver& d, std::size_t n, std::size_t clients);
/// Spawns the sessions' turns. They end when the time is over and the sessions are closed.
void spawn_relay(driver& d, const std::shared_ptr<relay>& r);
/// Spawns that.
void close_relay_at_the_end(driver& d, const std::shared_ptr<relay>& r);

}  // namespace leasehold::bench
