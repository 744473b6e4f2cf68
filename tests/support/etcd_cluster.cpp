// SPDX-License-Identifier: Apache-2.0
#include "etcd_cluster.hpp"

#include "etcd_member.hpp"
#include "free_port.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

namespace leasehold::test {

etcd_cluster::etcd_cluster(std::size_t size, const etcd_options& options)
    : etcd_cluster{size, options, network{}}
{}

etcd_cluster::etcd_cluster(std::size_t size, const etcd_options& options, const network& between)
{
    for (int attempt = 1;; ++attempt) {
        choose_places(size, options, between);
        try {
            start(between);
            return;
        } catch (const std::runtime_error&) {
            const bool taken =
                std::ranges::any_of(members_, [](const auto& m) { return m.member_->port_was_taken(); });
            if (attempt == etcd_start_attempts || !taken)
                throw;
        }
    }
}

void etcd_cluster::choose_places(std::size_t size, const etcd_options& options, const network& between)
{
    members_.clear();
    std::vector<reserved_port> held;  // all until all are chosen: no two members may share one
    for (std::size_t i = 0; i < size; ++i) {
        held.push_back(reserve_port());
        held.push_back(reserve_port());
        const auto peer = held[2 * i + 1].number;
        std::string name{"m"};
        name += std::to_string(i);  // not in one: a false alarm of g++ 12 (-Wrestrict)
        auto prepared = std::make_unique<etcd_member>(std::move(name), options);
        prepared->choose_ports(held[2 * i].number, peer, between.advertise(i, peer));
        members_.push_back(etcd_server{std::move(prepared)});
    }
}

void etcd_cluster::start(const network& between)
{
    std::string cluster;
    for (const auto& m : members_)
        cluster += (cluster.empty() ? "" : ",") + m.member_->cluster;
    for (std::size_t i = 0; i < members_.size(); ++i) {
        members_[i].member_->cluster = cluster;
        members_[i].member_->start();
        between.launched(i, members_[i].pid());
    }
    for (auto& m : members_)
        m.wait_healthy(m.member_->options.start_timeout);
}

std::vector<std::string> etcd_cluster::endpoints() const
{
    std::vector<std::string> result;
    result.reserve(members_.size());
    for (const auto& m : members_)
        result.push_back(m.endpoint());
    return result;
}

}  // namespace leasehold::test
