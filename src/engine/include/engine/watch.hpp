// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <engine/failure.hpp>
#include <engine/pending.hpp>
#include <engine/watch_hub.hpp>

#include <leasehold/kv.hpp>
#include <leasehold/options.hpp>
#include <leasehold/watcher.hpp>

#include <forward_list>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace leasehold::engine {

class cluster;

/// A user's watcher: a bounded buffer in front of the hub. When it is full the server's watch is given up,
/// and taken up again at the same place once the user has read: etcd's history is the buffer behind it. On
/// the strand.
class watch final : public watch_listener, public std::enable_shared_from_this<watch> {
public:
    watch(std::shared_ptr<engine::cluster> user, std::string key, const watch_options& options);

    engine::cluster& cluster() const noexcept { return *cluster_; }
    const std::shared_ptr<engine::cluster>& cluster_ptr() const noexcept { return cluster_; }

    void start() { subscribe(); }
    void wait_ready(pending<revision>::pointer op);
    void wait_next(pending<watch_event>::pointer op);
    void close();

    void on_covered(revision covered) override;
    void on_events(std::vector<core::watch_event> events, revision next) override;
    void on_ended(revision compacted, const std::string& reason) override;
    void on_abandoned() override;

private:
    void subscribe();
    void deliver();
    std::forward_list<pending<revision>::pointer> take_ready();
    template <class... T>
    void bound(const std::shared_ptr<pending<T...>>& op);

    std::shared_ptr<engine::cluster> cluster_;
    [[no_unique_address]] core::watch_spec spec_;  // whose padding has room for these two
    bool subscribed_ = false;
    bool closed_ = false;
    const std::size_t limit_;
    core::subscription_id subscription_ = 0;
    revision first_ = 0;             ///< first revision covered; 0: not set up yet
    std::list<watch_event> buffer_;  // not a deque: an empty one allocates
    pending<watch_event>::pointer next_;
    std::forward_list<pending<revision>::pointer> ready_;  // the last one first; small, since most have none
    std::unique_ptr<const failure> ended_;
};

}  // namespace leasehold::engine
