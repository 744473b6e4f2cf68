// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory/clock.hpp>
#include <memory/etcd.hpp>
#include <memory/faults.hpp>
#include <memory/scheduler.hpp>
#include <rpc/transport.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace leasehold::memory {

/// How long a connection lasts on which nothing comes back: the interval and the time limit of HTTP/2 pings.
inline constexpr std::chrono::seconds silence_limit{15};

/// One client's connection to one member, shared by everything that travels on it. What travels may outlive
/// the client, and so its executor: there is none in here.
struct link : std::enable_shared_from_this<link> {
    link(etcd& w, std::size_t c, std::size_t m, const memory::clock& k)
        : world{w}, client{c}, member{m}, clock{k}
    {}

    etcd& world;
    const std::size_t client;
    const std::size_t member;
    const memory::clock clock;  ///< the client's
    bool wanted = false;
    bool cut = false;
    rpc::link_state state = rpc::link_state::idle;

    bool ready() const noexcept { return state == rpc::link_state::ready; }
    /// For lanes: whether anything gets through.
    std::function<bool()> open() const;
    /// For requests: whether one gets through and is decided on. One to a member that is gone gets lost.
    std::function<bool()> decides() const;
    fault judge(call_kind kind, direction d) const;
};

}  // namespace leasehold::memory
