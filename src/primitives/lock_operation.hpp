// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checks.hpp"
#include "this_process.hpp"

#include <core/shared_text.hpp>
#include <engine/cluster.hpp>
#include <engine/lock_driver.hpp>
#include <engine/observing.hpp>
#include <engine/pending.hpp>
#include <engine/session.hpp>

#include <leasehold/options.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace leasehold::engine {

/// What a mutex is: where it works, and how.
struct mutex_state {
    std::shared_ptr<engine::cluster> cluster;
    std::shared_ptr<engine::session> session;  ///< empty: the client's own
    std::string name;
    mutex_options options;
    std::optional<core::shared_text> value;  ///< `options.value`
};

struct lock_limits {
    bool only_if_free = false;
    std::optional<std::chrono::nanoseconds> timeout;
};

/// One `lock()`, `try_lock()` or `try_lock_for()`: finds the session, waits at its driver, bounded by time
/// and by the user's cancellation. `Result` is the handle or an optional one.
template <class Result>
class lock_operation final : public lock_waiter, public std::enable_shared_from_this<lock_operation<Result>> {
public:
    using state_ptr = std::shared_ptr<const mutex_state>;
    using grant_function = Result (*)(std::shared_ptr<ownership>);

    static void start(state_ptr mutex, detail::completion<Result> done, const lock_limits& limits,
                      grant_function grant)
    {
        const auto c = mutex->cluster;
        auto op = pending<Result>::make(c, std::move(done));
        const auto self = std::make_shared<lock_operation>(std::move(mutex), std::move(op), limits, grant);
        c->run([self, begun = c->now()] { self->begin(begun); });
    }

    lock_operation(state_ptr mutex, typename pending<Result>::pointer op, const lock_limits& limits,
                   grant_function grant)
        : mutex_{std::move(mutex)}, op_{std::move(op)}, limits_{limits}, grant_{grant}
    {}

    void granted(std::shared_ptr<ownership> o) override
    {
        finish();
        op_->succeed(grant_(std::move(o)));
    }

    void refused() override
    {
        finish();
        tell([&](observer& o) { o.on_refused({mutex_->name}); });
        op_->succeed(Result{});
    }

    void failed(failure why) override
    {
        finish();
        tell([&](observer& o) { o.on_failed({mutex_->name, waited(), why.code, why.text}); });
        op_->fail(std::move(why));
    }

    std::shared_ptr<void> users() const override { return mutex_->session; }
    const std::shared_ptr<cluster>& user_cluster() const override { return mutex_->cluster; }

private:
    void begin(boot_clock::time_point begun)
    {
        if (op_->finished())
            return;
        this->since = begun;
        tell([&](observer& o) { o.on_requested({mutex_->name}); });
        const auto self = this->shared_from_this();
        if (op_->cancellable())
            op_->on_cancel([weak = std::weak_ptr{self}] {
                if (const auto alive = weak.lock())
                    alive->cancelled();
            });
        if (const auto limit = time_limit(); limit < boot_clock::time_point::max() - begun)
            timer_ = mutex_->cluster->timers().at(begun + limit, [weak = std::weak_ptr{self}] {
                if (const auto alive = weak.lock())
                    alive->on_timeout();
            });
        if (mutex_->session)
            return queue(*mutex_->session);
        const auto ttl = checks::whole_seconds(mutex_->options.ttl);
        if (const auto ready = mutex_->cluster->ready_session(ttl))
            return queue(*ready);
        mutex_->cluster->default_session(ttl, [self](const failure& why, const std::shared_ptr<session>& s) {
            if (self->op_->finished())
                return;
            if (why.code)
                self->failed(why);
            else
                self->queue(*s);
        });
    }

    void queue(session& s)
    {
        if (!s.open()) {
            auto why = s.why_ended();
            why.text = "the lock \"" + mutex_->name + "\": " + why.text;
            return failed(std::move(why));
        }
        const auto driver = s.lock_on(mutex_->name);
        driver_ = driver;
        const auto self = this->shared_from_this();
        lock_wish wish{.only_if_free = limits_.only_if_free, .local_turn = mutex_->options.local_turn};
        wish.own_record = !mutex_->value;
        wish.value = mutex_->value ? *mutex_->value : record_of_this_process();
        const auto id = driver->join(self, std::move(wish));
        if (!op_->finished())
            place_ = id;
    }

    // An attempt that is not to wait for others does not wait for a server for ever either.
    boot_clock::duration time_limit() const
    {
        const auto& options = mutex_->cluster->options();
        if (limits_.only_if_free)
            return options.connect_timeout + options.request_timeout;
        return limits_.timeout.value_or(boot_clock::duration::max());
    }

    void on_timeout()
    {
        const bool queued = place_ != 0;
        leave();
        if (limits_.only_if_free || (!queued && !mutex_->cluster->links().pick()))
            return failed(mutex_->cluster->unreachable("the lock \"" + mutex_->name + "\""));
        tell([&](observer& o) { o.on_timed_out({mutex_->name, waited()}); });
        // Only bounded attempts have a time: their result is an empty optional.
        op_->succeed(Result{});
    }

    void cancelled()
    {
        leave();
        tell([&](observer& o) { o.on_cancelled({mutex_->name, waited()}); });
    }

    // The place in the queue is given up by the driver, in its own time.
    void leave()
    {
        if (const auto driver = driver_.lock(); driver && place_ != 0)
            driver->give_up(std::exchange(place_, 0));
        finish();
    }

    void finish()
    {
        mutex_->cluster->timers().cancel(timer_);
        place_ = 0;
    }

    template <class F>
    void tell(F f) const
    {
        engine::tell(mutex_->cluster->options(), std::move(f));
    }
    std::chrono::nanoseconds waited() const { return mutex_->cluster->now() - this->since; }

    const state_ptr mutex_;
    const typename pending<Result>::pointer op_;
    const lock_limits limits_;
    const grant_function grant_;
    std::weak_ptr<lock_driver> driver_;
    core::waiter_id place_ = 0;
    timers::id timer_;
};

}  // namespace leasehold::engine
