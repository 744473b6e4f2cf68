// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "etcd_server.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace leasehold::test {

/// Members of one cluster, all up when the constructor returns.
class etcd_cluster {
public:
    /// For proxies between the members. Called for all members, from the first on, and again for all when the
    /// cluster has to start again on other ports.
    struct network {
        /// The port at which the others shall find a member's peer port.
        std::function<std::uint16_t(std::size_t member, std::uint16_t peer_port)> advertise =
            [](std::size_t, std::uint16_t peer_port) { return peer_port; };
        /// A member's process has just been started.
        std::function<void(std::size_t member, pid_t process)> launched = [](std::size_t, pid_t) {};
    };

    explicit etcd_cluster(std::size_t size, const etcd_options& options = {});
    etcd_cluster(std::size_t size, const etcd_options& options, const network& between);

    std::size_t size() const noexcept { return members_.size(); }
    etcd_server& operator[](std::size_t index) { return members_.at(index); }
    /// Of all members, in order.
    std::vector<std::string> endpoints() const;

private:
    void choose_places(std::size_t size, const etcd_options& options, const network& between);
    void start(const network& between);

    std::vector<etcd_server> members_;
};

}  // namespace leasehold::test
