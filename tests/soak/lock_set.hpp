// SPDX-License-Identifier: Apache-2.0
// Jepsen's lock-set and lock-etcd-set, with processes that are stopped and a cluster that is broken
// meanwhile.
#pragma once

#include "faulty_cluster.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace leasehold::test {

enum class set_guard {
    none,        ///< lock-set: a set outside etcd, and nothing but the lock before it
    token,       ///< the same, with the fencing token checked by the storage
    transaction  ///< lock-etcd-set: a set in etcd, written by a transaction that is fenced
};

struct set_plan {
    set_guard guard{};
    std::string worker;  ///< the program soak/set_worker.cpp
    std::string name;    ///< of the lock
    std::chrono::seconds length{60};
    std::chrono::milliseconds ttl{2000};  ///< as Jepsen's
    std::chrono::milliseconds latency{200};
    std::size_t workers = 5;
    unsigned seed = 0;  ///< of the faults
};

struct set_outcome {
    std::size_t confirmed = 0;  ///< additions that were said to be done
    std::size_t lost = 0;       ///< those of them that are not in the set at the end
    std::size_t refused = 0;    ///< additions that came too late, and were told so
    std::size_t unknown = 0;    ///< additions whose answer was lost
    std::size_t faults = 0;
};

set_outcome run_lock_set(faulty_cluster& cluster, const set_plan& plan);

}  // namespace leasehold::test
