// SPDX-License-Identifier: Apache-2.0
// The process of a holder stopped past its lease, and continued.
#pragma once

#include <chrono>
#include <string>

namespace leasehold::test {

struct stopped_client {
    std::string first_look;  ///< what the worker printed: "held: false"
    std::string write;       ///< "write: refused"
    std::string body;        ///< "cancelled"
    std::string end;         ///< "end: lost"
    int exit_code = -1;
    std::string stored;  ///< what the storage holds at the end: "contender"

    bool violated() const
    {
        return first_look != "held: false" || write != "write: refused" || body != "cancelled" ||
               end != "end: lost" || exit_code != 0 || stored != "contender";
    }
};

/// Stops the worker (faults/stopped_worker.cpp) while it holds the lock, lets a contender acquire it and
/// write, and continues the worker, which then tries to write.
stopped_client stop_holder(const std::string& endpoint, const std::string& worker, const std::string& name,
                           std::chrono::milliseconds ttl);

}  // namespace leasehold::test
