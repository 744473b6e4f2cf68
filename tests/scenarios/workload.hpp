// SPDX-License-Identifier: Apache-2.0
// Many clients on many locks, each holder writing fenced, while somebody else breaks the cluster.
#pragma once

#include <leasehold/leasehold.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace leasehold::test {

/// A client, and a waiter of it for each of the first `locks` locks.
struct workload_client {
    std::vector<std::string> endpoints;
    std::size_t locks = 0;
};

struct workload_options {
    std::vector<workload_client> clients;
    std::size_t locks = 50;
    std::chrono::milliseconds ttl{10'000};
    std::string prefix;  ///< of the keys
};

struct workload_report {
    std::uint64_t violations = 0;  ///< two holders believed, or a token did not grow
    std::int64_t lost_writes = 0;  ///< writes that etcd confirmed and that are not there at the end
    std::vector<std::uint64_t> lost_sessions;    ///< of each client
    std::vector<boot_clock::time_point> cycles;  ///< when each lock-write-unlock ended

    /// From `fault` to the first half second that has again half the cycles of the mean before it; 0 when
    /// none had fewer, max() when that never came.
    std::chrono::milliseconds recovery(boot_clock::time_point fault) const;
    /// The longest time without a cycle after `from`.
    std::chrono::milliseconds longest_silence(boot_clock::time_point from) const;
};

/// Runs on a thread of its own from the constructor to `finish()`.
class workload {
public:
    explicit workload(workload_options options);
    workload(const workload&) = delete;
    workload& operator=(const workload&) = delete;
    ~workload();

    /// Waits until so many more cycles have ended; throws when that takes too long.
    void run_cycles(std::uint64_t more);
    /// Lets everybody end what he is at, and counts; the cluster must be well.
    workload_report finish();

private:
    struct state;
    std::unique_ptr<state> state_;
    std::thread thread_;
};

}  // namespace leasehold::test
