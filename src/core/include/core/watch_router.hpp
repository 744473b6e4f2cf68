// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/messages.hpp>

#include <leasehold/kv.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace leasehold::core {

using subscription_id = std::uint64_t;

/// What a subscriber wants to see.
struct watch_spec {
    std::string key;
    revision start = 0;    ///< 0: from now
    bool prefix = false;   ///< every key that begins with `key`
    bool goes_on = false;  ///< what was before `start` has been seen
    bool prev_kv = false;
    bool puts = true;
    bool removes = true;
    /// A quiet watch is told of the store's progress, lest it resumes from what has been compacted.
    bool progress = false;
    /// Who wanted it will probably want it again: a watch that brought something is kept for the next one
    /// "from now", until it brings something that nobody wants.
    bool recurring = false;
};

/// For the stream.
namespace watch_command {
struct create {
    watch_create request;
};
struct cancel {
    watch_id id;
};
using any = std::variant<create, cancel>;
}  // namespace watch_command

/// For a subscriber.
namespace watch_delivery {

/// Every change after `revision` will be delivered. Once for each subscription.
struct covered {
    subscription_id to;
    leasehold::revision revision;
};
/// Whole revisions, in order; the next one may begin at `next`.
struct events {
    subscription_id to;
    std::vector<watch_event> list;
    revision next;
};
/// The subscription is over: `compacted` > 0 tells that what it wanted is history.
struct ended {
    subscription_id to;
    revision compacted;
    std::string reason;
};
using any = std::variant<covered, events, ended>;

}  // namespace watch_delivery

/**
 * Many subscriptions on one watch stream: chooses the ids (from 1, never one twice), joins fragments, matches
 * refusals, shares a server watch among equal subscriptions, and knows where to resume after a break.
 * No I/O: the driver sends `take_commands()` and hands out `take_deliveries()` after each input.
 */
class watch_router {
public:
    subscription_id subscribe(watch_spec spec);
    void unsubscribe(subscription_id id);

    /// A new stream is open: everything is created on it again, from where it stood.
    void on_stream_opened();
    void on_stream_closed();
    void on_message(watch_message message);

    bool empty() const noexcept { return watches_.empty(); }
    std::size_t server_watches() const noexcept { return watches_.size(); }

    std::vector<watch_command::any> take_commands() { return std::exchange(commands_, {}); }
    std::vector<watch_delivery::any> take_deliveries() { return std::exchange(deliveries_, {}); }

private:
    struct subscriber {
        subscription_id id;
        bool told_covered;
    };
    struct server_watch {
        [[no_unique_address]] watch_spec spec;  // whose padding has room for this
        bool useful = false;                    ///< brought something to its present subscribers
        revision next = 0;                      ///< first revision not delivered yet; 0: not set up yet
        std::vector<subscriber> subscribers;
        std::unique_ptr<std::vector<watch_event>> fragments;  ///< of the message under way
    };
    using watch_map = std::unordered_map<watch_id, server_watch>;
    using entry = watch_map::value_type;
    /// By all that a subscription "from now" cares for.
    struct by_wish {
        using is_transparent = void;

        static auto key_of(const watch_spec& s)
        {
            return std::tie(s.key, s.prefix, s.prev_kv, s.puts, s.removes, s.progress, s.recurring);
        }
        static auto key_of(const entry* e) { return key_of(e->second.spec); }
        bool operator()(const auto& a, const auto& b) const { return key_of(a) < key_of(b); }
    };
    void create(watch_id id, const server_watch& w);
    void on_created(watch_id id, server_watch& w, const watch_message& m);
    void on_events(server_watch& w, watch_message& m);
    static void on_progress(server_watch& w, revision reached);
    void end(watch_id id, revision compacted, const std::string& reason);
    void forget(watch_id id);
    void cancel(watch_id id);
    bool keep(watch_id id, const server_watch& w);
    watch_id next_refused();

    bool open_ = false;
    watch_id last_watch_ = 0;
    subscription_id last_subscription_ = 0;
    watch_map watches_;
    std::unordered_map<subscription_id, watch_id> subscriptions_;
    std::set<const entry*, by_wish> shareable_;  ///< watches that a subscription "from now" can join
    std::set<watch_id> kept_;                    ///< without subscribers, for the next one
    std::deque<watch_id> unanswered_;            ///< creations, in the order in which they will be answered
    std::vector<watch_command::any> commands_;
    std::vector<watch_delivery::any> deliveries_;
};

}  // namespace leasehold::core
