// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/messages.hpp>
#include <memory/history.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::memory {

/**
 * The server's side of one watch stream, without I/O: what to send is left in `take_messages()`.
 *
 * As in etcd, a watch that starts at or before the present is *unsynced*: its past is delivered by sync(),
 * which etcd calls every 100 ms, and only from then on does it see changes at once.
 */
class watch_server {
public:
    explicit watch_server(const memory::history& h) : history_{h} {}

    void create(const core::watch_create& r);
    void cancel(core::watch_id id);
    /// Refuses a creation, as etcd does for want of permission.
    void refuse(const std::string& reason);

    /// After every change of the store. A watch that `lags` is left to the next sync(), as one whose channel
    /// is full is in etcd: watches of one stream may be served in another order than that of the changes.
    void publish(const std::function<bool()>& lags = {});
    void sync();
    bool synced() const;
    /// Tells those who asked for it, and had nothing to hear since the last time, how far they have come.
    void report_progress();
    bool wants_progress() const;

    /// From now on a response is split after so many events; 0: never.
    void split_after(std::size_t events) noexcept { split_after_ = events; }
    std::size_t size() const noexcept { return watches_.size(); }

    std::vector<core::watch_message> take_messages() { return std::exchange(messages_, {}); }

private:
    struct watch {
        core::watch_create request;
        revision next = 0;
        bool synced = true;
        bool late = false;   ///< created from a revision behind the store's, and not served yet
        bool heard = false;  ///< since the last report of progress
        bool dead = false;   ///< fell behind a compaction; its id stays taken until it is cancelled
    };

    void deliver(core::watch_id id, watch& w, bool whole_backlog);
    void send(core::watch_message message);
    core::watch_message about(core::watch_id id) const;

    const memory::history& history_;
    std::size_t split_after_ = 0;
    core::watch_id last_picked_ = -1;
    std::map<core::watch_id, watch> watches_;
    std::vector<core::watch_message> messages_;
};

}  // namespace leasehold::memory
