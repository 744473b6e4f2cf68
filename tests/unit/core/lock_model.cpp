// SPDX-License-Identifier: Apache-2.0
// Sessions' lock machines against a model of etcd, under random schedules. Everything that a network and a
// server may do to them happens here: answers late, lost or for an attempt repeated, puts that take effect
// long after they were given up, watches that begin late and break, leases that end. After every step the
// promises are checked.
//
// A failing seed is printed with the end of its story. To replay one, or to try a hundred times as many:
//     LEASEHOLD_MODEL_SEED=1234 unit-core --run_test='core_lock_model/*sessions_die'
//     LEASEHOLD_MODEL_ROUNDS=100 unit-core --run_test=core_lock_model
#include "store.hpp"

#include <core/lock_machine.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

BOOST_AUTO_TEST_SUITE(core_lock_model)

using namespace leasehold;
using namespace leasehold::core;
using namespace std::chrono_literals;
using leasehold::test::store;

namespace {

using time_point = boot_clock::time_point;
using duration = boot_clock::duration;
constexpr auto never = time_point::max();

constexpr duration ttl = 10s;
constexpr duration margin = 500ms;
constexpr duration horizon = 30s;

/// What may go wrong, each as so many chances in a thousand.
struct faults {
    const char* name;
    unsigned lost = 0;     ///< an attempt's answer, whether it takes effect or not
    unsigned refused = 0;  ///< a request, for a lasting reason
    unsigned broken = 0;   ///< a watch
    unsigned dying = 0;    ///< a session: cut off, closed or orphaned
    unsigned robbed = 0;   ///< a key deleted by a stranger
};

struct broken_promise : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct user {
    enum { waiting, holding, releasing, gone } state = waiting;
    bool only_if_free = false;
    fencing_token token;
};

struct subscription {
    step_id step = 0;
    std::string key;
    bool established = false;
    std::size_t next = 0;  ///< in the store's history
};

struct member {
    explicit member(lease_id l) : lease{l}, machine{lock_place::make("lock", l)} {}

    lease_id lease;
    lock_machine machine;
    time_point deadline{};
    time_point server_expiry{};
    bool renewed = true;   ///< its keep-alives get through
    bool ended = false;    ///< for the client
    bool expired = false;  ///< for the server
    unsigned late_puts = 0;
    waiter_id last_user = 0;
    std::map<waiter_id, user> users;
    time_point last_refusal{};
    time_point last_seen{};  ///< its place was
    std::array<subscription, 2> watches;
    std::array<subscription, 2>
        former_watches;  ///< what is still on its way from them must not be listened to

    subscription& watch_of(watch_role role) { return watches[role == watch_role::own ? 1 : 0]; }
    subscription& former_watch_of(watch_role role) { return former_watches[role == watch_role::own ? 1 : 0]; }
    user* holder()
    {
        for (auto& [id, u] : users)
            if (u.state == user::holding)
                return &u;
        return nullptr;
    }
};

class world {
public:
    world(std::uint64_t seed, const faults& f, std::ostream* story) : random_{seed}, faults_{f}, story_{story}
    {
        const auto count = 2 + below(3);
        for (std::uint64_t i = 0; i < count; ++i)
            open_session();
    }

    void run()
    {
        const auto steps = 100 + below(300);
        for (std::uint64_t i = 0; i < steps; ++i) {
            step();
            check();
        }
        faults_ = {};
        // Whoever lost a lock without its doing has been told, even when nothing else happens.
        settle();
        for (const auto& m : members_)
            if (const auto* u = m->holder(); u && robbed_.contains(u->token.revision))
                fail(*m, "holds a lock whose key was deleted and was never told");
        while (release_some())
            settle();
        check_end();
    }

private:
    // ---- chance, time, and what is still to come ----

    std::uint64_t below(std::uint64_t n) { return random_() % n; }
    bool chance(unsigned in_a_thousand) { return below(1000) < in_a_thousand; }

