// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/lease_clock.hpp>
#include <engine/links.hpp>
#include <engine/timers.hpp>
#include <rpc/transport.hpp>

#include <leasehold/kv.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace leasehold::engine {

class cluster;

/// Keeps many leases alive on one stream, and moves to another endpoint when that one falls silent.
class lease_keeper {
public:
    /// What the owner of a lease hears.
    struct events {
        std::function<bool(const core::lease_clock& clock)> renewed;
        std::function<void(std::string why)> lost;
    };

    explicit lease_keeper(cluster& c);

    void add(lease_id lease, core::lease_clock clock, events e);
    void remove(lease_id lease);
    void clear();

private:
    struct entry {
        core::lease_clock clock;
        events on;
        timers::id timer;
    };

    void step(lease_id lease);
    void schedule(lease_id lease, entry& e);
    void renew(lease_id lease, entry& e);
    bool open();
    void break_stream();
    void schedule_all();
    void on_renewal(const core::lease_renewal& r);
    void on_closed(const core::status& why);
    void lose(lease_id lease, const std::string& why);

    cluster& cluster_;
    std::unordered_map<lease_id, entry> leases_;
    std::unique_ptr<rpc::keep_alive_stream> stream_;
    std::size_t endpoint_ = 0;
    std::uint64_t token_ = 0;             ///< of the stream
    boot_clock::time_point heard_{};      ///< when the last answer came
    links::waiter waiting_for_link_ = 0;  ///< 0: it does not
    bool broken_ = false;                 ///< the last stream was
    core::backoff pause_;
    timers::id reopen_;
};

}  // namespace leasehold::engine
