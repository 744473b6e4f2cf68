// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/report.hpp"

#include <cstddef>
#include <string>

namespace leasehold::bench {

struct relay_settings {
    std::string target = "127.0.0.1:2379";
    std::size_t n = 10;  ///< sessions, each on a connection of its own
    double seconds = 3;
    /// One transaction, which leaves and queues again, and one event for each hand-off, and nobody looks
    /// whether it is really next: the least that etcd needs. Otherwise the requests of the library.
    bool bare = false;
};

/// Hands one lock around, with nothing but etcd's requests and events in the way.
void run_relay(const relay_settings& s, result& out);

}  // namespace leasehold::bench
