// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "random.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace leasehold::simulation {

/// What a seed decides before anything happens: who takes part, and how bad it gets.
struct plan {
    std::size_t members = 3;
    std::size_t split_after = 0;  ///< events in a watch response
    duration lessor_late{};

    std::size_t locks = 1;
    std::vector<std::int64_t> clock_ppm;  ///< one client for each
    std::size_t lockers = 0;              ///< in each client
    std::size_t scopes = 0;               ///< with_lock users in each client
    std::size_t readers = 0;              ///< watchers in each client
    std::size_t keepers = 0;              ///< sessions of their own in each client
    std::chrono::milliseconds ttl{};
    std::chrono::milliseconds local_turn{};
    duration longest_hold{};
    duration longest_think{};

    duration storm{};           ///< how long the faults last
    double trouble = 0;         ///< share of messages that meet a fault
    duration latency{};         ///< of a message, at most
    double lag = 0;             ///< share of watch responses that come late
    double cancellations = 0;   ///< share of operations that are cancelled
    duration between_events{};  ///< of the cluster and the clients, on average; 0: none
    duration longest_outage{};  ///< of what only delays requests; 0: nothing does
    duration latest_effect{};   ///< of a request whose answer is lost

    static plan of(std::uint64_t seed);
};

}  // namespace leasehold::simulation
