// SPDX-License-Identifier: Apache-2.0
#include "claim_driver.hpp"

#include <engine/observing.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace leasehold::engine {

using namespace std::chrono_literals;

namespace {

core::claim_trouble trouble_of(const failure& why)
{
    return {why.code.value(), why.text, why.code == errc::invalid_request};
}

failure failure_of(const core::claim_trouble& why)
{
    return {why.code == 0 ? error_code{} : make_error_code(static_cast<errc>(why.code)), why.text};
}

failure released_before(const std::string& name)
{
    return {make_error_code(errc::not_held), "the claim of \"" + name + "\" has been released"};
}

}  // namespace

claim_driver::claim_driver(std::shared_ptr<engine::cluster> user, claim_plan plan, std::string value)
    : cluster_{std::move(user)}, plan_{std::move(plan)}, machine_{std::move(value)}
{}

template <class F>
void claim_driver::tell(F f) const
{
    engine::tell(cluster_->options(), std::move(f));
}

// ---- from any thread ----

std::shared_ptr<ownership> claim_driver::held() const
{
    const std::lock_guard lock{guard_};
    return held_;
}

std::shared_ptr<ownership> claim_driver::owning() const
{
    auto o = held();
    return o && o->held() && !disowned_ ? std::move(o) : nullptr;
}

// ---- what the user does ----

void claim_driver::begin()
{
    cluster_->dependants().add(weak_from_this());
    machine_.begin();
    run();
}

void claim_driver::follow(const std::shared_ptr<ownership_reader>& reader)
{
    std::erase_if(readers_, [](const auto& gone) { return gone.expired(); });
    readers_.push_back(reader);
    reader->push(current_);
}

void claim_driver::set_value(pending<bool>::pointer op, std::string value)
{
    if (machine_.released())
        return op->fail(released_before(plan_.name));
    const auto id = ++last_update_;
    updates_.emplace(id, std::move(op));
    machine_.set_value(id, std::move(value));
    run();
}

void claim_driver::release(pending<>::pointer op)
{
    const auto why = released_before(plan_.name);
    if (machine_.released()) {
        if (op)
            op->fail(why);
        return;
    }
    release_op_ = std::move(op);
    machine_.release(trouble_of(why));
    run();
    // Nothing was owned.
    if (const auto waiting = std::exchange(release_op_, {}))
        waiting->succeed();
}

void claim_driver::abandon() noexcept
{
    const auto updates = std::exchange(updates_, {});
    const auto release = std::exchange(release_op_, {});
    for (const auto& r : std::exchange(readers_, {}))
        if (const auto alive = r.lock())
            alive->abandon();
}

// ---- what comes back ----

void claim_driver::granted(std::shared_ptr<ownership> o)
{
    const auto attempt = std::exchange(attempt_, 0);
    place_ = 0;
    o->on_settled([weak = weak_from_this(), settled = std::weak_ptr{o}] {
        const auto self = weak.lock();
        const auto which = settled.lock();
        if (self && which)
            self->on_settled(*which);
    });
    const auto token = o->token();
    hold(std::move(o));
    machine_.on_granted(attempt, token);
    run();
}

void claim_driver::failed(failure why)
{
    const auto attempt = std::exchange(attempt_, 0);
    place_ = 0;
    tell([&](observer& o) { o.on_failed({plan_.lock, cluster_->now() - since, why.code, why.text}); });
    machine_.on_not_granted(attempt, trouble_of(why), cluster_->now(), cluster_->random());
    run();
}

// Lost, unless it was let go of here.
void claim_driver::on_settled(const ownership& o)
{
    if (held().get() != &o)
        return;
    const auto why = trouble_of(o.loss());
    hold({});
    machine_.on_lost(why, cluster_->now());
    run();
}

void claim_driver::hold(std::shared_ptr<ownership> o)
{
    const std::lock_guard lock{guard_};
    held_ = std::move(o);
}

// ---- carrying out ----

void claim_driver::run()
{
    if (std::exchange(running_, true))
        return;
    const auto self = shared_from_this();
    for (auto actions = machine_.take_actions(); !actions.empty(); actions = machine_.take_actions())
        for (auto& action : actions)
            std::visit([this](auto& a) { carry_out(a); }, action);
    running_ = false;
}