    struct event {
        time_point from;
        std::shared_ptr<time_point> by;  ///< not later; may be empty
        std::function<void()> run;
    };

    void later(std::function<void()> what, time_point from = {}, std::shared_ptr<time_point> by = {})
    {
        events_.push_back({std::max(from, now_), std::move(by), std::move(what)});
    }

    void run_event(std::size_t i)
    {
        auto what = std::move(events_[i].run);
        events_[i] = std::move(events_.back());
        events_.pop_back();
        what();
    }

    bool run_some_due_event()
    {
        std::vector<std::size_t> due;
        for (std::size_t i = 0; i < events_.size(); ++i)
            if (events_[i].from <= now_)
                due.push_back(i);
        if (due.empty())
            return false;
        run_event(due[below(due.size())]);
        return true;
    }

    void pass_time(time_point until)
    {
        while (now_ < until) {
            auto next = std::min(until, now_ + 2s);
            for (const auto& e : events_)
                if (e.by)
                    next = std::min(next, std::max(now_, *e.by));
            now_ = next;
            for (bool again = true; std::exchange(again, false);)
                for (std::size_t i = 0; i < events_.size() && !again; ++i)
                    if (events_[i].by && *events_[i].by <= now_) {
                        run_event(i);
                        again = true;
                    }
            for (const auto& m : members_)
                if (m->renewed && m->deadline < now_ + ttl / 2)
                    renew(*m);
        }
    }

    // ---- sessions ----

    void open_session()
    {
        // Written without padding, as Go does it: keys of different lengths, not in the order of their
        // creation.
        const auto lease = static_cast<lease_id>(1 + below(0xfffff) * 16 + members_.size());
        members_.push_back(std::make_unique<member>(lease));
        db_.grant(lease);
        renew(*members_.back());
        tell(*members_.back(), "opens");
    }

    void renew(member& m)
    {
        m.deadline = now_ + ttl - margin;
        m.server_expiry = now_ + ttl;
    }

    lock_machine::moment moment(const member& m) const
    {
        return {now_, m.ended ? time_point::min() : m.deadline};
    }

    void end(member& m, lock_failure why)
    {
        if (std::exchange(m.ended, true))
            return;
        tell(m, "ends");
        m.renewed = false;
        m.machine.on_session_ended(why);
        carry_out(m);
        // The server's side of it: at once when it was closed, at the lease's end when it was cut off, or
        // later.
        later([this, &m] { expire(m); },
              why == lock_failure::session_closed && chance(500) ? now_ : m.server_expiry);
    }

    void expire(member& m)
    {
        if (std::exchange(m.expired, true))
            return;
        tell(m, "expires");
        db_.revoke(m.lease);
    }

    void cut_off(member& m)
    {
        tell(m, "is cut off");
        m.renewed = false;
        later([this, &m] { end(m, lock_failure::session_lost); }, m.deadline);
        later([this, &m] { expire(m); }, m.server_expiry);
    }

    void orphan(member& m)
    {
        m.renewed = false;
        tell(m, "is orphaned");
        m.machine.on_session_closing(lock_failure::session_closed, moment(m));
        carry_out(m);
        later([this, &m] { end(m, lock_failure::session_lost); }, m.deadline);
    }

    // ---- what happens next ----

    void step()
    {
        auto& m = *members_[below(members_.size())];
        const auto what = below(100);
        if (what < 40)
            run_some_due_event();
        else if (what < 60)
            deliver(m);
        else if (what < 85)
            act_as_user(m);
        else if (what < 95)
            pass_time(now_ + some_time());
        else
            go_wrong(m);
    }

    duration some_time()
    {
        static constexpr std::array<duration, 6> times{1ns, 1ms, 9ms, 25ms, 1s, 12s};
        return times[below(times.size())];
    }

