// SPDX-License-Identifier: Apache-2.0
#include <engine/batcher.hpp>
#include <engine/lock_driver.hpp>
#include <engine/observing.hpp>

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace leasehold::engine {

using namespace std::chrono_literals;

lock_driver::lock_driver(session& s, const std::string& name)
    : cluster_{s.cluster()},
      session_{s.weak_from_this()},
      lease_{s.status()},
      machine_{core::lock_place::make(name, s.lease()), !cluster_.options().observers.empty()}
{}

// The last owner may be a user's handle on any thread. Nothing is left to undo then: a machine that has
// finished watches nothing, and the timer holds a weak pointer.
lock_driver::~lock_driver() = default;

core::lock_machine::moment lock_driver::moment() const
{
    return {cluster_.now(), lease_->deadline()};
}

template <class F>
void lock_driver::tell(F f) const
{
    engine::tell(cluster_.options(), std::move(f));
}

// ---- what users do ----

core::waiter_id lock_driver::join(std::shared_ptr<lock_waiter> waiter, lock_wish wish)
{
    used_ = true;
    const auto id = ++last_waiter_;
    waiters_.emplace(id, std::move(waiter));
    machine_.join({id, wish.only_if_free, wish.local_turn, std::move(wish.value), wish.own_record}, moment());
    run();
    return id;
}

void lock_driver::give_up(core::waiter_id id)
{
    if (waiters_.erase(id) == 0)
        return;
    machine_.give_up(id, moment());
    run();
}

void lock_driver::release(ownership& o, pending<>::pointer op)
{
    o.settle();
    const auto current = holder_.lock();
    if (current.get() != &o) {
        // Lost in the same moment; the driver has said so.
        if (op)
            op->fail(o.loss().code ? o.loss() : failure{make_error_code(errc::session_closed), {}});
        return;
    }
    holder_.reset();
    releasing_ = current;
    release_op_ = std::move(op);
    machine_.release(o.id(), !o.fenced(), moment());
    run();
}

void lock_driver::on_session_ended(core::lock_failure why)
{
    machine_.on_session_ended(why);
    run();
}

void lock_driver::on_session_closing()
{
    machine_.on_session_closing(core::lock_failure::session_closed, moment());
    run();
}

void lock_driver::abandon() noexcept
{
    waiters_.clear();
    release_op_.reset();
    releasing_.reset();
    if (const auto holder = holder_.lock())
        holder->abandon();
}

// ---- carrying out ----

void lock_driver::run()
{
    if (std::exchange(running_, true))
        return;
    const auto self = shared_from_this();
    auto actions = machine_.take_actions();
    while (!actions.empty()) {
        for (auto& action : actions)
            std::visit([this](auto& a) { carry_out(a); }, action);
        actions = machine_.take_actions(std::move(actions));
    }
    running_ = false;
    // Who holds or waits for long needs no memory for what comes next.
    if (machine_.watches_own())
        machine_.take_actions();
    // Nearly every holder is gone before its wake: an alarm for nothing costs more than this.
    if (wake_.number != 0 && !machine_.wants_wake())
        cluster_.timers().cancel(wake_);
    if (machine_.finished())
        if (const auto s = session_.lock())
            s->on_idle();
}

failure lock_driver::describe(core::lock_failure why) const
{
    if (why == core::lock_failure::none)
        return {};
    const auto about = "the lock \"" + name() + "\"";
    switch (why) {
    case core::lock_failure::key_deleted:
        return {make_error_code(errc::key_deleted),
                about + ": somebody deleted the key " + machine_.place().key + ", or revoked its lease"};
    case core::lock_failure::refused:
        return *refusal_;
    case core::lock_failure::none:
    case core::lock_failure::session_lost:
    case core::lock_failure::session_closed:
        break;
    }
    if (const auto s = session_.lock()) {
        auto f = s->why_ended();
        f.text = about + ": " + f.text;
        return f;
    }
    return {make_error_code(errc::session_closed), about + ": the session is gone"};
}

template <class Response>
void lock_driver::note_refusal(const outcome<Response>& r, const std::string& what)
{
    refusal_ = std::make_unique<failure>(r.why(cluster_, what + " \"" + name() + "\""));
    // The request knows before the lease's keeper does; there was time for it as long as the lease lived.
    const auto owner = session_.lock();
    if (owner && r.verdict == core::verdict::lease_gone)
        owner->on_lost("the server does not know it any more");
    else if (owner && (r.unreachable || cluster_.now() >= lease_->deadline()))
        owner->on_lost(r.why(cluster_, "a request was not answered").text);
}

// Requests of the lock protocol are repeatable; they go on as long as the lease may be alive, since their
// effect ends with it. A request waits for any endpoint.
call_policy lock_driver::policy() const
{
    call_policy p;
    p.repeatable = true;
    p.attempt = cluster_.options().request_timeout;
    if (const auto s = session_.lock())
        p.attempt =
            std::min(p.attempt, boot_clock::duration{std::min<std::chrono::seconds>(s->ttl(), 1h)} / 4);
    // The deadline moves on while the session is renewed, and stands still while no server answers.
    p.lease = lease_;
    return p;
}

// ---- transactions ----

namespace {

core::lock_request request_of(const core::lock_place& place, const core::lock_action::enqueue& a)
{
    return {a.how, &place, &a.value.str()};
}

core::lock_request request_of(const core::lock_place& place, const core::lock_action::leave& a)
{
    return {core::lock_request::kind::leave, &place, nullptr, a.own};
}

core::lock_request request_of(const core::lock_place& place, const core::lock_action::look&)
{
    return {core::lock_request::kind::look_own, &place, nullptr};
}

}  // namespace

/// Travels together with those of other locks.
template <class Action>
class lock_driver::lock_transaction final : public request<transaction_result>, public batcher::sender {
public:
    lock_transaction(std::shared_ptr<lock_driver> driver, Action a)
        : request{driver->cluster_, driver->policy()},
          driver_{std::move(driver)},
          action_{std::move(a)},
          what_{request_of(driver_->machine_.place(), action_)}
    {}

    const core::lock_request& what() const override { return what_; }
    void answered(core::status s, transaction_result r) override { on_answer(std::move(s), std::move(r)); }

private:
    // It may wait for others before it travels, so its time begins then.
    void send(std::size_t endpoint, boot_clock::time_point) override
    {
        cluster().batcher().send(endpoint, policy().limit(), policy().attempt,
                                 std::static_pointer_cast<lock_transaction>(shared_from_this()));
    }

    void done(outcome<transaction_result> how) override
    {
        driver_->answered(action_, how);
        driver_->run();
    }

    const std::shared_ptr<lock_driver> driver_;
    const Action action_;
    const core::lock_request what_;
};

template <class Action>
void lock_driver::transact(Action& a)
{
    std::make_shared<lock_transaction<Action>>(shared_from_this(), std::move(a))->begin();
}

void lock_driver::carry_out(core::lock_action::enqueue& a)
{
    transact(a);
}

void lock_driver::carry_out(core::lock_action::leave& a)
{
    transact(a);
}

void lock_driver::answered(const core::lock_action::enqueue& a, const outcome<transaction_result>& r)
{
    if (!r.ok()) {
        note_refusal(r, "cannot queue for the lock");
        return machine_.on_enqueue_refused(a.step, r.repeated, moment());
    }
    const auto position = core::read_joined(a.how, place(), r.response);
    if (position.own == 0 && a.how != core::lock_request::kind::try_enqueue) {
        refusal_ = std::make_unique<failure>(
            make_error_code(errc::server_failure),
            "cannot queue for the lock \"" + name() + "\": the answer has no place in the queue");
        return machine_.on_enqueue_refused(a.step, true, moment());
    }
    machine_.on_enqueued(a.step, position, r.repeated, moment());
}

void lock_driver::answered(const core::lock_action::leave& a, const outcome<transaction_result>& r)
{
    if (r.ok())
        return machine_.on_left(a.step, r.response.succeeded, r.repeated, moment());
    note_refusal(r, "cannot release the lock");
    machine_.on_leave_refused(a.step, moment());
}

// ---- the other actions ----

// Our own key alone is looked at when its watch begins, at many keys at the same time: that may wait for
// company. A waiter waits for nobody, and what others write cannot have its look refused.
void lock_driver::carry_out(core::lock_action::look& a)
{
    switch (a.what) {
    case core::sight::own:
        return transact(a);
    case core::sight::predecessor:
        return look<transaction_result>(
            a, core::look_at(place(), a.predecessor),
            [](const core::lock_place&, const core::lock_action::look& asked, const auto& answer) {
                return core::read_look_at(asked.predecessor, answer);
            });
    case core::sight::nearby:
        return look<get_result>(
            a, core::look_nearby(place()),
            [](const core::lock_place& where, const core::lock_action::look& asked, const auto& answer) {
                return core::read_look_nearby(where, asked.own, answer);
            });
    case core::sight::place:
        return look<get_result>(a, core::look(place(), a.own),
                                [](const core::lock_place& where, const core::lock_action::look& asked,
                                   const auto& answer) { return core::read_look(where, asked.own, answer); });
    }
}

template <class Response, class Request, class Read>
void lock_driver::look(const core::lock_action::look& a, Request request, Read read)
{
    call<Response>::start(
        cluster_, policy(),
        [request = std::move(request)](rpc::transport& t, std::size_t endpoint,
                                       boot_clock::time_point deadline, auto handler) {
            if constexpr (std::is_same_v<Request, transaction>)
                t.txn(endpoint, request, deadline, std::move(handler));
            else
                t.range(endpoint, request, deadline, std::move(handler));
        },
        [self = shared_from_this(), a, read](const outcome<Response>& r) {
            self->looked(a, r, [&] { return read(self->place(), a, r.response); });
            self->run();
        });
}

void lock_driver::answered(const core::lock_action::look& a, const outcome<transaction_result>& r)
{
    looked(a, r, [&] { return core::read_look_own(r.response); });
}

template <class Response, class Read>
void lock_driver::looked(const core::lock_action::look& a, const outcome<Response>& r, Read position)
{
    if (r.ok())
        return machine_.on_looked(a.step, position(), moment());
    note_refusal(r, "cannot read the queue of the lock");
    machine_.on_look_refused(a.step, moment());
}

void lock_driver::carry_out(core::lock_action::watch& a)
{
    auto& l = listener_of(a.role);
    cluster_.hub().unsubscribe(l.subscription);
    l.step = a.step;
    core::watch_spec spec;
    spec.key = std::move(a.key);
    // Sessions that want one lock again and again follow each other in the same order.
    spec.recurring = a.role == core::watch_role::predecessor;
    spec.puts = !spec.recurring;
    const auto id = cluster_.hub().subscribe(std::move(spec), l);
    // The hub may have ended it before it returned.
    if (l.step == a.step)
        l.subscription = id;
}

void lock_driver::carry_out(core::lock_action::unwatch& a)
{
    auto& l = listener_of(a.role);
    l.step = 0;
    cluster_.hub().unsubscribe(l.subscription);
}

void lock_driver::carry_out(core::lock_action::tell_place& a)
{
    tell([&](observer& o) { o.on_queued({place().name(), a.position}); });
}

void lock_driver::carry_out(core::lock_action::grant& a)
{
    const auto node = waiters_.extract(a.waiter);
    const auto& waiter = node.mapped();
    auto owner = std::make_shared<ownership>(waiter->user_cluster(), waiter->users(), shared_from_this(),
                                             lease_, a.waiter, a.token);
    holder_ = owner;
    tell([&](observer& o) {
        owner->begin(cluster_.now());
        if (a.token.sequence != 0)
            o.on_handed_on({place().name(), a.token});
        o.on_acquired({place().name(), a.token, owner->since() - waiter->since});
    });
    waiter->granted(std::move(owner));
}

void lock_driver::carry_out(core::lock_action::refuse& a)
{
    if (const auto node = waiters_.extract(a.waiter))
        node.mapped()->refused();
}

void lock_driver::carry_out(core::lock_action::fail& a)
{
    if (const auto node = waiters_.extract(a.waiter))
        node.mapped()->failed(describe(a.why));
}

void lock_driver::carry_out(core::lock_action::released& a)
{
    const auto op = std::exchange(release_op_, {});
    const auto gone = std::exchange(releasing_, {});
    const auto why = describe(a.why);
    tell([&](observer& o) {
        o.on_released({place().name(), gone->token(), cluster_.now() - gone->since(), why.code});
    });
    if (!op)
        return;
    if (a.why == core::lock_failure::none)
        op->succeed();
    else
        op->fail(why);
}

void lock_driver::carry_out(core::lock_action::lose& a)
{
    const auto owner = holder_.lock();
    holder_.reset();
    if (!owner || owner->id() != a.holder)
        return;
    owner->lose();
    const auto why = describe(a.why);
    tell([&](observer& o) {
        o.on_lost({place().name(), owner->token(), cluster_.now() - owner->since(), why.code, why.text});
    });
    owner->set_loss(why, static_cast<errc>(why.code.value()));
}

void lock_driver::carry_out(core::lock_action::wake& a)
{
    cluster_.timers().cancel(wake_);
    wake_ = cluster_.timers().at(a.at, [weak = weak_from_this(), step = a.step] {
        if (const auto self = weak.lock())
            self->on_timer(step);
    });
}

void lock_driver::on_timer(core::step_id step)
{
    wake_ = {};
    machine_.on_wake(step, moment());
    run();
}

// ---- watches ----

lock_driver::listener& lock_driver::listener_of(core::watch_role role)
{
    return role == core::watch_role::own ? own_ : predecessor_;
}

void lock_driver::listener::on_covered(revision covered)
{
    driver.machine_.on_watching(role, step, covered, driver.moment());
    driver.run();
}

void lock_driver::listener::on_events(std::vector<core::watch_event> events, revision)
{
    // What vanishes after the deadline went with the lease: nobody deleted it.
    const auto owner = driver.session_.lock();
    if (owner && owner->open() && driver.cluster_.now() >= driver.lease_->deadline())
        return owner->on_lost("it was not renewed in time");
    for (const auto& e : events) {
        if (e.removed)
            driver.machine_.on_removed(role, step, e.kv.mod_revision, driver.moment());
        else if (e.kv.create_revision == e.kv.mod_revision)
            driver.machine_.on_created(role, step, e.kv.create_revision, driver.moment());
    }
    driver.run();
}

void lock_driver::listener::on_ended(revision compacted, const std::string& reason)
{
    subscription = 0;
    const auto ended = std::exchange(step, 0);
    if (compacted == 0) {
        driver.refusal_ = std::make_unique<failure>(
            watch_refusal("cannot watch the queue of the lock \"" + driver.name() + "\"", reason));
        driver.machine_.on_watch_refused(role, ended, driver.moment());
    } else {
        driver.machine_.on_watch_broken(role, ended);
    }
    driver.run();
}

}  // namespace leasehold::engine
