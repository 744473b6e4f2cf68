// SPDX-License-Identifier: Apache-2.0
// A cluster broken under a running workload.
#pragma once

#include "faulty_cluster.hpp"
#include "workload.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace leasehold::test {

enum class cluster_fault { leader_killed, leader_stopped, leader_isolated, rolling_restart };

struct cluster_plan {
    cluster_fault what{};
    std::size_t clients = 10;  ///< each waits for every lock
    std::size_t locks = 50;
    std::uint64_t cycles_before = 0;
    std::uint64_t cycles_after = 0;
    std::string prefix;  ///< of the keys
};

struct cluster_outcome {
    workload_report report;
    /// Sessions lost by clients that can reach more than the leader.
    std::uint64_t lost_sessions = 0;
    std::chrono::milliseconds election{};  ///< until another member leads; 0 for the rolling restart
    std::chrono::milliseconds recovery{};
    std::chrono::milliseconds longest_silence{};
};

/// All clients begin at the leader. When it is isolated, the first client reaches nobody else: it is cut off
/// with the minority. That one wants only a tenth of the locks, since each of these stands still, once its
/// turn has come, until its lease has ended. Leaves the cluster well.
cluster_outcome break_cluster(faulty_cluster& cluster, const cluster_plan& plan);

}  // namespace leasehold::test
