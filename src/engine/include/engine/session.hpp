// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/lease_clock.hpp>
#include <core/lock_machine.hpp>
#include <engine/failure.hpp>
#include <engine/lease_status.hpp>
#include <engine/pending.hpp>

#include <leasehold/detail/operation.hpp>
#include <leasehold/kv.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace leasehold::engine {

class cluster;
class lock_driver;

/**
 * A lease that is kept alive, and the locks on it. On the strand, but for the members marked otherwise.
 *
 * The cluster owns it while it is open; a public handle shares it through `make_user`, which closes it when
 * the last one is gone.
 */
class session : public std::enable_shared_from_this<session> {
public:
    static std::shared_ptr<session> make_user(std::shared_ptr<engine::cluster> user,
                                              std::shared_ptr<session> s);

    session(engine::cluster& c, lease_id lease, std::chrono::seconds ttl);
    ~session();

    // From any thread.
    lease_id lease() const noexcept { return lease_; }
    std::chrono::seconds ttl() const noexcept { return ttl_; }
    const std::shared_ptr<lease_status>& status() const noexcept { return status_; }
    engine::cluster& cluster() const noexcept { return cluster_; }

    bool open() const noexcept { return state_ == state::open; }
    /// Why it is not open any more.
    failure why_ended() const { return {make_error_code(reason_), text_}; }
    /// The session's part in the lock `name`, the only one: created at first use, and kept for the next for a
    /// while.
    std::shared_ptr<lock_driver> lock_on(const std::string& name);
    /// A driver has nothing to do any more.
    void on_idle();

    void on_opened(const core::lease_clock& clock);
    bool on_renewed(const core::lease_clock& clock);
    void on_lost(const std::string& why);
    void wait_lost(pending<errc>::pointer op);
    /// Revokes; `then` hears of the revocation.
    void close(std::function<void(failure)> then = {});
    /// Stops the renewal and refuses new work; held locks stay until their deadline.
    void orphan();
    /// Drops every pending operation uncompleted.
    void abandon() noexcept;

private:
    enum class state : std::uint8_t { open, orphaned, ended };
    struct user_guard;

    void end(errc reason, std::string text);
    void tell_ended() const;
    void sweep();
    void revoke_after_margin();

    engine::cluster& cluster_;
    const lease_id lease_;
    const std::chrono::seconds ttl_;
    const std::shared_ptr<lease_status> status_ = std::make_shared<lease_status>();
    state state_ = state::open;
    errc reason_{};
    std::string text_;
    std::unordered_map<std::string_view, std::shared_ptr<lock_driver>> locks_;  ///< by the drivers' names
    bool to_sweep_ = false;
    std::size_t too_many_ = 4096;  ///< drivers: the idle ones go at once
    pending<errc>::list lost_waiters_;
};

}  // namespace leasehold::engine
