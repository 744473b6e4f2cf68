// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ownership_reader.hpp"

#include <core/backoff.hpp>
#include <core/claim_machine.hpp>
#include <core/claim_protocol.hpp>
#include <engine/call.hpp>
#include <engine/cluster.hpp>
#include <engine/dependants.hpp>
#include <engine/lock_driver.hpp>
#include <engine/ownership.hpp>
#include <engine/pending.hpp>
#include <engine/session.hpp>
#include <engine/timers.hpp>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace leasehold::engine {

/// What is claimed, and how.
struct claim_plan {
    std::string name;  ///< as the user knows it
    std::string lock;  ///< the lock's
    std::chrono::seconds ttl;
};

/**
 * Carries out what a claim machine decides: finds a session, queues in its lock driver, writes values, tells
 * readers.
 *
 * It is a waiter of the lock itself, not by way of an operation: an operation would keep the execution
 * context running though no user waits. On the strand, but for the members marked otherwise.
 */
class claim_driver final : public lock_waiter,
                           public dependant,
                           public std::enable_shared_from_this<claim_driver> {
public:
    claim_driver(std::shared_ptr<engine::cluster> user, claim_plan plan, std::string value);

    // From any thread.
    const std::shared_ptr<engine::cluster>& cluster_ptr() const noexcept { return cluster_; }
    const std::string& name() const noexcept { return plan_.name; }
    /// Empty while nothing is owned.
    std::shared_ptr<ownership> owning() const;
    /// Nothing is owned from here on; release() follows on the strand.
    void disown() noexcept { disowned_ = true; }

    void begin();
    void follow(const std::shared_ptr<ownership_reader>& reader);
    void set_value(pending<bool>::pointer op, std::string value);
    /// `op` may be empty.
    void release(pending<>::pointer op);
    void abandon() noexcept override;

    void granted(std::shared_ptr<ownership> o) override;
    void refused() override {}  // only attempts that are not to wait are
    void failed(failure why) override;
    std::shared_ptr<void> users() const override { return nullptr; }
    const std::shared_ptr<engine::cluster>& user_cluster() const override { return cluster_; }

private:
    template <class F>
    void tell(F f) const;
    void run();
    void join(session& s, core::attempt_id attempt, const std::string& value);
    void on_settled(const ownership& o);
    void on_publish_answer(core::attempt_id attempt, const core::owned_key& key,
                           outcome<transaction_result> r);
    call_policy publish_policy() const;
    void hold(std::shared_ptr<ownership> o);
    std::shared_ptr<ownership> held() const;

    void carry_out(core::claim_action::queue& a);
    void carry_out(core::claim_action::leave& a);
    void carry_out(core::claim_action::release& a);
    void carry_out(core::claim_action::publish& a);
    void carry_out(core::claim_action::tell& a);
    void carry_out(core::claim_action::answer& a);
    void carry_out(core::claim_action::wake& a);

    const std::shared_ptr<engine::cluster> cluster_;
    const claim_plan plan_;
    core::claim_machine machine_;
    bool running_ = false;

    core::attempt_id attempt_ = 0;  ///< to queue, under way
    std::weak_ptr<lock_driver> queue_;
    core::waiter_id place_ = 0;
    std::shared_ptr<lease_status> lease_;  ///< of the session that was used last
    lease_id lease_number_ = 0;
    timers::id wake_;

    std::atomic<bool> disowned_{false};
    mutable std::mutex guard_;
    std::shared_ptr<ownership> held_;  ///< under `guard_`

    ownership_change current_;
    std::vector<std::weak_ptr<ownership_reader>> readers_;
    core::update_id last_update_ = 0;
    std::map<core::update_id, pending<bool>::pointer> updates_;
    pending<>::pointer release_op_;
};

}  // namespace leasehold::engine
