// SPDX-License-Identifier: Apache-2.0
#include <engine/cluster.hpp>
#include <engine/lock_driver.hpp>
#include <engine/ownership.hpp>

#include <algorithm>
#include <utility>

namespace leasehold::engine {

ownership::ownership(std::shared_ptr<engine::cluster> c, std::shared_ptr<void> users,
                     std::shared_ptr<lock_driver> driver, std::shared_ptr<lease_status> lease,
                     core::waiter_id id, fencing_token token)
    : cluster_{std::move(c)},
      users_{std::move(users)},
      driver_{std::move(driver)},
      lease_{std::move(lease)},
      id_{id},
      token_{token}
{}

const std::string& ownership::key() const noexcept
{
    return driver_->place().key;
}

bool ownership::held() const noexcept
{
    const auto now = state_.load(std::memory_order_acquire);
    return (now == state::held || now == state::fenced) && lease_->alive(cluster_->now());
}

compare ownership::while_it_lasts()
{
    constexpr revision never = -1;
    const auto ours = fence() ? token_.revision : never;
    return compare::create_revision(key()) == ours;
}

void ownership::start_release(pending<>::pointer op)
{
    cluster_->run([self = shared_from_this(), op = std::move(op)]() mutable {
        self->driver_->release(*self, std::move(op));
    });
}

void ownership::release_in_background() noexcept
{
    if (begin_release())
        start_release(nullptr);
}

void ownership::set_loss(failure why, errc reason)
{
    loss_ = std::make_unique<const failure>(std::move(why));
    loss_reason_ = reason;
    settle();
}

void ownership::wait_lost(pending<errc>::pointer op, std::chrono::nanoseconds ahead)
{
    waits_.push_back({std::move(op), std::max(ahead, ahead.zero())});
    if (settled_)
        settle();
    else
        watch_deadline();
}

// Without anything ahead too: the deadline may pass for a session that nobody renews any more, and only the
// clock says so. One timer, however many wait and whatever becomes of them.
void ownership::watch_deadline()
{
    cluster_->timers().cancel(deadline_timer_);
    const auto left = lease_->deadline() - cluster_->now();
    for (const auto& w : waits_)
        if (w.ahead >= left)
            w.op->succeed(errc::session_lost);
    std::erase_if(waits_, [](const wait& w) { return w.op->finished(); });
    if (waits_.empty())
        return;
    const auto first = std::max_element(waits_.begin(), waits_.end(),
                                        [](const wait& a, const wait& b) { return a.ahead < b.ahead; });
    deadline_timer_ = cluster_->timers().at(lease_->deadline() - first->ahead, [weak = weak_from_this()] {
        if (const auto self = weak.lock())
            self->watch_deadline();
    });
}

void ownership::settle()
{
    settled_ = true;
    cluster_->timers().cancel(deadline_timer_);
    for (const auto& w : std::exchange(waits_, {}))
        if (loss_)
            w.op->succeed(loss_reason_);
        else
            w.op->fail({make_error_code(errc::not_held), "the lock was released"});
    if (const auto told = std::exchange(on_settled_, {}))
        told();
}

}  // namespace leasehold::engine