    void go_wrong(member& m)
    {
        if (auto role = below(2) == 0 ? watch_role::own : watch_role::predecessor;
            m.watch_of(role).step != 0 && chance(faults_.broken)) {
            tell(m, "has a watch broken");
            const auto broken = std::exchange(m.watch_of(role), {});
            m.machine.on_watch_broken(role, broken.step);
            carry_out(m);
        }
        if (m.renewed && chance(faults_.dying)) {
            switch (below(3)) {
            case 0:
                cut_off(m);
                break;
            case 1:
                end(m, lock_failure::session_closed);
                break;
            default:
                orphan(m);
                break;
            }
            if (members_.size() < 8)
                open_session();
        }
        if (!db_.keys().empty() && chance(faults_.robbed)) {
            auto victim = db_.keys().begin();
            std::advance(victim, below(db_.keys().size()));
            robbed_.insert(victim->second.create_revision);
            tell(m, "sees a stranger delete ", victim->first);
            db_.remove(victim->first);
        }
    }

    void act_as_user(member& m)
    {
        if (m.ended && !chance(50))
            return;
        const auto what = below(10);
        if (what < 5) {
            if (m.users.size() < 12)
                join(m, below(4) == 0);
        } else if (what < 7) {
            give_up(m);
        } else if (auto* u = m.holder()) {
            release(m, *u, below(5) != 0);
        }
    }

    void join(member& m, bool only_if_free)
    {
        static constexpr std::array<duration, 3> turns{0ms, 20ms, 5s};
        const auto id = ++m.last_user;
        m.users[id].only_if_free = only_if_free;
        tell(m, only_if_free ? "is tried by " : "is joined by ", id);
        m.machine.join({id, only_if_free, turns[below(turns.size())], below(8) == 0 ? "other" : ""},
                       moment(m));
        carry_out(m);
    }

    void give_up(member& m)
    {
        if (m.last_user == 0)
            return;
        const auto id = 1 + below(m.last_user);
        if (m.users[id].state != user::waiting)
            return;
        m.users[id].state = user::gone;
        tell(m, "is given up by ", id);
        m.machine.give_up(id, moment(m));
        carry_out(m);
    }

    void release(member& m, user& u, bool may_pass)
    {
        u.state = user::releasing;
        for (const auto& [id, other] : m.users)
            if (&other == &u) {
                tell(m, "is released by ", id);
                m.machine.release(id, may_pass, moment(m));
                return carry_out(m);
            }
    }

    // ---- requests ----

    struct request {
        member& from;
        /// Takes effect; the function it returns delivers the answer. Empty: the lease does not exist.
        std::function<std::function<void(bool repeated)>()> apply;
        std::function<void(bool repeated)> refuse;
        bool puts = false;
        bool repeated = false;
        std::shared_ptr<time_point> late_by = std::make_shared<time_point>(never);
    };

    void send(std::shared_ptr<request> r)
    {
        later([this, r] { arrive(r); });
    }

    void arrive(const std::shared_ptr<request>& r)
    {
        if (chance(faults_.lost)) {
            r->repeated = true;
            switch (below(3)) {
            case 0:
                break;
            case 1:
                r->apply();
                break;
            default:
                tell(r->from, "will have an attempt take effect late");
                r->from.late_puts += r->puts;
                later(
                    [this, r] {
                        tell(r->from, "has an attempt take effect late");
                        r->from.late_puts -= r->puts;
                        r->apply();
                    },
                    now_ + (chance(500) ? 0s : std::chrono::seconds{below(40)}), r->late_by);
            }
            return send(r);
        }
        if (chance(faults_.refused))
            return answer(r, [this, r](bool repeated) {
                r->from.last_refusal = now_;
                r->refuse(repeated);
            });
        if (auto deliver = r->apply())
            return answer(r, std::move(deliver));
        // Whoever is told that its lease does not exist knows that its session has ended.
        later([this, r] { end(r->from, lock_failure::session_lost); });
    }

