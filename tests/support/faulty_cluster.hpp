// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "etcd_cluster.hpp"
#include "fault_proxy.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace leasehold::test {

/**
 * \brief Members of one cluster whose network can be cut, without privileges.
 *
 * Each member advertises a proxy as its peer address, and clients reach it through another one. A member's
 * messages travel on connections that either side has opened, so who opened one must be known to cut a single
 * member off: the proxies look the owner of each connection up in /proc.
 *
 * \par Thread-safety
 * For one thread, the one that made it: the members' processes end with it.
 */
class faulty_cluster {
public:
    explicit faulty_cluster(std::size_t size = 3);

    std::size_t size() const noexcept { return cluster_->size(); }
    /// Where clients reach a member.
    std::string endpoint(std::size_t member) const;
    /// All of them, the given member's first.
    std::vector<std::string> endpoints_from(std::size_t first) const;

    /// A member that runs, says that it leads, and is not `other_than`.
    std::optional<std::size_t> leader(std::optional<std::size_t> other_than = std::nullopt);
    /// Waits for one; throws when there is none in time.
    std::size_t wait_for_leader(std::optional<std::size_t> other_than = std::nullopt);

    void kill(std::size_t member);
    void stop(std::size_t member);
    /// Its peers and it do not hear of each other any more; its clients still reach it.
    void isolate(std::size_t member);
    /// Ends it as its operator would, and starts it again; returns when it is up.
    void restart(std::size_t member);
    /// Continues and restarts members, heals the network, and waits until all are up.
    void heal();

private:
    enum class state { running, stopped, dead };

    std::uint16_t advertise(std::size_t member, std::uint16_t peer_port);
    std::optional<int> opener(std::uint16_t client_port, std::uint16_t proxy_port) const;
    void launch(std::size_t member);

    std::vector<std::unique_ptr<fault_proxy>> peers_;
    std::vector<std::unique_ptr<fault_proxy>> clients_;
    std::vector<std::atomic<pid_t>> processes_;  ///< read by the proxies' threads
    std::vector<state> states_;
    std::optional<etcd_cluster> cluster_;  ///< goes first: its members connect to the proxies
};

}  // namespace leasehold::test
