// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/name_view.hpp>
#include <engine/call.hpp>
#include <engine/cluster.hpp>
#include <engine/dependants.hpp>
#include <engine/failure.hpp>
#include <engine/pending.hpp>
#include <engine/watch_hub.hpp>

#include <leasehold/name_state.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace leasehold::engine {

struct name_watch_limits {
    std::size_t buffer;  ///< changes held before the server's watch is put to sleep
    std::size_t page;    ///< keys in one read
};

/**
 * A user's view of names: a reading of all their keys, and the changes after it.
 *
 * On the hub and not on a user's watcher: that one hands out single events, and which of them belong to one
 * revision would show only when the next one comes. Reads only while somebody waits, so that a view which
 * nobody looks at costs no requests. On the strand.
 */
class name_watch final : public watch_listener,
                         public dependant,
                         public std::enable_shared_from_this<name_watch> {
public:
    name_watch(std::shared_ptr<engine::cluster> user, core::name_scope scope, name_watch_limits limits);

    /// From any thread.
    const std::shared_ptr<engine::cluster>& cluster_ptr() const noexcept { return cluster_; }

    void begin() { cluster_->dependants().add(weak_from_this()); }
    void wait_next(pending<name_state>::pointer op);
    void close();
    void abandon() noexcept override;

    void on_covered(revision) override {}
    void on_events(std::vector<core::watch_event> events, revision next) override;
    void on_ended(revision compacted, const std::string& reason) override;

private:
    enum class mode : std::uint8_t {
        stale,     ///< to be read, once somebody waits
        reading,   ///< a page is on its way
        following  ///< what happens from `next_revision_` on is all that is missing
    };

    bool awaited() const { return next_ && !next_->finished(); }
    void deliver();
    void take_changes();
    void read();
    void read_page(std::string from);
    void on_page(outcome<get_result> r);
    void on_reading_failed(failure why, bool may_come_back);
    void subscribe();
    void end(failure why);
    std::string about() const;

    const std::shared_ptr<engine::cluster> cluster_;
    core::name_view view_;
    const name_watch_limits limits_;

    mode mode_ = mode::stale;
    bool read_once_ = false;
    bool closed_ = false;
    revision reading_at_ = 0;  ///< of the reading under way; 0: its first page tells
    core::subscription_id subscription_ = 0;
    bool subscribed_ = false;
    revision next_revision_ = 0;
    std::deque<name_state> changes_;
    pending<name_state>::pointer next_;
    failure ended_;
};

}  // namespace leasehold::engine