    void answer(const std::shared_ptr<request>& r, std::function<void(bool)> deliver)
    {
        later([this, r, deliver = std::move(deliver)] {
            *r->late_by = now_ + horizon - 1ns;
            deliver(r->repeated);
            carry_out(r->from);
        });
    }

    std::function<std::function<void(bool)>()> applying(
        const transaction& t, std::function<void(const transaction_result&, bool repeated)> deliver)
    {
        return [this, t, deliver = std::move(deliver)]() -> std::function<void(bool)> {
            auto result = db_.apply(t);
            if (!result)
                return {};
            return [deliver, result = std::move(*result)](bool repeated) { deliver(result, repeated); };
        };
    }

    void act(member& m, const lock_action::enqueue& a)
    {
        const auto& place = m.machine.place();
        const auto step = a.step;
        const auto how = a.how;
        const auto t = to_transaction({how, &place, &a.value.str()});
        tell(m,
             how == lock_request::kind::try_enqueue ? "asks for a free lock, step "
                                                    : "asks for a place, step ",
             step);
        auto apply = applying(t, [this, &m, step, how](const transaction_result& r, bool repeated) {
            auto p = read_joined(how, m.machine.place(), r);
            // The length of the queue only tells how to go on.
            if (p.ahead != queue_position::uncounted && p.ahead != 0 && chance(300))
                p.ahead += lock_machine::settings::crowd;
            tell(m, "has its place answered: own ", p.own, p.known ? " behind \"" : " unknown \"",
                 p.predecessor, repeated ? "\", repeated" : "\"");
            m.last_seen = now_;
            m.machine.on_enqueued(step, p, repeated, moment(m));
        });
        auto refuse = [this, &m, step](bool repeated) {
            tell(m, "has its place refused", repeated ? ", repeated" : "");
            m.machine.on_enqueue_refused(step, repeated, moment(m));
        };
        send(std::make_shared<request>(request{m, std::move(apply), std::move(refuse), true}));
    }

    void act(member& m, const lock_action::look& a)
    {
        const auto step = a.step;
        auto apply = [this, &m, a]() -> std::function<void(bool)> {
            const auto p = position(m.machine.place(), a);
            return [this, &m, step = a.step, p](bool) {
                tell(m, "sees own ", p.own, " behind \"", p.predecessor, '"');
                m.last_seen = now_;
                m.machine.on_looked(step, p, moment(m));
            };
        };
        auto refuse = [this, &m, step](bool) {
            tell(m, "has its look refused");
            m.machine.on_look_refused(step, moment(m));
        };
        send(std::make_shared<request>(request{m, std::move(apply), std::move(refuse)}));
    }

    queue_position position(const lock_place& place, const lock_action::look& a)
    {
        switch (a.what) {
        case sight::own:
            break;
        case sight::predecessor:
            return read_look_at(a.predecessor, *db_.apply(look_at(place, a.predecessor)));
        case sight::nearby:
            return read_look_nearby(place, a.own, db_.get(look_nearby(place)));
        case sight::place:
            return read_look(place, a.own, db_.get(look(place, a.own)));
        }
        return read_look_own(db_.get(look_own(place)));
    }

    void act(member& m, const lock_action::leave& a)
    {
        const auto step = a.step;
        tell(m, "leaves, own ", a.own, ", step ", step);
        auto apply = applying(leave(m.machine.place(), a.own),
                              [this, &m, step](const transaction_result& r, bool repeated) {
                                  tell(m, r.succeeded ? "has left" : "had left");
                                  m.machine.on_left(step, r.succeeded, repeated, moment(m));
                              });
        auto refuse = [this, &m, step](bool) {
            tell(m, "has its leaving refused");
            m.machine.on_leave_refused(step, moment(m));
        };
        send(std::make_shared<request>(request{m, std::move(apply), std::move(refuse)}));
    }

    // ---- watches and time ----

