// SPDX-License-Identifier: Apache-2.0
// A holder loses its lock through a fault, and a contender gets it: was the holder told first?
#pragma once

#include "fault_proxy.hpp"

#include <leasehold/leasehold.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace leasehold::test {

/// All moments are of one machine's CLOCK_BOOTTIME.
struct handover {
    fencing_token old_token;
    fencing_token new_token;
    boot_clock::time_point told;      ///< the old holder's `lost()` completed
    boot_clock::time_point acquired;  ///< the contender's `lock()` completed
    bool both_held = false;           ///< the old holder still believed when the contender acquired
    bool stalled = false;  ///< the executor stood still just then: the order of handlers says nothing
    bool revived = false;  ///< the old holder believed again after the fault had gone

    boot_clock::duration margin() const { return acquired - told; }
    bool told_first() const { return told < acquired || stalled; }
    bool violated() const { return both_held || revived || !told_first() || new_token <= old_token; }
};

struct handover_parties {
    client holder;
    client contender;
    std::string name;
    std::chrono::milliseconds ttl;
};

class gate;

/// Begins the fault, and ends it in its own time: at the latest once `acquired` has opened.
using fault_action = std::function<asio::awaitable<void>(gate& acquired)>;

/// The holder locks, the contender queues behind it, and after `phase` the fault begins.
asio::awaitable<handover> lose_lock(handover_parties who, std::chrono::milliseconds phase,
                                    fault_action break_it);

struct cut_off_plan {
    std::uint16_t server_port = 0;
    std::chrono::milliseconds ttl{};
    std::size_t trials = 0;
    std::size_t at_once = 0;
    std::function<void(fault_proxy&)> cut;  ///< what happens to the holder's connection
    std::string prefix;                     ///< of the locks' names
    unsigned seed = 0;                      ///< of the phases, random within a time to live
};

/// Each trial with a lock, two clients and a proxy of its own.
asio::awaitable<std::vector<handover>> cut_holders_off(cut_off_plan plan);

}  // namespace leasehold::test
