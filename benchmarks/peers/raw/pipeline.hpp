// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/report.hpp"

#include <cstddef>
#include <string>

namespace leasehold::bench {

struct pipeline_settings {
    std::string target = "127.0.0.1:2379";
    std::size_t n = 1000;       ///< locks
    std::size_t group = 100;    ///< transactions in one request at most; 1: a request for each, not nested
    std::size_t in_flight = 4;  ///< requests
    double seconds = 3;
};

/// Locks and unlocks n free locks over and over, with nothing but etcd's transactions in the way.
void run_pipeline(const pipeline_settings& s, result& out);

}  // namespace leasehold::bench