    void act(member& m, const lock_action::watch& a)
    {
        m.watch_of(a.role) = {a.step, a.key, false, 0};
        tell(m, "watches ", a.key);
        later([this, &m, role = a.role, step = a.step] {
            auto& w = m.watch_of(role);
            if (w.step != step)
                return;
            // A watch that others share may stand behind the store.
            const auto behind = chance(250) ? static_cast<revision>(below(4)) : 0;
            const auto covered = std::max<revision>(1, db_.now() - behind);
            w.established = true;
            const auto& history = db_.history();
            while (w.next < history.size() && history[w.next].at <= covered)
                ++w.next;
            tell(m, "watches ", w.key, " after ", covered);
            m.machine.on_watching(role, step, covered, moment(m));
            carry_out(m);
        });
    }

    void act(member& m, const lock_action::unwatch& a)
    {
        m.former_watch_of(a.role) = std::exchange(m.watch_of(a.role), {});
    }

    void act(member& m, const lock_action::wake& a)
    {
        later(
            [this, &m, step = a.step] {
                m.machine.on_wake(step, moment(m));
                carry_out(m);
            },
            a.at);
    }

    bool deliver(member& m)
    {
        auto role = below(2) == 0 ? watch_role::own : watch_role::predecessor;
        return deliver(m, role) ||
               deliver(m, role == watch_role::own ? watch_role::predecessor : watch_role::own);
    }

    bool deliver(member& m, watch_role role)
    {
        return deliver(m, role, m.watch_of(role)) || deliver(m, role, m.former_watch_of(role));
    }

    bool deliver(member& m, watch_role role, subscription& w)
    {
        const auto& history = db_.history();
        while (w.established && w.next < history.size()) {
            const auto change = history[w.next++];
            if (change.key != w.key)
                continue;
            tell(m, "hears that ", w.key, change.removed ? " was removed at " : " was put at ", change.at);
            if (change.removed)
                m.machine.on_removed(role, w.step, change.at, moment(m));
            else if (change.create_revision == change.at)
                m.machine.on_created(role, w.step, change.at, moment(m));
            carry_out(m);
            return true;
        }
        return false;
    }

    // ---- what the machine tells ----

    void carry_out(member& m)
    {
        for (auto actions = m.machine.take_actions(); !actions.empty(); actions = m.machine.take_actions())
            for (const auto& a : actions)
                std::visit([&](const auto& any) { act(m, any); }, a);
    }

    user& waiting(member& m, waiter_id id, const char* what)
    {
        const auto it = m.users.find(id);
        if (it == m.users.end() || it->second.state != user::waiting)
            fail(m, std::string{what} + " somebody who does not wait: " + std::to_string(id));
        return it->second;
    }

    void act(member& m, const lock_action::grant& a)
    {
        tell(m, "grants ", a.waiter, " the token ", a.token.revision, '.', a.token.sequence);
        auto& u = waiting(m, a.waiter, "grants");
        for (const auto& [id, other] : m.users) {
            if (other.state == user::holding)
                fail(m, "grants before the release");
            if (id < a.waiter && other.state == user::waiting)
                fail(m, "grants out of turn");
        }
        if (m.ended || now_ >= m.deadline)
            fail(m, "grants after its deadline");
        u.state = user::holding;
        u.token = a.token;
        if (robbed_.contains(a.token.revision))
            return;
        if (a.token <= last_token_)
            fail(m, "grants a token that does not grow");
        last_token_ = a.token;
    }

    void act(member&, const lock_action::tell_place&) {}
    void act(member& m, const lock_action::refuse& a)
    {
        tell(m, "refuses ", a.waiter);
        waiting(m, a.waiter, "refuses").state = user::gone;
    }

    void act(member& m, const lock_action::fail& a)
    {
        tell(m, "fails ", a.waiter);
        waiting(m, a.waiter, "fails").state = user::gone;
        if (a.why == lock_failure::none)
            fail(m, "fails somebody without a reason");
    }

