// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "etcd_server.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace leasehold::test {

/// Members of one cluster, all up when the constructor returns.
class etcd_cluster {
public:
    /// The port at which the other members shall find a member's peer port, such as a proxy's. Asked anew
    /// for all members, from the first on, when the cluster has to start again on other ports.
    using advertise = std::function<std::uint16_t(std::size_t member, std::uint16_t peer_port)>;

    explicit etcd_cluster(std::size_t size, const etcd_options& options = {}, const advertise& at = {});

    std::size_t size() const noexcept { return members_.size(); }
    etcd_server& operator[](std::size_t index) { return members_.at(index); }
    /// Of all members, in order.
    std::vector<std::string> endpoints() const;

private:
    void choose_places(std::size_t size, const etcd_options& options, const advertise& at);
    void start();

    std::vector<etcd_server> members_;
};

}  // namespace leasehold::test
