// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <engine/authenticator.hpp>
#include <engine/timers.hpp>
#include <rpc/transport.hpp>

#include <leasehold/options.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace leasehold::engine {

/// Which endpoint to use: connects to all of them, stays with one that works, moves on when it does not.
/// Where there are credentials, none is used before etcd has taken them.
class links {
public:
    using time_point = boot_clock::time_point;
    using waiter = std::uint64_t;

    links(rpc::transport& t, timers& timers, core::jitter& random, const client_options& options,
          authenticator::keeper keep);

    /// The endpoint to use now, if any is connected and we are admitted. Begins to connect at the first call.
    std::optional<std::size_t> pick();
    /// Calls `then(true)` as soon as there is one, or `then(false)` when none is at `by`, or, where that is
    /// not "for ever", as soon as the credentials are refused.
    /// 0: it was called already.
    waiter when_ready(time_point by, std::function<void(bool)> then);
    /// Does not call it any more. Clears `w`; 0 is none.
    void forget(waiter& w);
    /// A request to `endpoint` went unanswered or was refused there: prefer another one. Streams on it are
    /// told.
    void suspect(std::size_t endpoint);
    /// Called with an endpoint that has become suspect or lost its connection.
    void on_trouble(std::function<void(std::size_t)> handler) { on_trouble_.push_back(std::move(handler)); }

    // ---- the token that goes with requests ----
    bool authenticates() const noexcept { return authenticator_.asked_for(); }
    std::uint64_t token_number() const noexcept { return authenticator_.token_number(); }
    /// False: there is no other, since there are no credentials.
    bool token_refused(std::uint64_t number);
    /// A stream to `endpoint` that was opened with that token has ended: one of the two is to blame.
    void stream_closed(std::size_t endpoint, std::uint64_t token, const core::status& why);
    /// etcd's words when it refuses the credentials; empty when it does not, or cannot be asked.
    std::string refusal() const;

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

    void pass_over(std::size_t endpoint);
    void finish(waiter id, bool ready);
    void finish_all();
    void finish_refused();
    void on_news(authenticator::news what, std::size_t endpoint);

    rpc::transport& transport_;
    timers& timers_;
    authenticator authenticator_;
    std::vector<link> links_;
    std::size_t current_ = 0;
    bool started_ = false;
    waiter last_waiter_ = 0;
    std::map<waiter, waiting> waiting_;
    std::vector<std::function<void(std::size_t)>> on_trouble_;
};

}  // namespace leasehold::engine
