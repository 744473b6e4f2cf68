// SPDX-License-Identifier: Apache-2.0
// etcd servers of our own, as real processes; see child_process.hpp for how they end.
#pragma once

#include "child_process.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace leasehold::test {

struct etcd_options {
    std::vector<std::string> extra_args{};  ///< e.g. "--max-txn-ops=4"
    millis start_timeout{60'000};
};

struct etcd_member;

/// The etcd that LEASEHOLD_ETCD names, or `etcd` on PATH.
std::string etcd_program();

/**
 * \brief An etcd server of our own, on free ports, with its data in a fresh
 * folder that goes with it.
 *
 * The constructors and `restart()` return once it answers. The folder is in
 * LEASEHOLD_TEST_TMPDIR where that is set (run_tests.py does), in memory
 * (/dev/shm) where there is room, or in the temporary folder.
 */
class etcd_server {
public:
    etcd_server();
    explicit etcd_server(const etcd_options& options);
    etcd_server(etcd_server&&) noexcept;
    etcd_server& operator=(etcd_server&&) noexcept;
    ~etcd_server();

    /// `http://127.0.0.1:PORT`
    const std::string& endpoint() const noexcept;
    std::uint16_t port() const noexcept;
    pid_t pid() const noexcept;

    /// SIGKILL. The data stay.
    void kill();
    /// SIGTERM, and waits for its end: it hands its leadership on first. The data stay.
    void terminate();
    /// SIGSTOP: it keeps its connections and says nothing.
    void stop();
    /// SIGCONT
    void cont();
    /// Same ports, same data; kills it first if it runs. In a cluster it takes
    /// a majority to answer: relaunch() several, then wait for them.
    void restart();
    /// restart() without waiting.
    void relaunch();

    /// Is it up and in a cluster with a leader?
    bool healthy() const;
    /// Waits for that. Throws, with the end of its log, when it ends or when time is up.
    void wait_healthy(millis timeout = millis{60'000});

    /// Does it think that it leads the cluster?
    bool leads() const;

    /// The last lines of its log.
    std::string log_tail(std::size_t lines = 25) const;

private:
    friend class etcd_cluster;
    explicit etcd_server(std::unique_ptr<etcd_member> prepared);

    std::unique_ptr<etcd_member> member_;
};

}  // namespace leasehold::test
