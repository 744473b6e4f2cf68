// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/lock_machine.hpp>
#include <engine/lease_status.hpp>
#include <engine/pending.hpp>
#include <engine/timers.hpp>

#include <leasehold/boot_clock.hpp>
#include <leasehold/errc.hpp>
#include <leasehold/fencing_token.hpp>
#include <leasehold/kv.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::engine {

class cluster;
class lock_driver;

/**
 * One holder's ownership of a lock, shared by its `held_lock` and the driver of the lock.
 *
 * Members are called from any thread; what touches the driver goes through the strand. `users` keeps the
 * session and the client of the holder in use.
 */
class ownership : public std::enable_shared_from_this<ownership> {
public:
    ownership(std::shared_ptr<engine::cluster> c, std::shared_ptr<void> users,
              std::shared_ptr<lock_driver> driver, std::shared_ptr<lease_status> lease, core::waiter_id id,
              fencing_token token);

    engine::cluster& cluster() const noexcept { return *cluster_; }
    const std::shared_ptr<engine::cluster>& cluster_ptr() const noexcept { return cluster_; }
    core::waiter_id id() const noexcept { return id_; }
    fencing_token token() const noexcept { return token_; }
    const std::string& key() const noexcept;
    boot_clock::time_point deadline() const noexcept { return lease_->deadline(); }

    bool held() const noexcept;

    /// The release shall go through etcd. False when it is too late to ask: the lock may have been handed on
    /// in the process, with the key as it is.
    bool fence() noexcept
    {
        auto expected = state::held;
        state_.compare_exchange_strong(expected, state::fenced, std::memory_order_acq_rel);
        return expected != state::released;
    }
    /// What holds in etcd as long as this ownership lasts there; fences it. Never, where it is too late.
    compare while_it_lasts();
    bool fenced() const noexcept { return state_.load(std::memory_order_acquire) == state::fenced_released; }

    /// Ends the ownership here; true for the first to do so. The release itself is start_release().
    bool begin_release() noexcept
    {
        return leave(state::held, state::released) || leave(state::fenced, state::fenced_released);
    }
    /// Releases; `op` may be empty. After begin_release().
    void start_release(pending<>::pointer op);
    void release_in_background() noexcept;

    /// The driver's word that the lock is lost. False when it was released before.
    bool lose() noexcept { return leave(state::held, state::lost) || leave(state::fenced, state::lost); }

    // On the strand.
    /// When it began; told only where somebody observes.
    void begin(boot_clock::time_point at) noexcept { since_ = at; }
    boot_clock::time_point since() const noexcept { return since_; }
    void set_loss(failure why, errc reason);
    const failure& loss() const noexcept { return loss_ ? *loss_ : no_loss; }
    void wait_lost(pending<errc>::pointer op, std::chrono::nanoseconds ahead);
    /// Ends the waits for the loss: with the reason, or with `not_held` when the lock was released.
    void settle();
    /// Calls `f` once the ownership has ended, lost or released. For the engine's own use: unlike a wait for
    /// the loss it is nobody's operation.
    void on_settled(std::function<void()> f) { on_settled_ = std::move(f); }
    /// Drops the waits for the loss uncompleted: their handlers may own this.
    void abandon() noexcept
    {
        on_settled_ = {};
        const auto gone = std::exchange(waits_, {});
    }

private:
    enum class state : std::uint8_t { held, fenced, released, fenced_released, lost };

    bool leave(state from, state to) noexcept
    {
        return state_.compare_exchange_strong(from, to, std::memory_order_acq_rel);
    }
    static inline const failure no_loss;

    struct wait {
        pending<errc>::pointer op;
        std::chrono::nanoseconds ahead;
    };

    void watch_deadline();

    std::shared_ptr<engine::cluster> cluster_;
    std::shared_ptr<void> users_;
    std::shared_ptr<lock_driver> driver_;
    std::shared_ptr<lease_status> lease_;
    const core::waiter_id id_;
    const fencing_token token_;
    std::atomic<state> state_{state::held};
    bool settled_ = false;
    boot_clock::time_point since_{};
    errc loss_reason_{};
    std::unique_ptr<const failure> loss_;  ///< rare, and large
    std::vector<wait> waits_;
    timers::id deadline_timer_;
    std::function<void()> on_settled_;
};

}  // namespace leasehold::engine
