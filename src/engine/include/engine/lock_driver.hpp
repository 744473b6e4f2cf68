// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/lock_machine.hpp>
#include <engine/call.hpp>
#include <engine/ownership.hpp>
#include <engine/pending.hpp>
#include <engine/session.hpp>
#include <engine/watch_hub.hpp>

#include <leasehold/kv.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::engine {

/// Somebody who waits for a lock. Exactly one of the members is called, once, unless the waiter gives up.
class lock_waiter {
public:
    virtual ~lock_waiter() = default;
    virtual void granted(std::shared_ptr<ownership> o) = 0;
    virtual void refused() = 0;
    virtual void failed(failure why) = 0;
    /// What its ownership is to keep in use.
    virtual std::shared_ptr<void> users() const = 0;
    virtual const std::shared_ptr<cluster>& user_cluster() const = 0;

    /// When it asked for the lock.
    boot_clock::time_point since{};
};

/// How somebody wants a lock.
struct lock_wish {
    bool only_if_free = false;
    std::chrono::nanoseconds local_turn{};
    core::shared_text value{};
    bool own_record = false;  ///< the value is the owner record
};

/// Carries out what a lock machine decides: sends its transactions, keeps its watches, calls its waiters.
/// On the strand.
class lock_driver : public std::enable_shared_from_this<lock_driver> {
public:
    lock_driver(session& s, const std::string& name);
    ~lock_driver();

    core::waiter_id join(std::shared_ptr<lock_waiter> waiter, lock_wish wish);
    /// The waiter hears nothing any more.
    void give_up(core::waiter_id id);
    void release(ownership& o, pending<>::pointer op);
    void on_session_ended(core::lock_failure why);
    void on_session_closing();
    void abandon() noexcept;
    const core::lock_place& place() const noexcept { return machine_.place(); }
    /// Nothing is under way, and nothing left in etcd.
    bool idle() const noexcept { return machine_.finished(); }
    /// Nobody came since this was asked last.
    bool unused() noexcept { return !std::exchange(used_, false); }

private:
    struct listener final : watch_listener {
        lock_driver& driver;
        core::watch_role role;
        core::step_id step = 0;
        core::subscription_id subscription = 0;

        listener(lock_driver& d, core::watch_role r) : driver{d}, role{r} {}
        void on_covered(revision covered) override;
        void on_events(std::vector<core::watch_event> events, revision next) override;
        void on_ended(revision compacted, const std::string& reason) override;
    };

    template <class Action>
    class lock_transaction;

    core::lock_machine::moment moment() const;
    template <class F>
    void tell(F f) const;
    std::string name() const { return std::string{place().name()}; }
    void run();
    failure describe(core::lock_failure why) const;
    call_policy policy() const;
    template <class Action>
    void transact(Action& a);
    void answered(const core::lock_action::enqueue& a, const outcome<transaction_result>& r);
    void answered(const core::lock_action::leave& a, const outcome<transaction_result>& r);
    void answered(const core::lock_action::look& a, const outcome<transaction_result>& r);
    template <class Response, class Read>
    void looked(const core::lock_action::look& a, const outcome<Response>& r, Read position);
    template <class Response, class Request, class Read>
    void look(const core::lock_action::look& a, Request request, Read read);
    template <class Response>
    void note_refusal(const outcome<Response>& r, const std::string& what);
    listener& listener_of(core::watch_role role);
    void on_timer(core::step_id step);

    void carry_out(core::lock_action::enqueue& a);
    void carry_out(core::lock_action::look& a);
    void carry_out(core::lock_action::leave& a);
    void carry_out(core::lock_action::watch& a);
    void carry_out(core::lock_action::unwatch& a);
    void carry_out(core::lock_action::tell_place& a);
    void carry_out(core::lock_action::grant& a);
    void carry_out(core::lock_action::refuse& a);
    void carry_out(core::lock_action::fail& a);
    void carry_out(core::lock_action::released& a);
    void carry_out(core::lock_action::lose& a);
    void carry_out(core::lock_action::wake& a);

    cluster& cluster_;
    std::weak_ptr<session> session_;
    std::shared_ptr<lease_status> lease_;
    core::lock_machine machine_;
    bool running_ = false;
    core::waiter_id last_waiter_ = 0;
    std::map<core::waiter_id, std::shared_ptr<lock_waiter>> waiters_;
    std::weak_ptr<ownership> holder_;
    std::shared_ptr<ownership> releasing_;
    pending<>::pointer release_op_;
    std::unique_ptr<failure> refusal_;  ///< the server's last
    listener predecessor_{*this, core::watch_role::predecessor};
    listener own_{*this, core::watch_role::own};
    timers::id wake_;
    bool used_ = false;  ///< since that was asked last
};

}  // namespace leasehold::engine
