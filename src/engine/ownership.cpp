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
    return state_.load(std::memory_order_acquire) == state::held && lease_->alive(cluster_->now());
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
    if (settled_) {
        waits_.push_back(std::move(op));
        return settle();
    }
    prune(waits_);
    waits_.push_back(op);
    watch_deadline(op, ahead);
}

// Without `ahead` too: the deadline may pass for a session that nobody renews any more, and only the clock
// says so.
void ownership::watch_deadline(const pending<errc>::pointer& op, std::chrono::nanoseconds ahead)
{
    if (op->finished())
        return;
    const auto deadline = lease_->deadline();
    const auto now = cluster_->now();
    if (now + ahead >= deadline)
        return op->succeed(errc::session_lost);
    cluster_->timers().at(deadline - ahead, [weak = weak_from_this(), op = std::weak_ptr{op}, ahead] {
        const auto self = weak.lock();
        const auto alive = op.lock();
        if (self && alive)
            self->watch_deadline(alive, ahead);
    });
}

void ownership::settle()
{
    settled_ = true;
    for (const auto& op : std::exchange(waits_, {}))
        if (loss_)
            op->succeed(loss_reason_);
        else
            op->fail({make_error_code(errc::not_held), "the lock was released"});
    if (const auto told = std::exchange(on_settled_, {}))
        told();
}

}  // namespace leasehold::engine
