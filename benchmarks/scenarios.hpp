// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace leasehold::bench {

struct settings {
    std::vector<std::string> endpoints{"http://127.0.0.1:2379"};
    std::size_t n = 100;
    std::size_t threads = 1;
    double seconds = 3;
    std::size_t writes_per_second = 0;  ///< of another client, meanwhile
};

struct result {
    double seconds = 0;           ///< of the measured part
    double cpu_seconds = 0;       ///< of this process, meanwhile
    std::vector<double> samples;  ///< microseconds, one for each operation
    std::size_t errors = 0;
    std::size_t left_behind = 0;  ///< keys in the queue afterwards that nobody wants
};

/// N coroutines, each with its own lock: lock and unlock.
result uncontended(const settings& s);
/// N sessions on clients of their own, one lock: from one holder's release to the next one's ownership.
result handoff(const settings& s);
/// N coroutines of one session, one lock.
result local(const settings& s);
/// N bounded attempts of 200 ms on a held lock, all at once: from the call to the empty result.
result timeout(const settings& s);

}  // namespace leasehold::bench
