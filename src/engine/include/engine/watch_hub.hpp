// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/backoff.hpp>
#include <core/watch_router.hpp>
#include <engine/links.hpp>
#include <engine/timers.hpp>
#include <rpc/transport.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace leasehold::engine {

class cluster;

/// Who listens to a watch. Must unsubscribe before it is destroyed.
class watch_listener {
public:
    virtual void on_covered(revision covered) = 0;
    /// Whole revisions; the next one begins at `next` or later.
    virtual void on_events(std::vector<core::watch_event> events, revision next) = 0;
    /// The subscription is over. `compacted` > 0: what it wanted is history.
    virtual void on_ended(revision compacted, const std::string& reason) = 0;
    /// Nothing comes any more: what waits for it is to be dropped.
    virtual void on_abandoned() {}

protected:
    ~watch_listener() = default;
};

/// Many watches on one stream, reopened on another endpoint when it breaks.
class watch_hub {
public:
    explicit watch_hub(cluster& c);

    /// May call the listener before it returns.
    core::subscription_id subscribe(core::watch_spec spec, watch_listener& listener);
    /// Clears `id`; 0 is none.
    void unsubscribe(core::subscription_id& id);
    void clear();

private:
    void open();
    void break_stream();
    void on_message(core::watch_message m);
    void on_closed(const core::status& why);
    void check_token();
    void reopen_later();
    void send();
    void deliver();
    void flush();

    cluster& cluster_;
    core::watch_router router_;
    std::unordered_map<core::subscription_id, watch_listener*> listeners_;
    std::unique_ptr<rpc::watch_stream> stream_;
    std::size_t endpoint_ = 0;
    std::uint64_t token_ = 0;   ///< of the stream
    std::uint64_t opened_ = 0;  ///< streams
    bool checking_token_ = false;
    std::vector<core::watch_message> held_;  ///< until the token is checked
    links::waiter waiting_for_link_ = 0;     ///< 0: it does not
    bool broken_ = false;                    ///< the last stream was
    bool delivering_ = false;
    core::backoff pause_;
    timers::id reopen_;
};

}  // namespace leasehold::engine