    void act(member& m, const lock_action::released& a)
    {
        tell(m, "has released ", a.holder);
        auto& u = m.users[a.holder];
        if (u.state != user::releasing)
            fail(m, "reports a release that nobody waits for");
        u.state = user::gone;
    }

    void act(member& m, const lock_action::lose& a)
    {
        tell(m, "loses for ", a.holder);
        auto& u = m.users[a.holder];
        if (u.state != user::holding)
            fail(m, "reports a loss to somebody who holds nothing");
        u.state = user::gone;
    }

    // ---- the promises ----

    void check()
    {
        const key_value* first = nullptr;
        for (const auto& [key, kv] : db_.keys())
            if (!first || kv.create_revision < first->create_revision)
                first = &kv;
        unsigned holders = 0;
        for (const auto& m : members_) {
            if (!m->ended && m->machine.finished()) {
                if (db_.keys().contains(m->machine.place().key))
                    fail(*m, "has finished and left its key behind");
                if (m->late_puts != 0)
                    fail(*m, "has finished though its key may still appear");
            }
            const auto* u = m->holder();
            if (!u || now_ >= m->deadline || robbed_.contains(u->token.revision))
                continue;
            if (m->ended)
                fail(*m, "lets a holder believe in an ended session");
            if (++holders > 1)
                fail(*m, "is not alone in holding the lock");
            if (!first || first->key != m->machine.place().key || first->create_revision != u->token.revision)
                fail(*m, "holds a lock that etcd does not give it");
        }
    }

