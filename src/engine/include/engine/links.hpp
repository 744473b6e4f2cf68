// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <engine/timers.hpp>
#include <rpc/transport.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace leasehold::engine {

/// Which endpoint to use: connects to all of them, stays with one that works, moves on when it does not.
class links {
public:
    using time_point = boot_clock::time_point;
    using waiter = std::uint64_t;

    links(rpc::transport& t, timers& timers, std::vector<std::string> names);

    /// The endpoint to use now, if any is connected. Begins to connect at the first call.
    std::optional<std::size_t> pick();
    /// Calls `then(true)` as soon as an endpoint is connected, or `then(false)` when none is at `by`.
    void when_ready(time_point by, std::function<void(bool)> then);
    /// A request to `endpoint` went unanswered or was refused there: prefer another one. Streams on it are
    /// told.
    void suspect(std::size_t endpoint);
    /// Called with an endpoint that has become suspect or lost its connection.
    void on_trouble(std::function<void(std::size_t)> handler) { on_trouble_.push_back(std::move(handler)); }

    bool any_ready() const;
    bool other_ready(std::size_t than) const;
    /// For an error: every endpoint and what is known of it.
    std::string describe() const;
    void clear();

    /// The transport reports a change.
    void on_link(std::size_t endpoint, rpc::link_state state, std::string why);

private:
    struct link {
        std::string name;
        rpc::link_state state = rpc::link_state::idle;
        std::string why;
    };
    struct waiting {
        timers::id timer;
        std::function<void(bool)> then;
    };

    void finish(waiter id, bool ready);

    rpc::transport& transport_;
    timers& timers_;
    std::vector<link> links_;
    std::size_t current_ = 0;
    bool started_ = false;
    waiter last_waiter_ = 0;
    std::map<waiter, waiting> waiting_;
    std::vector<std::function<void(std::size_t)>> on_trouble_;
};

}  // namespace leasehold::engine