void claim_driver::carry_out(core::claim_action::queue& a)
{
    attempt_ = a.attempt;
    since = cluster_->now();
    tell([&](observer& o) { o.on_requested({plan_.lock}); });
    if (const auto ready = cluster_->ready_session(plan_.ttl))
        return join(*ready, a.attempt, a.value);
    cluster_->default_session(plan_.ttl,
                              [weak = weak_from_this(), attempt = a.attempt, value = std::move(a.value)](
                                  const failure& why, const std::shared_ptr<session>& s) {
                                  const auto self = weak.lock();
                                  if (!self || self->attempt_ != attempt)
                                      return;
                                  if (why.code)
                                      self->failed(why);
                                  else
                                      self->join(*s, attempt, value);
                              });
}

void claim_driver::join(session& s, core::attempt_id attempt, const std::string& value)
{
    if (!s.open())
        return failed(s.why_ended());
    lease_ = s.status();
    lease_number_ = s.lease();
    const auto driver = s.lock_on(plan_.lock);
    queue_ = driver;
    // No hand-on inside the process: each owner of a name is to be seen, with its own value and token.
    const auto place = driver->join(shared_from_this(), {.value = value});
    if (attempt_ == attempt)
        place_ = place;
}

void claim_driver::carry_out(core::claim_action::leave&)
{
    cluster_->timers().cancel(wake_);
    if (const auto driver = queue_.lock(); driver && place_ != 0)
        driver->give_up(std::exchange(place_, 0));
    if (std::exchange(attempt_, 0) != 0)
        tell([&](observer& o) { o.on_cancelled({plan_.lock, cluster_->now() - since}); });
}

void claim_driver::carry_out(core::claim_action::release&)
{
    const auto o = held();
    hold({});
    auto op = std::exchange(release_op_, {});
    if (o->begin_release())
        o->start_release(std::move(op));
    else if (op)
        op->fail(o->loss());
}

// Bounded by the lease: what is not written by then has no owner any more.
call_policy claim_driver::publish_policy() const
{
    call_policy p;
    p.repeatable = true;
    p.attempt = std::min<boot_clock::duration>(
        cluster_->options().request_timeout,
        boot_clock::duration{std::min<std::chrono::seconds>(plan_.ttl, 1h)} / 4);
    p.lease = lease_;
    return p;
}

void claim_driver::carry_out(core::claim_action::publish& a)
{
    const auto o = held();
    // A late write must not meet another owner of the same key.
    o->fence();
    const core::owned_key key{o->key(), lease_number_, a.own};
    call<transaction_result>::start(
        *cluster_, publish_policy(),
        [t = core::publish(key, a.known, std::move(a.value))](rpc::transport& to, std::size_t endpoint,
                                                              boot_clock::time_point deadline, auto handler) {
            to.txn(endpoint, t, deadline, std::move(handler));
        },
        [self = shared_from_this(), key, attempt = a.attempt](outcome<transaction_result> r) {
            self->on_publish_answer(attempt, key, std::move(r));
            self->run();
        });
}

void claim_driver::on_publish_answer(core::attempt_id attempt, const core::owned_key& key,
                                     outcome<transaction_result> r)
{
    if (r.verdict == core::verdict::lease_gone)
        return machine_.on_key_gone(attempt);
    if (!r.ok())
        return machine_.on_publish_failed(
            attempt, trouble_of(r.why(*cluster_, "cannot publish the value of \"" + plan_.name + '"')));
    const auto found = core::read_publish(key, std::move(r.response));
    switch (found.what) {
    case core::publish_outcome::kind::done:
        return machine_.on_published(attempt, found.at);
    case core::publish_outcome::kind::changed_by_others:
        return machine_.on_changed_by_others(attempt, found.value, found.at);
    case core::publish_outcome::kind::key_gone:
        return machine_.on_key_gone(attempt);
    }
}

void claim_driver::carry_out(core::claim_action::tell& a)
{
    auto why = failure_of(a.state.why);
    current_.owned = a.state.owned;
    current_.why = why.code;
    current_.text = std::move(why.text);
    current_.token = a.state.token;
    for (const auto& r : readers_)
        if (const auto reader = r.lock())
            reader->push(current_);
}

void claim_driver::carry_out(core::claim_action::answer& a)
{
    const auto node = updates_.extract(a.update);
    if (node.empty())
        return;
    if (a.why.code != 0)
        node.mapped()->fail(failure_of(a.why));
    else
        node.mapped()->succeed(a.published);
}

void claim_driver::carry_out(core::claim_action::wake& a)
{
    cluster_->timers().cancel(wake_);
    wake_ = cluster_->timers().at(a.at, [weak = weak_from_this(), attempt = a.attempt] {
        if (const auto self = weak.lock()) {
            self->machine_.on_wake(attempt);
            self->run();
        }
    });
}

}  // namespace leasehold::engine