    /// Nothing goes wrong any more: everything that can still happen does.
    void settle()
    {
        for (unsigned steps = 0;; ++steps) {
            if (steps > 20'000)
                fail(*members_.front(), "never comes to rest");
            bool busy = false;
            if (below(2) == 0)
                busy = run_some_due_event();
            if (!busy)
                for (const auto& m : members_)
                    busy = busy || deliver(*m);
            if (!busy)
                busy = run_some_due_event();
            if (!busy) {
                auto next = never;
                for (const auto& e : events_)
                    next = std::min({next, e.from, e.by ? std::max(*e.by, e.from) : never});
                check_nothing_idles();
                if (next == never)
                    return;
                pass_time(std::max(next, now_ + 1ns));
            }
            check();
        }
    }

    /// What can be done without time passing is done.
    void check_nothing_idles()
    {
        for (const auto& m : members_) {
            // A refused request is repeated after a while.
            if (m->ended || now_ >= m->deadline || now_ < m->last_refusal + 2s)
                continue;
            const auto wanted = std::any_of(m->users.begin(), m->users.end(),
                                            [](const auto& u) { return u.second.state != user::gone; });
            if (!wanted && db_.keys().contains(m->machine.place().key))
                fail(*m, "does not take away a key that nobody wants");
            if (m->holder())
                continue;
            for (const auto& [id, u] : m->users) {
                if (u.state != user::waiting)
                    continue;
                if (u.only_if_free)
                    fail(*m, "lets an attempt wait: " + std::to_string(id));
                // A key that has not waited for long is not watched yet.
                if (!db_.keys().contains(m->machine.place().key) &&
                    now_ > m->last_seen + lock_machine::settings::brisk_wait)
                    fail(*m, "has no place in the queue for " + std::to_string(id));
            }
        }
    }

    bool release_some()
    {
        bool some = false;
        for (const auto& m : members_)
            if (auto* u = m->holder()) {
                release(*m, *u, below(2) == 0);
                check();
                some = true;
            }
        return some;
    }

    void check_end()
    {
        for (const auto& m : members_) {
            for (const auto& [id, u] : m->users) {
                if (u.state == user::waiting)
                    fail(*m, "never told " + std::to_string(id));
                // The end of its session is all that a release needs to be told after it.
                if (u.state == user::releasing)
                    fail(*m, "never told " + std::to_string(id) + " about its release");
            }
            if (!m->machine.finished())
                fail(*m, "never finishes");
        }
        if (!db_.keys().empty())
            fail(*members_.front(), "sees a key left behind: " + db_.keys().begin()->first);
    }

    [[noreturn]] void fail(const member& m, const std::string& what)
    {
        tell(m, "BREAKS A PROMISE: ", what);
        throw broken_promise{"the session " + std::to_string(m.lease) + ' ' + what};
    }

    template <class... T>
    void tell(const member& m, const T&... what)
    {
        if (!story_)
            return;
        *story_ << std::chrono::duration<double>(now_.time_since_epoch()).count() << " rev " << db_.now()
                << ' ' << m.machine.place().key << ' ';
        (*story_ << ... << what) << '\n';
    }

    std::mt19937_64 random_;
    faults faults_;
    std::ostream* story_;
    store db_;
    time_point now_{1000s};
    std::vector<event> events_;
    std::vector<std::unique_ptr<member>> members_;
    std::set<revision> robbed_;  ///< create revisions of keys that a stranger deleted
    fencing_token last_token_;
};

std::optional<std::string> breaks_a_promise(std::uint64_t seed, const faults& f,
                                            std::ostream* story = nullptr)
{
    try {
        world{seed, f, story}.run();
    } catch (const broken_promise& e) {
        return e.what();
    }
    return std::nullopt;
}

std::string end_of_story(const std::string& story)
{
    constexpr std::size_t length = 6000;
    return story.size() <= length ? story : "…" + story.substr(story.find('\n', story.size() - length));
}

void try_many_schedules(const faults& f, std::uint64_t first_seed, std::uint64_t count)
{
#ifdef LEASEHOLD_INSTRUMENTED
    count /= 15;
#endif
    if (const char* only = std::getenv("LEASEHOLD_MODEL_SEED")) {
        first_seed = std::strtoull(only, nullptr, 10);
        count = 1;
    } else if (const char* rounds = std::getenv("LEASEHOLD_MODEL_ROUNDS")) {
        count *= std::strtoull(rounds, nullptr, 10);
    }
    for (std::uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
        if (!breaks_a_promise(seed, f))
            continue;
        std::ostringstream story;
        const auto what = breaks_a_promise(seed, f, &story);
        BOOST_REQUIRE_MESSAGE(!what, f.name << ", seed " << seed << " (" << seed - first_seed + 1 << " of "
                                            << count << "): " << what.value_or("") << "\n"
                                            << end_of_story(story.str()));
    }
    BOOST_TEST(count > 0);
}

}  // namespace

BOOST_AUTO_TEST_CASE(promises_hold_while_nothing_fails)
{
    try_many_schedules({.name = "nothing fails"}, 1, 1000);
}

BOOST_AUTO_TEST_CASE(promises_hold_while_answers_are_lost_and_attempts_take_effect_late)
{
    try_many_schedules({.name = "answers are lost", .lost = 300, .broken = 500}, 100'001, 2000);
}

BOOST_AUTO_TEST_CASE(promises_hold_while_requests_are_refused)
{
    try_many_schedules({.name = "requests are refused", .lost = 200, .refused = 150, .broken = 300}, 200'001,
                       1000);
}

BOOST_AUTO_TEST_CASE(promises_hold_while_sessions_die)
{
    try_many_schedules({.name = "sessions die", .lost = 150, .broken = 200, .dying = 300}, 300'001, 1500);
}

BOOST_AUTO_TEST_CASE(promises_hold_while_strangers_delete_keys)
{
    try_many_schedules({.name = "keys are deleted", .lost = 150, .broken = 500, .robbed = 400}, 400'001,
                       1500);
}

BOOST_AUTO_TEST_CASE(promises_hold_while_everything_fails_at_once)
{
    try_many_schedules(
        {.name = "everything fails", .lost = 200, .refused = 60, .broken = 300, .dying = 150, .robbed = 150},
        500'001, 1500);
}

BOOST_AUTO_TEST_SUITE_END()
