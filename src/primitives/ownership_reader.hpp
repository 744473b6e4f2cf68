// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/latest_queue.hpp>
#include <engine/pending.hpp>

#include <leasehold/ownership_watcher.hpp>

#include <memory>

namespace leasehold::engine {

class claim_driver;

/// One follower of a claim. On the strand.
class ownership_reader {
public:
    explicit ownership_reader(std::shared_ptr<claim_driver> claim) : claim_{std::move(claim)} {}

    const std::shared_ptr<claim_driver>& claim() const noexcept { return claim_; }

    void push(ownership_change change);
    void wait_next(pending<ownership_change>::pointer op);
    void close();
    /// Drops the wait uncompleted: its handler may own this.
    void abandon() noexcept { const auto gone = std::exchange(next_, {}); }

private:
    void deliver();

    const std::shared_ptr<claim_driver> claim_;
    core::latest_queue<ownership_change> changes_{64};
    bool over_ = false;  ///< the last change is there, or has been
    bool closed_ = false;
    pending<ownership_change>::pointer next_;
};

}  // namespace leasehold::engine
