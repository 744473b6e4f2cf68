// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/boot_clock.hpp>

#include <atomic>

namespace leasehold::engine {

/**
 * Until when a lease is certainly alive, readable from any thread without a lock.
 *
 * Once anybody has seen the deadline pass, or the lease was declared dead, no later renewal brings it back: a
 * holder that read `held() == false` may have stopped its work, and must not be told otherwise afterwards.
 */
class lease_status {
public:
    using time_point = boot_clock::time_point;

    bool alive(time_point now) const noexcept
    {
        auto seen = deadline_.load(std::memory_order_acquire);
        while (seen != dead) {
            if (now.time_since_epoch().count() < seen)
                return true;
            if (deadline_.compare_exchange_weak(seen, dead, std::memory_order_acq_rel))
                return false;
        }
        return false;
    }

    /// False when the lease is dead.
    bool extend(time_point deadline) noexcept
    {
        const auto wanted = deadline.time_since_epoch().count();
        auto seen = deadline_.load(std::memory_order_acquire);
        while (seen != dead)
            if (seen >= wanted || deadline_.compare_exchange_weak(seen, wanted, std::memory_order_acq_rel))
                return true;
        return false;
    }

    void kill() noexcept { deadline_.store(dead, std::memory_order_release); }

    /// The epoch when dead.
    time_point deadline() const noexcept
    {
        const auto seen = deadline_.load(std::memory_order_acquire);
        return seen == dead ? time_point{} : time_point{boot_clock::duration{seen}};
    }

private:
    static constexpr boot_clock::rep dead = -1;
    mutable std::atomic<boot_clock::rep> deadline_{0};
};

}  // namespace leasehold::engine
