// SPDX-License-Identifier: Apache-2.0
// One session's lock machine, step by step: each input returns in words what the machine does about it.
#include <core/lock_machine.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>

BOOST_AUTO_TEST_SUITE(core_lock_machine)

using namespace leasehold;
using namespace leasehold::core;
using namespace std::chrono_literals;

namespace {

using time_point = boot_clock::time_point;

std::string name_of(watch_role role)
{
    return role == watch_role::own ? "own" : "predecessor";
}

std::string name_of(lock_failure why)
{
    switch (why) {
    case lock_failure::none:
        return "";
    case lock_failure::session_lost:
        return " session_lost";
    case lock_failure::session_closed:
        return " session_closed";
    case lock_failure::key_deleted:
        return " key_deleted";
    case lock_failure::refused:
        return " refused";
    }
    return " ?";
}

queue_position owner(revision own)
{
    return {own, own, true, {}};
}

/// With others before the predecessor.
queue_position behind(const std::string& predecessor, revision own, revision store)
{
    return {store, own, true, "lock/" + predecessor, 2};
}

/// As an enqueue finds it that only counts.
queue_position among(std::size_t others, revision own)
{
    return {own, own, false, {}, others};
}

/// As a look finds it that was for a certain predecessor, or nearby.
queue_position nobody_there(revision own, revision store)
{
    return {store, own, false, {}};
}

/// As a repeated enqueue finds it: the key is there, from an earlier attempt.
queue_position found(revision own, revision store)
{
    return {store, own, false, {}};
}

queue_position gone(revision store)
{
    return {store, 0, false, {}};
}

/// A machine for the key "lock/10", the clock, and the answers to what it asked last.
class timeline {
public:
    lock_machine machine;
    time_point now{1000s};
    time_point deadline = now + 1h;

    explicit timeline(bool tells_places = false) : machine{lock_place::make("lock", 0x10), tells_places} {}

    timeline& after(boot_clock::duration d)
    {
        now += d;
        return *this;
    }

    // What users do.
    std::string join(waiter_id id, const std::string& value = {}, boot_clock::duration local_turn = 20ms)
    {
        machine.join({id, false, local_turn, value}, moment());
        return done();
    }
    /// With the owner record, as of that second.
    std::string join_recorded(waiter_id id, const std::string& second)
    {
        machine.join({id, false, 20ms, "host=h since=" + second, true}, moment());
        return done();
    }
    std::string try_join(waiter_id id)
    {
        machine.join({id, true, 20ms, {}}, moment());
        return done();
    }
    std::string give_up(waiter_id id)
    {
        machine.give_up(id, moment());
        return done();
    }
    std::string release(waiter_id id, bool may_pass = true)
    {
        machine.release(id, may_pass, moment());
        return done();
    }

    // Answers to the last question of their kind.
    std::string enqueued(const queue_position& p, bool repeated = false)
    {
        return enqueued_at(enqueue_, p, repeated);
    }
    std::string enqueued_at(step_id step, const queue_position& p, bool repeated = false)
    {
        machine.on_enqueued(step, p, repeated, moment());
        return done();
    }
    std::string enqueue_refused(bool repeated = false)
    {
        machine.on_enqueue_refused(enqueue_, repeated, moment());
        return done();
    }
    std::string looked(const queue_position& p) { return looked_at(look_, p); }
    std::string looked_at(step_id step, const queue_position& p)
    {
        machine.on_looked(step, p, moment());
        return done();
    }
    std::string look_refused()
    {
        machine.on_look_refused(look_, moment());
        return done();
    }
    std::string left(bool existed = true, bool repeated = false)
    {
        return left_at(leave_, existed, repeated);
    }
    std::string left_at(step_id step, bool existed = true, bool repeated = false)
    {
        machine.on_left(step, existed, repeated, moment());
        return done();
    }
    std::string leave_refused()
    {
        machine.on_leave_refused(leave_, moment());
        return done();
    }
    std::string watching(watch_role role, revision covered)
    {
        machine.on_watching(role, watch(role), covered, moment());
        return done();
    }
    std::string watch_broken(watch_role role)
    {
        machine.on_watch_broken(role, watch(role));
        return done();
    }
    std::string watch_refused(watch_role role)
    {
        machine.on_watch_refused(role, watch(role), moment());
        return done();
    }
    std::string removed(watch_role role, revision at) { return removed_at(role, watch(role), at); }
    std::string removed_at(watch_role role, step_id step, revision at)
    {
        machine.on_removed(role, step, at, moment());
        return done();
    }
    std::string created(revision create_revision)
    {
        machine.on_created(watch_role::own, watch(watch_role::own), create_revision, moment());
        return done();
    }
    /// Goes to the time of the last wake that was asked for.
    std::string wake()
    {
        now = std::max(now, wake_at_);
        return wake_at(wake_);
    }
    std::string wake_at(step_id step)
    {
        machine.on_wake(step, moment());
        return done();
    }
    std::string session_ended(lock_failure why = lock_failure::session_lost)
    {
        machine.on_session_ended(why);
        return done();
    }
    std::string session_closing()
    {
        machine.on_session_closing(lock_failure::session_closed, moment());
        return done();
    }

    step_id last_enqueue() const { return enqueue_; }
    step_id last_look() const { return look_; }
    step_id last_leave() const { return leave_; }
    step_id last_wake() const { return wake_; }
    step_id watch(watch_role role) const { return watches_[role == watch_role::own]; }

private:
    lock_machine::moment moment() const { return {now, deadline}; }

    std::string done()
    {
        std::string words;
        for (const auto& action : machine.take_actions()) {
            if (!words.empty())
                words += "; ";
            words += std::visit([this](const auto& a) { return tell(a); }, action);
        }
        return words;
    }

    std::string tell(const lock_action::enqueue& a)
    {
        enqueue_ = a.step;
        std::string words = "enqueue";
        if (a.how == lock_request::kind::try_enqueue)
            words += " if free";
        else if (a.how == lock_request::kind::enqueue_behind)
            words += " behind";
        return words + (a.value.str().empty() ? "" : " as " + a.value.str());
    }
    std::string tell(const lock_action::look& a)
    {
        look_ = a.step;
        switch (a.what) {
        case sight::own:
            return "look for own";
        case sight::predecessor:
            return "look at " + a.predecessor;
        case sight::nearby:
            return "look nearby";
        case sight::place:
            break;
        }
        return "look from " + std::to_string(a.own);
    }
    std::string tell(const lock_action::leave& a)
    {
        leave_ = a.step;
        return "leave " + std::to_string(a.own);
    }
    std::string tell(const lock_action::watch& a)
    {
        watches_[a.role == watch_role::own] = a.step;
        return "watch " + name_of(a.role) + ' ' + a.key;
    }
    std::string tell(const lock_action::unwatch& a) { return "unwatch " + name_of(a.role); }
    std::string tell(const lock_action::grant& a)
    {
        return "grant " + std::to_string(a.waiter) + " token " + std::to_string(a.token.revision) + '.' +
               std::to_string(a.token.sequence);
    }
    std::string tell(const lock_action::tell_place& a)
    {
        return std::to_string(a.waiter) + " is at " + std::to_string(a.position);
    }
    std::string tell(const lock_action::refuse& a) { return "refuse " + std::to_string(a.waiter); }
    std::string tell(const lock_action::fail& a)
    {
        return "fail " + std::to_string(a.waiter) + name_of(a.why);
    }
    std::string tell(const lock_action::released& a)
    {
        return "released " + std::to_string(a.holder) + name_of(a.why);
    }
    std::string tell(const lock_action::lose& a)
    {
        return "lose " + std::to_string(a.holder) + name_of(a.why);
    }
    std::string tell(const lock_action::wake& a)
    {
        wake_ = a.step;
        wake_at_ = a.at;
        return "wake in " +
               std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(a.at - now).count()) +
               "ms";
    }

    step_id enqueue_ = 0;
    step_id look_ = 0;
    step_id leave_ = 0;
    step_id wake_ = 0;
    time_point wake_at_{};
    std::array<step_id, 2> watches_{};
};

using settings = lock_machine::settings;
constexpr auto own = watch_role::own;
constexpr auto predecessor = watch_role::predecessor;

/// Waiter 1 holds the lock by the key created at 10; the key is not watched yet.
struct holding : timeline {
    holding()
    {
        join(1);
        enqueued(owner(10));
    }
};

/// As above, and the key is watched.
struct watched_holding : holding {
    watched_holding()
    {
        wake();
        watching(own, 10);
    }
};

/// Waiter 1 waits at 10 behind "lock/20"; both watches are set up.
struct queued : timeline {
    queued()
    {
        join(1);
        enqueued(behind("20", 10, 10));
        watching(predecessor, 10);
        wake();
        watching(own, 10);
    }
};

/// Nobody wants the lock, and an attempt whose answer was lost may still create the key.
struct haunted : timeline {
    haunted()
    {
        try_join(1);
        enqueued(gone(10), true);
    }
};

}  // namespace

// ---- places ----

BOOST_AUTO_TEST_CASE(whoever_is_not_the_next_is_told_its_place_once)
{
    timeline t{true};
    t.join(1);
    t.join(2);
    auto third = behind("20", 10, 10);
    third.ahead = 2;
    BOOST_TEST(t.enqueued(third) == "watch predecessor lock/20; wake in 30ms; 1 is at 2; 2 is at 3");
    BOOST_TEST(t.join(3) == "3 is at 4");
    t.watching(predecessor, 10);
    BOOST_TEST(t.removed(predecessor, 11) == "look from 10");
    BOOST_TEST(t.looked(owner(10)) == "unwatch predecessor; grant 1 token 10.0; wake in 30ms");
    BOOST_TEST(t.join(4) == "4 is at 3");
    BOOST_TEST(t.release(1) == "released 1; grant 2 token 10.1");
    BOOST_TEST(t.join(5) == "5 is at 3");
}

BOOST_AUTO_TEST_CASE(behind_an_owner_the_local_places_are_told)
{
    timeline t{true};
    t.join(1);
    t.join(2);
    BOOST_TEST(t.enqueued(owner(10)) == "grant 1 token 10.0; wake in 30ms; 2 is at 1");
}

// ---- one waiter ----

BOOST_FIXTURE_TEST_CASE(a_new_machine_has_nothing_to_do, timeline)
{
    BOOST_TEST(machine.finished());
    BOOST_TEST(give_up(1) == "");
}

BOOST_FIXTURE_TEST_CASE(an_empty_queue_gives_the_lock_in_one_round_trip, timeline)
{
    BOOST_TEST(join(1, "me") == "enqueue as me");
    BOOST_TEST(!machine.finished());
    BOOST_TEST(enqueued(owner(10)) == "grant 1 token 10.0; wake in 30ms");
    BOOST_TEST(release(1) == "leave 10");
    BOOST_TEST(!machine.finished());
    BOOST_TEST(left() == "released 1");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(a_queue_gives_a_place_and_the_predecessor_is_watched, timeline)
{
    join(1);
    BOOST_TEST(enqueued(behind("20", 10, 10)) == "watch predecessor lock/20; wake in 30ms");
    BOOST_TEST(watching(predecessor, 10) == "");
    BOOST_TEST(wake() == "watch own lock/10");
    BOOST_TEST(watching(own, 10) == "");
    BOOST_TEST(removed(predecessor, 11) == "look from 10");
    BOOST_TEST(looked(owner(10)) == "unwatch predecessor; grant 1 token 10.0");
}

BOOST_FIXTURE_TEST_CASE(after_a_brisk_wait_the_next_one_is_watched_later, timeline)
{
    const auto wait = [this](waiter_id id, revision own, boot_clock::duration how_long) {
        join(id);
        const auto begun = enqueued(behind("20", own, own));
        watching(predecessor, own);
        after(how_long);
        removed(predecessor, own + 1);
        looked(owner(own));
        release(id);
        left();
        return begun;
    };
    const std::string watches = "watch predecessor lock/20; wake in ";
    BOOST_TEST(wait(1, 10, 499ms) == watches + "30ms");
    BOOST_TEST(wait(2, 20, 500ms) == watches + "500ms");
    BOOST_TEST(wait(3, 30, 10ms) == watches + "30ms");
    // A wait that is given up when it was no longer brisk counts, too.
    BOOST_TEST(wait(6, 60, 10ms) == watches + "500ms");
    join(7);
    enqueued(behind("20", 70, 70));
    wake();
    give_up(7);
    left();
    BOOST_TEST(wait(8, 80, 10ms) == watches + "30ms");
    // Who finds the lock free has not waited.
    join(4);
    enqueued(owner(40));
    after(1s);
    release(4);
    left();
    BOOST_TEST(wait(5, 50, 10ms) == watches + "500ms");
}

BOOST_FIXTURE_TEST_CASE(a_key_held_for_long_is_watched, holding)
{
    BOOST_TEST(wake() == "watch own lock/10");
    BOOST_TEST(watching(own, 10) == "");
    BOOST_TEST(release(1) == "unwatch own; leave 10");
}

BOOST_FIXTURE_TEST_CASE(a_key_held_shortly_is_never_watched, holding)
{
    BOOST_TEST(release(1) == "leave 10");
    BOOST_TEST(left() == "released 1");
    BOOST_TEST(wake() == "");
}

// ---- how to join, and what to look for ----

BOOST_FIXTURE_TEST_CASE(who_has_only_counted_the_others_looks_for_the_one_before, timeline)
{
    BOOST_TEST(join(1) == "enqueue");
    BOOST_TEST(enqueued(among(3, 10)) == "wake in 30ms; look from 10");
    BOOST_TEST(looked(behind("20", 10, 11)) == "watch predecessor lock/20");
}

BOOST_FIXTURE_TEST_CASE(of_a_crowd_somebody_nearby_is_followed_first, timeline)
{
    join(1);
    BOOST_TEST(enqueued(among(settings::crowd + 1, 10)) == "wake in 30ms; look nearby");
    BOOST_TEST(looked(behind("99", 10, 11)) == "watch predecessor lock/99");
    BOOST_TEST(watching(predecessor, 12) == "look at lock/99");
    BOOST_TEST(looked(behind("99", 10, 12)) == "");
    BOOST_TEST(removed(predecessor, 13) == "look from 10");
    BOOST_TEST(looked(behind("20", 10, 14)) == "unwatch predecessor; watch predecessor lock/20");
    BOOST_TEST(watching(predecessor, 14) == "");
    BOOST_TEST(removed(predecessor, 15) == "look from 10");
    BOOST_TEST(looked({15, 10, true, {}}) == "unwatch predecessor; grant 1 token 10.0; wake in 30ms");
}

BOOST_FIXTURE_TEST_CASE(where_nobody_is_nearby_the_whole_queue_is_looked_at, timeline)
{
    join(1);
    enqueued(among(settings::crowd + 1, 10));
    BOOST_TEST(looked(nobody_there(10, 11)) == "look from 10");
    BOOST_TEST(looked(behind("20", 10, 11)) == "watch predecessor lock/20");
}

BOOST_FIXTURE_TEST_CASE(who_has_waited_expects_others_the_next_time, timeline)
{
    auto again = [this, id = waiter_id{0}](const queue_position& p) mutable {
        const auto how = join(++id);
        enqueued(p);
        if (p.known && p.predecessor.empty())
            release(id);
        else
            give_up(id);
        left();
        return how;
    };
    auto alone = owner(10);
    alone.ahead = 0;
    BOOST_TEST(again(alone) == "enqueue");
    BOOST_TEST(again(among(1, 20)) == "enqueue");
    BOOST_TEST(again(behind("20", 30, 30)) == "enqueue behind");
    BOOST_TEST(again(alone) == "enqueue behind");
    BOOST_TEST(again(among(settings::crowd, 50)) == "enqueue");
    BOOST_TEST(again(alone) == "enqueue behind");
    BOOST_TEST(again(among(settings::crowd + 1, 60)) == "enqueue");
    BOOST_TEST(again(alone) == "enqueue");
    BOOST_TEST(again(among(1, 70)) == "enqueue");
    // Of an attempt's place nothing is known but that the lock was free.
    BOOST_TEST(try_join(100) == "enqueue if free");
    enqueued(alone);
    release(100);
    left();
    BOOST_TEST(again(alone) == "enqueue");
}

// ---- between looks and watches ----

BOOST_FIXTURE_TEST_CASE(a_predecessor_gone_before_its_watch_began_is_noticed, timeline)
{
    join(1);
    enqueued(behind("20", 10, 10));
    BOOST_TEST(watching(predecessor, 11) == "look at lock/20");
    BOOST_TEST(looked(nobody_there(10, 11)) == "look from 10");
    BOOST_TEST(looked({11, 10, true, {}}) == "unwatch predecessor; grant 1 token 10.0; wake in 30ms");
}

BOOST_FIXTURE_TEST_CASE(a_watch_that_begins_where_the_look_ended_needs_no_second_look, timeline)
{
    join(1);
    enqueued(behind("20", 10, 10));
    BOOST_TEST(watching(predecessor, 10) == "");
}

BOOST_FIXTURE_TEST_CASE(a_key_that_waits_shortly_is_never_watched, timeline)
{
    join(1);
    enqueued(behind("20", 10, 10));
    watching(predecessor, 10);
    after(1ms).removed(predecessor, 11);
    BOOST_TEST(looked({11, 10, true, {}}) == "unwatch predecessor; grant 1 token 10.0; wake in 30ms");
    BOOST_TEST(release(1) == "leave 10");
}

// A watch that is shared, or kept from an earlier turn, may tell what was before our last look.
BOOST_FIXTURE_TEST_CASE(an_earlier_removal_of_a_key_named_as_the_predecessor_is_not_looked_at, timeline)
{
    join(1);
    enqueued(behind("20", 10, 10));
    BOOST_TEST(watching(predecessor, 5) == "");
    BOOST_TEST(removed(predecessor, 8) == "");
    BOOST_TEST(removed(predecessor, 11) == "look from 10");
}

BOOST_FIXTURE_TEST_CASE(a_removal_waits_for_no_look_under_way, queued)
{
    BOOST_TEST(watch_broken(own) == "watch own lock/10");
    BOOST_TEST(watching(own, 15) == "look at lock/20");
    const auto former = last_look();
    BOOST_TEST(removed(predecessor, 17) == "look from 10");
    // That look was made before the removal.
    BOOST_TEST(looked_at(former, behind("20", 10, 16)) == "");
    BOOST_TEST(looked({17, 10, true, {}}) == "unwatch predecessor; grant 1 token 10.0");
}

BOOST_FIXTURE_TEST_CASE(a_gap_seen_while_a_look_is_under_way_is_looked_at_after_it, timeline)
{
    join(1);
    enqueued(behind("20", 10, 10));
    BOOST_TEST(watching(predecessor, 11) == "look at lock/20");
    wake();
    BOOST_TEST(watching(own, 14) == "");
    BOOST_TEST(looked(behind("20", 10, 12)) == "look at lock/20");
    BOOST_TEST(looked(behind("20", 10, 15)) == "");
}

BOOST_FIXTURE_TEST_CASE(one_look_for_the_removals_of_one_predecessor, queued)
{
    BOOST_TEST(removed(predecessor, 11) == "look from 10");
    // It has queued again, behind us, and left.
    BOOST_TEST(removed(predecessor, 13) == "");
    BOOST_TEST(looked(behind("15", 10, 12)) == "unwatch predecessor; watch predecessor lock/15");
}

BOOST_FIXTURE_TEST_CASE(the_watch_of_a_predecessor_that_has_left_is_not_renewed, queued)
{
    removed(predecessor, 11);
    BOOST_TEST(watch_broken(predecessor) == "");
    BOOST_TEST(looked(behind("15", 10, 12)) == "watch predecessor lock/15");
}

BOOST_FIXTURE_TEST_CASE(a_predecessor_that_gave_up_is_replaced_by_the_one_before_it, queued)
{
    removed(predecessor, 11);
    BOOST_TEST(looked(behind("15", 10, 11)) == "unwatch predecessor; watch predecessor lock/15");
    BOOST_TEST(watching(predecessor, 11) == "");
    BOOST_TEST(removed(predecessor, 12) == "look from 10");
    BOOST_TEST(looked(owner(10)) == "unwatch predecessor; grant 1 token 10.0");
}

BOOST_FIXTURE_TEST_CASE(the_watch_of_a_former_predecessor_is_not_listened_to, queued)
{
    const auto former = watch(predecessor);
    removed(predecessor, 11);
    looked(behind("15", 10, 11));
    BOOST_TEST(removed_at(predecessor, former, 12) == "");
}

BOOST_FIXTURE_TEST_CASE(a_gap_of_the_own_watch_seen_while_a_look_is_under_way_is_closed_after_it, queued)
{
    watch_broken(own);
    removed(predecessor, 11);
    BOOST_TEST(watching(own, 14) == "");
    BOOST_TEST(looked({12, 10, true, {}}) == "unwatch predecessor; look for own; grant 1 token 10.0");
    BOOST_TEST(looked(gone(14)) == "unwatch own; lose 1 key_deleted");
}

BOOST_FIXTURE_TEST_CASE(broken_watches_are_renewed_and_their_gap_is_looked_at, queued)
{
    BOOST_TEST(watch_broken(predecessor) == "watch predecessor lock/20");
    BOOST_TEST(watching(predecessor, 13) == "look at lock/20");
    BOOST_TEST(looked(behind("20", 10, 13)) == "");
    BOOST_TEST(watch_broken(own) == "watch own lock/10");
    BOOST_TEST(watching(own, 13) == "");
}

BOOST_FIXTURE_TEST_CASE(a_watch_that_breaks_twice_is_renewed_once, queued)
{
    const auto broken = watch(predecessor);
    watch_broken(predecessor);
    machine.on_watch_broken(predecessor, broken);
    BOOST_TEST(machine.take_actions().empty());
}

BOOST_FIXTURE_TEST_CASE(waiters_that_may_not_watch_are_told, queued)
{
    join(2);
    BOOST_TEST(watch_refused(predecessor) == "fail 1 refused; fail 2 refused; unwatch own; leave 10");
    BOOST_TEST(left() == "");
}

BOOST_FIXTURE_TEST_CASE(a_holder_that_may_not_watch_asks_again_later, holding)
{
    BOOST_TEST(wake() == "watch own lock/10");
    BOOST_TEST(watch_refused(own) == "wake in 1000ms");
    BOOST_TEST(wake() == "watch own lock/10");
}

// ---- local waiters ----

BOOST_FIXTURE_TEST_CASE(local_waiters_take_turns_in_their_order_without_etcd, holding)
{
    BOOST_TEST(join(2) == "");
    BOOST_TEST(join(3) == "");
    BOOST_TEST(after(5ms).release(1) == "released 1; grant 2 token 10.1");
    BOOST_TEST(after(5ms).release(2) == "released 2; grant 3 token 10.2");
    BOOST_TEST(release(3) == "leave 10");
}

BOOST_FIXTURE_TEST_CASE(the_turn_of_a_process_ends_and_others_get_the_lock, holding)
{
    join(2);
    BOOST_TEST(after(20ms).release(1) == "leave 10");
    BOOST_TEST(left() == "released 1; enqueue");
    BOOST_TEST(enqueued(behind("20", 15, 15)) == "watch predecessor lock/20; wake in 30ms");
}

BOOST_FIXTURE_TEST_CASE(the_turn_counts_from_the_first_holder_not_from_the_last, holding)
{
    join(2);
    join(3);
    after(15ms).release(1);
    BOOST_TEST(after(5ms).release(2) == "leave 10");
}

// Otherwise nobody would notice for a whole turn that the key was deleted.
BOOST_FIXTURE_TEST_CASE(a_key_held_for_long_by_many_short_holders_is_watched, holding)
{
    const auto wake = last_wake();
    join(2);
    join(3);
    after(6ms).release(1);
    after(3ms).release(2);
    BOOST_TEST(after(1ms).wake_at(wake) == "watch own lock/10");
    BOOST_TEST(watching(own, 12) == "look for own");
    BOOST_TEST(looked(gone(12)) == "unwatch own; lose 3 key_deleted");
}

BOOST_FIXTURE_TEST_CASE(without_a_local_turn_every_release_goes_through_etcd, timeline)
{
    join(1, {}, 0ms);
    enqueued(owner(10));
    join(2, {}, 0ms);
    BOOST_TEST(release(1) == "leave 10");
}

BOOST_FIXTURE_TEST_CASE(a_fenced_holder_passes_nothing_on, holding)
{
    join(2);
    BOOST_TEST(release(1, false) == "leave 10");
    BOOST_TEST(left() == "released 1; enqueue");
}

BOOST_AUTO_TEST_CASE(nobody_inherits_the_place_of_somebody_with_another_value)
{
    timeline waiting;
    waiting.join(1, "a");
    waiting.join(2, "b");
    waiting.enqueued(behind("20", 10, 10));
    BOOST_TEST(waiting.give_up(1) == "unwatch predecessor; leave 10");
    BOOST_TEST(waiting.left() == "enqueue behind as b");

    timeline joining;
    joining.join(1, "a");
    joining.join(2, "b");
    joining.join(3, "a");
    joining.give_up(1);
    BOOST_TEST(joining.enqueued(owner(10)) == "leave 10");
    BOOST_TEST(joining.left() == "enqueue as b");
    BOOST_TEST(joining.enqueued(owner(12)) == "grant 2 token 12.0; wake in 30ms");

    timeline alike;
    alike.join(1, "a");
    alike.join(2, "a");
    alike.enqueued(behind("20", 10, 10));
    BOOST_TEST(alike.give_up(1) == "");
}

BOOST_AUTO_TEST_CASE(records_of_different_times_share_a_key)
{
    timeline t;
    BOOST_TEST(t.join_recorded(1, "10:00:00") == "enqueue as host=h since=10:00:00");
    t.enqueued(owner(10));
    t.join_recorded(2, "10:00:01");
    t.join(3, "host=h since=10:00:00");
    BOOST_TEST(t.release(1) == "released 1; grant 2 token 10.1");
    BOOST_TEST(t.release(2) == "released 2; grant 3 token 10.2");
    t.join(4, "an own value");
    BOOST_TEST(t.release(3) == "leave 10");
}

BOOST_FIXTURE_TEST_CASE(a_waiter_with_another_value_needs_a_key_of_its_own, holding)
{
    join(2, "other");
    BOOST_TEST(release(1) == "leave 10");
    BOOST_TEST(left() == "released 1; enqueue as other");
}

BOOST_FIXTURE_TEST_CASE(tokens_start_again_under_a_new_key, holding)
{
    join(2);
    release(1);
    release(2);
    join(3);
    left();
    BOOST_TEST(enqueued(owner(20)) == "grant 3 token 20.0; wake in 30ms");
}

BOOST_FIXTURE_TEST_CASE(waiters_share_one_place_in_the_queue, queued)
{
    BOOST_TEST(join(2) == "");
    removed(predecessor, 11);
    BOOST_TEST(looked(owner(10)) == "unwatch predecessor; grant 1 token 10.0");
    BOOST_TEST(release(1) == "released 1; grant 2 token 10.1");
}

BOOST_FIXTURE_TEST_CASE(a_waiter_that_comes_while_the_key_goes_queues_again, holding)
{
    release(1);
    BOOST_TEST(join(2) == "");
    BOOST_TEST(left() == "released 1; enqueue");
}

BOOST_FIXTURE_TEST_CASE(a_release_by_somebody_else_does_nothing, holding)
{
    BOOST_TEST(release(2) == "");
    BOOST_TEST(release(1) == "leave 10");
    BOOST_TEST(release(1) == "");
}

// ---- attempts that do not wait ----

BOOST_FIXTURE_TEST_CASE(an_attempt_takes_a_free_lock, timeline)
{
    BOOST_TEST(try_join(1) == "enqueue if free");
    BOOST_TEST(enqueued(owner(10)) == "grant 1 token 10.0; wake in 30ms");
}

BOOST_FIXTURE_TEST_CASE(an_attempt_at_a_taken_lock_is_refused_and_leaves_nothing, timeline)
{
    try_join(1);
    BOOST_TEST(enqueued(gone(10)) == "refuse 1");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(an_attempt_is_refused_at_once_while_one_of_ours_holds, holding)
{
    BOOST_TEST(try_join(2) == "refuse 2");
}

BOOST_FIXTURE_TEST_CASE(an_attempt_is_refused_at_once_while_one_of_ours_waits, queued)
{
    BOOST_TEST(try_join(2) == "refuse 2");
}

BOOST_FIXTURE_TEST_CASE(an_attempt_is_refused_at_once_while_one_of_ours_asks, timeline)
{
    join(1);
    BOOST_TEST(try_join(2) == "refuse 2");
}

BOOST_FIXTURE_TEST_CASE(an_attempt_while_the_key_goes_is_made_when_it_is_gone, holding)
{
    release(1);
    BOOST_TEST(try_join(2) == "");
    BOOST_TEST(left() == "released 1; enqueue if free");
    BOOST_TEST(enqueued(owner(20)) == "grant 2 token 20.0; wake in 30ms");
}

BOOST_FIXTURE_TEST_CASE(an_attempt_is_not_left_waiting_in_the_place_of_one_who_gave_up, timeline)
{
    join(1);
    give_up(1);
    BOOST_TEST(try_join(2) == "");
    BOOST_TEST(enqueued(behind("20", 10, 10)) == "refuse 2; leave 10");
}

BOOST_FIXTURE_TEST_CASE(an_attempt_may_use_the_lock_that_one_who_gave_up_was_given, timeline)
{
    join(1);
    give_up(1);
    try_join(2);
    BOOST_TEST(enqueued(owner(10)) == "grant 2 token 10.0; wake in 30ms");
}

BOOST_FIXTURE_TEST_CASE(those_behind_a_refused_attempt_queue_for_themselves, timeline)
{
    try_join(1);
    BOOST_TEST(join(2) == "");
    BOOST_TEST(enqueued(gone(10)) == "refuse 1; enqueue");
}

BOOST_FIXTURE_TEST_CASE(an_answer_to_an_attempt_given_up_refuses_nobody_else, timeline)
{
    try_join(1);
    give_up(1);
    try_join(2);
    BOOST_TEST(enqueued(gone(10)) == "enqueue if free");
    BOOST_TEST(enqueued(gone(10)) == "refuse 2");
}

// ---- giving up ----

BOOST_FIXTURE_TEST_CASE(giving_up_while_asking_leaves_the_place_when_it_is_known, timeline)
{
    join(1);
    BOOST_TEST(give_up(1) == "");
    BOOST_TEST(!machine.finished());
    BOOST_TEST(enqueued(behind("20", 10, 10)) == "leave 10");
    BOOST_TEST(left() == "");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(giving_up_while_asking_gives_back_a_lock_granted_meanwhile, timeline)
{
    join(1);
    give_up(1);
    BOOST_TEST(enqueued(owner(10)) == "leave 10");
    BOOST_TEST(left() == "");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(giving_up_while_waiting_leaves_the_queue, queued)
{
    BOOST_TEST(give_up(1) == "unwatch predecessor; unwatch own; leave 10");
    BOOST_TEST(left() == "");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(giving_up_while_looking_leaves_the_queue_and_ignores_what_was_seen, queued)
{
    removed(predecessor, 11);
    BOOST_TEST(give_up(1) == "unwatch predecessor; unwatch own; leave 10");
    BOOST_TEST(looked(owner(10)) == "");
    BOOST_TEST(left() == "");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(one_waiter_giving_up_does_not_disturb_the_next, queued)
{
    join(2);
    BOOST_TEST(give_up(1) == "");
    removed(predecessor, 11);
    BOOST_TEST(looked(owner(10)) == "unwatch predecessor; grant 2 token 10.0");
}

BOOST_FIXTURE_TEST_CASE(a_waiter_behind_a_holder_gives_up_without_a_trace, holding)
{
    join(2);
    BOOST_TEST(give_up(2) == "");
    BOOST_TEST(release(1) == "leave 10");
}

BOOST_FIXTURE_TEST_CASE(giving_up_while_the_key_goes_queues_nobody, holding)
{
    release(1);
    join(2);
    give_up(2);
    BOOST_TEST(left() == "released 1");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(a_holder_cannot_give_up, holding)
{
    BOOST_TEST(give_up(1) == "");
    BOOST_TEST(release(1) == "leave 10");
}

BOOST_FIXTURE_TEST_CASE(giving_up_and_coming_back_before_the_answer_uses_the_same_place, timeline)
{
    join(1);
    give_up(1);
    BOOST_TEST(join(2) == "");
    BOOST_TEST(enqueued(owner(10)) == "grant 2 token 10.0; wake in 30ms");
}

// ---- the own key deleted by somebody else ----

BOOST_FIXTURE_TEST_CASE(a_waiter_whose_key_is_deleted_is_told, queued)
{
    BOOST_TEST(removed(own, 11) == "unwatch predecessor; unwatch own; fail 1 key_deleted");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(those_behind_a_waiter_whose_key_is_deleted_queue_again, queued)
{
    join(2);
    BOOST_TEST(removed(own, 11) == "unwatch predecessor; unwatch own; fail 1 key_deleted; enqueue behind");
}

BOOST_FIXTURE_TEST_CASE(a_holder_whose_key_is_deleted_is_told_and_others_queue_again, watched_holding)
{
    join(2);
    BOOST_TEST(removed(own, 11) == "unwatch own; lose 1 key_deleted; enqueue");
    BOOST_TEST(release(1) == "");
}

BOOST_FIXTURE_TEST_CASE(a_key_deleted_before_its_watch_began_is_noticed, holding)
{
    wake();
    BOOST_TEST(watching(own, 12) == "look for own");
    BOOST_TEST(looked(gone(12)) == "unwatch own; lose 1 key_deleted");
}

BOOST_FIXTURE_TEST_CASE(a_key_still_there_after_a_gap_is_still_held, holding)
{
    wake();
    watching(own, 12);
    BOOST_TEST(looked(found(10, 12)) == "");
    BOOST_TEST(release(1) == "unwatch own; leave 10");
}

BOOST_FIXTURE_TEST_CASE(a_second_gap_while_the_holder_looks_is_looked_at_too, holding)
{
    wake();
    BOOST_TEST(watching(own, 12) == "look for own");
    watch_broken(own);
    BOOST_TEST(watching(own, 14) == "");
    BOOST_TEST(looked(found(10, 12)) == "look for own");
    BOOST_TEST(looked(gone(14)) == "unwatch own; lose 1 key_deleted");
}

BOOST_FIXTURE_TEST_CASE(a_key_deleted_and_created_again_is_not_ours, holding)
{
    wake();
    watching(own, 12);
    BOOST_TEST(looked(found(11, 12)) == "unwatch own; lose 1 key_deleted");
}

BOOST_FIXTURE_TEST_CASE(a_deletion_between_the_predecessors_removal_and_the_look_is_noticed, queued)
{
    removed(predecessor, 11);
    BOOST_TEST(looked(gone(12)) == "unwatch predecessor; unwatch own; fail 1 key_deleted");
}

BOOST_FIXTURE_TEST_CASE(a_removal_from_before_our_key_is_not_about_it, watched_holding)
{
    BOOST_TEST(removed(own, 9) == "");
    BOOST_TEST(release(1) == "unwatch own; leave 10");
}

BOOST_FIXTURE_TEST_CASE(a_key_deleted_before_its_release_is_reported, holding)
{
    release(1);
    BOOST_TEST(left(false) == "released 1 key_deleted");
}

BOOST_FIXTURE_TEST_CASE(a_repeated_release_does_not_blame_a_stranger, holding)
{
    release(1);
    BOOST_TEST(left(false, true) == "released 1");
}

BOOST_FIXTURE_TEST_CASE(a_local_turn_taken_over_a_deleted_key_is_lost_too, timeline)
{
    join(1, {}, 100ms);
    enqueued(owner(10));
    wake();
    watching(own, 10);
    join(2);
    BOOST_TEST(release(1) == "released 1; grant 2 token 10.1");
    BOOST_TEST(removed(own, 11) == "unwatch own; lose 2 key_deleted");
}

// ---- attempts whose answers were lost ----

BOOST_FIXTURE_TEST_CASE(a_repeated_enqueue_looks_for_its_place, timeline)
{
    join(1);
    BOOST_TEST(enqueued(found(10, 12), true) == "wake in 30ms; look from 10");
    BOOST_TEST(looked(behind("20", 10, 12)) == "watch predecessor lock/20");
}

BOOST_FIXTURE_TEST_CASE(a_repeated_enqueue_was_no_brisk_wait, timeline)
{
    join(1);
    enqueued(found(10, 12), true);
    looked({12, 10, true, {}});
    release(1);
    left();
    join(2);
    BOOST_TEST(enqueued(behind("20", 20, 20)) == "watch predecessor lock/20; wake in 30ms");
}

BOOST_FIXTURE_TEST_CASE(a_repeated_enqueue_may_find_that_it_owns_the_lock, timeline)
{
    join(1);
    enqueued(found(10, 12), true);
    BOOST_TEST(looked({12, 10, true, {}}) == "grant 1 token 10.0; wake in 30ms");
}

BOOST_FIXTURE_TEST_CASE(a_place_lost_before_it_was_looked_at_is_told, timeline)
{
    join(1);
    enqueued(found(10, 12), true);
    BOOST_TEST(looked(gone(13)) == "fail 1 key_deleted; watch own lock/10; wake in 30000ms");
}

BOOST_FIXTURE_TEST_CASE(giving_up_a_place_not_looked_at_yet_leaves_it, timeline)
{
    join(1);
    give_up(1);
    BOOST_TEST(enqueued(found(10, 12), true) == "leave 10");
    BOOST_TEST(left() == "watch own lock/10; wake in 30000ms");
}

BOOST_FIXTURE_TEST_CASE(after_a_lost_answer_the_key_is_looked_for_until_it_cannot_appear_any_more, haunted)
{
    BOOST_TEST(!machine.finished());
    BOOST_TEST(watching(own, 10) == "look for own");
    BOOST_TEST(looked(gone(10)) == "");
    BOOST_TEST(!machine.finished());
    // The watch may be late: what counts is a look made after the horizon.
    BOOST_TEST(wake() == "unwatch own; look for own");
    BOOST_TEST(!machine.finished());
    BOOST_TEST(looked(gone(20)) == "");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(what_is_certain_is_not_looked_for_again, haunted)
{
    wake();
    looked(gone(20));
    join(2);
    enqueued(owner(30));
    release(2);
    BOOST_TEST(left() == "released 2");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(a_key_that_appears_late_is_deleted_as_the_one_that_was_seen, haunted)
{
    watching(own, 10);
    looked(gone(10));
    BOOST_TEST(created(15) == "unwatch own; leave 15");
    BOOST_TEST(after(1s).left() == "watch own lock/10; wake in 29000ms");
}

BOOST_FIXTURE_TEST_CASE(a_key_that_appeared_before_the_watch_is_deleted, haunted)
{
    watching(own, 16);
    BOOST_TEST(looked(found(15, 16)) == "unwatch own; leave 15");
}

BOOST_FIXTURE_TEST_CASE(a_key_that_appeared_behind_a_dead_watch_is_deleted_at_the_horizon, haunted)
{
    wake();
    BOOST_TEST(looked(found(15, 20)) == "leave 15");
    BOOST_TEST(left() == "look for own");
    BOOST_TEST(looked(gone(21)) == "");
    BOOST_TEST(machine.finished());
}

// A deletion by name alone, lost on its way and repeated, would hit the next key of ours, while it is held.
BOOST_FIXTURE_TEST_CASE(no_key_is_ever_deleted_by_name_alone, timeline)
{
    try_join(1);
    BOOST_TEST(enqueued(gone(10), true) == "refuse 1; watch own lock/10; wake in 30000ms");
    timeline other;
    other.join(1);
    BOOST_TEST(other.enqueue_refused(true) == "fail 1 refused; watch own lock/10; wake in 30000ms");
}

BOOST_FIXTURE_TEST_CASE(a_refusal_after_a_lost_answer_is_told_and_the_key_looked_for, timeline)
{
    join(1);
    join(2);
    BOOST_TEST(enqueue_refused(true) == "fail 1 refused; enqueue");
    // This attempt left nothing behind; the one before it may have.
    BOOST_TEST(enqueue_refused(false) == "fail 2 refused; watch own lock/10; wake in 30000ms");
    BOOST_TEST(!machine.finished());
}

BOOST_FIXTURE_TEST_CASE(a_lost_answer_is_not_forgotten_over_later_owners, timeline)
{
    join(1);
    enqueued(owner(10), true);
    after(5s).release(1);
    BOOST_TEST(left() == "released 1; watch own lock/10; wake in 25000ms");
    join(2);
    enqueued(owner(20));
    after(60s).release(2);
    BOOST_TEST(left() == "released 2; look for own");
    BOOST_TEST(looked(gone(30)) == "");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(a_lost_answer_is_not_forgotten_over_a_deleted_key, timeline)
{
    join(1);
    enqueued(behind("20", 10, 10), true);
    wake();
    BOOST_TEST(removed(own, 11) ==
               "unwatch predecessor; unwatch own; fail 1 key_deleted; watch own lock/10; wake in 29970ms");
}

BOOST_FIXTURE_TEST_CASE(a_horizon_that_passes_while_asking_is_not_forgotten, haunted)
{
    BOOST_TEST(try_join(2) == "unwatch own; enqueue if free");
    BOOST_TEST(wake() == "");
    BOOST_TEST(enqueued(gone(20)) == "refuse 2; look for own");
    BOOST_TEST(looked(gone(20)) == "");
    BOOST_TEST(machine.finished());
}

// The own watch of the guard must not be trusted with a removal that it told before the key was known.
BOOST_FIXTURE_TEST_CASE(a_key_deleted_before_its_creation_was_answered_is_noticed, haunted)
{
    watching(own, 10);
    looked(gone(10));
    join(2);
    created(20);
    removed(own, 21);
    BOOST_TEST(enqueued(owner(20)) == "grant 2 token 20.0; wake in 30ms");
    BOOST_TEST(wake() == "watch own lock/10");
    BOOST_TEST(watching(own, 21) == "look for own");
    BOOST_TEST(looked(gone(21)) == "unwatch own; lose 2 key_deleted; watch own lock/10; wake in 29970ms");
}

BOOST_FIXTURE_TEST_CASE(a_waiter_takes_over_from_the_guard, haunted)
{
    watching(own, 10);
    BOOST_TEST(join(2) == "unwatch own; enqueue");
    BOOST_TEST(looked(found(9, 10)) == "");
    BOOST_TEST(enqueued(found(15, 16)) == "wake in 30ms; look from 15");
    BOOST_TEST(looked({16, 15, true, {}}) == "grant 2 token 15.0; wake in 30ms");
}

BOOST_FIXTURE_TEST_CASE(a_guard_whose_watch_breaks_watches_again_and_looks, haunted)
{
    watching(own, 10);
    looked(gone(10));
    BOOST_TEST(watch_broken(own) == "watch own lock/10");
    BOOST_TEST(watching(own, 30) == "look for own");
}

BOOST_FIXTURE_TEST_CASE(a_guard_whose_watch_breaks_while_it_looks_looks_again, haunted)
{
    BOOST_TEST(watching(own, 10) == "look for own");
    BOOST_TEST(watch_broken(own) == "watch own lock/10");
    BOOST_TEST(watching(own, 30) == "");
    BOOST_TEST(looked(gone(20)) == "look for own");
    BOOST_TEST(looked(found(25, 30)) == "unwatch own; leave 25");
}

// ---- the session ----

BOOST_FIXTURE_TEST_CASE(nobody_is_granted_anything_at_the_leases_deadline, timeline)
{
    join(1);
    now = deadline;
    BOOST_TEST(enqueued(owner(10)) == "");
    BOOST_TEST(session_ended() == "fail 1 session_lost");
}

BOOST_FIXTURE_TEST_CASE(a_nanosecond_before_the_deadline_is_early_enough, timeline)
{
    join(1);
    now = deadline - 1ns;
    BOOST_TEST(enqueued(owner(10)) == "grant 1 token 10.0; wake in 30ms");
}

BOOST_FIXTURE_TEST_CASE(a_turn_is_not_passed_on_at_the_leases_deadline, holding)
{
    join(2);
    deadline = now + 5ms;
    BOOST_TEST(after(5ms).release(1) == "leave 10");
    BOOST_TEST(left() == "released 1; enqueue");
}

BOOST_FIXTURE_TEST_CASE(a_predecessor_gone_at_the_leases_deadline_makes_no_owner, queued)
{
    removed(predecessor, 11);
    now = deadline;
    BOOST_TEST(looked(owner(10)) == "unwatch predecessor");
    BOOST_TEST(join(2) == "");
    BOOST_TEST(session_ended() == "unwatch own; fail 1 session_lost; fail 2 session_lost");
}

BOOST_FIXTURE_TEST_CASE(the_end_of_the_session_is_told_to_whoever_asks, timeline)
{
    join(1);
    BOOST_TEST(session_ended() == "fail 1 session_lost");
    BOOST_TEST(machine.finished());
    BOOST_TEST(enqueued(owner(10)) == "");
    BOOST_TEST(enqueue_refused() == "");
}

BOOST_FIXTURE_TEST_CASE(the_end_of_the_session_is_told_to_every_waiter, queued)
{
    join(2);
    removed(predecessor, 11);
    BOOST_TEST(session_ended(lock_failure::session_closed) ==
               "unwatch predecessor; unwatch own; fail 1 session_closed; fail 2 session_closed");
    BOOST_TEST(looked(owner(10)) == "");
    BOOST_TEST(look_refused() == "");
    BOOST_TEST(removed(own, 11) == "");
}

BOOST_FIXTURE_TEST_CASE(the_end_of_the_session_is_told_to_the_holder_and_those_behind, watched_holding)
{
    join(2);
    BOOST_TEST(session_ended() == "unwatch own; lose 1 session_lost; fail 2 session_lost");
    BOOST_TEST(release(1) == "");
}

BOOST_FIXTURE_TEST_CASE(the_end_of_the_session_is_told_to_whoever_releases, holding)
{
    release(1);
    join(2);
    BOOST_TEST(session_ended() == "released 1 session_lost; fail 2 session_lost");
    BOOST_TEST(left() == "");
    BOOST_TEST(leave_refused() == "");
}

BOOST_FIXTURE_TEST_CASE(the_end_of_the_session_ends_the_guard, haunted)
{
    BOOST_TEST(session_ended() == "unwatch own");
    BOOST_TEST(machine.finished());
    BOOST_TEST(wake() == "");
}

BOOST_FIXTURE_TEST_CASE(an_ended_machine_fails_newcomers_and_stays_ended, timeline)
{
    BOOST_TEST(session_ended() == "");
    BOOST_TEST(join(1) == "fail 1 session_lost");
    BOOST_TEST(try_join(2) == "fail 2 session_lost");
    BOOST_TEST(session_ended(lock_failure::session_closed) == "");
    BOOST_TEST(join(3) == "fail 3 session_lost");
}

BOOST_FIXTURE_TEST_CASE(closing_leaves_the_holder_its_lock_and_turns_the_others_away, holding)
{
    join(2);
    BOOST_TEST(session_closing() == "fail 2 session_closed");
    BOOST_TEST(join(3) == "fail 3 session_closed");
    BOOST_TEST(release(1) == "leave 10");
    BOOST_TEST(left() == "released 1");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(closing_gives_up_the_place_of_a_waiter, queued)
{
    BOOST_TEST(session_closing() == "fail 1 session_closed; unwatch predecessor; unwatch own; leave 10");
    BOOST_TEST(session_closing() == "");
    left();
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(closing_while_asking_gives_up_the_place_when_it_is_known, timeline)
{
    join(1);
    BOOST_TEST(session_closing() == "fail 1 session_closed");
    BOOST_TEST(enqueued(owner(10)) == "leave 10");
    left();
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(closing_while_the_key_goes_queues_nobody, holding)
{
    release(1);
    join(2);
    BOOST_TEST(session_closing() == "fail 2 session_closed");
    BOOST_TEST(left() == "released 1");
}

BOOST_FIXTURE_TEST_CASE(closing_then_ending_tells_the_holder_the_end, holding)
{
    session_closing();
    BOOST_TEST(session_ended() == "lose 1 session_lost");
}

BOOST_FIXTURE_TEST_CASE(closing_keeps_the_guard, haunted)
{
    BOOST_TEST(session_closing() == "");
    BOOST_TEST(!machine.finished());
    BOOST_TEST(created(15) == "unwatch own; leave 15");
}

// ---- refusals ----

BOOST_FIXTURE_TEST_CASE(a_refused_enqueue_is_told_and_the_next_waiter_asks_for_itself, timeline)
{
    join(1);
    join(2);
    BOOST_TEST(enqueue_refused() == "fail 1 refused; enqueue");
    BOOST_TEST(enqueue_refused() == "fail 2 refused");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(a_refusal_meant_for_one_who_gave_up_fails_nobody_else, timeline)
{
    join(1);
    join(2);
    give_up(1);
    BOOST_TEST(enqueue_refused() == "enqueue");
}

BOOST_FIXTURE_TEST_CASE(a_refused_look_fails_the_first_waiter_and_is_repeated_for_the_next, queued)
{
    join(2);
    removed(predecessor, 11);
    BOOST_TEST(look_refused() == "fail 1 refused; look from 10");
    BOOST_TEST(look_refused() == "fail 2 refused; unwatch predecessor; unwatch own; leave 10");
}

BOOST_FIXTURE_TEST_CASE(a_look_refused_to_a_holder_is_made_up_for_later, holding)
{
    wake();
    watching(own, 12);
    BOOST_TEST(look_refused() == "unwatch own; wake in 1000ms");
    BOOST_TEST(wake() == "watch own lock/10");
    BOOST_TEST(watching(own, 12) == "look for own");
    BOOST_TEST(looked(gone(12)) == "unwatch own; lose 1 key_deleted");
}

BOOST_FIXTURE_TEST_CASE(a_look_refused_to_the_guard_is_made_again_later, haunted)
{
    watching(own, 10);
    BOOST_TEST(look_refused() == "unwatch own; wake in 1000ms");
    BOOST_TEST(!machine.finished());
    BOOST_TEST(wake() == "watch own lock/10; wake in 29000ms");
    BOOST_TEST(wake() == "unwatch own; look for own");
    BOOST_TEST(look_refused() == "wake in 1000ms");
    BOOST_TEST(wake() == "look for own");
    BOOST_TEST(looked(gone(20)) == "");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(a_refused_leave_is_told_and_repeated_until_the_key_is_gone, holding)
{
    release(1);
    BOOST_TEST(leave_refused() == "released 1 refused; wake in 1000ms");
    BOOST_TEST(!machine.finished());
    BOOST_TEST(wake() == "leave 10");
    BOOST_TEST(leave_refused() == "wake in 1000ms");
    BOOST_TEST(wake() == "leave 10");
    BOOST_TEST(left() == "");
    BOOST_TEST(machine.finished());
}

BOOST_FIXTURE_TEST_CASE(those_who_wait_for_a_key_to_go_are_told_that_it_cannot, holding)
{
    release(1);
    join(2);
    try_join(3);
    BOOST_TEST(leave_refused() == "released 1 refused; fail 2 refused; wake in 1000ms");
}

// ---- answers to questions that no longer matter ----

BOOST_FIXTURE_TEST_CASE(an_answer_to_an_earlier_enqueue_is_ignored, timeline)
{
    try_join(1);
    const auto stale = last_enqueue();
    enqueued(gone(10));
    join(2);
    BOOST_TEST(enqueued_at(stale, owner(5)) == "");
    BOOST_TEST(enqueued(owner(20)) == "grant 2 token 20.0; wake in 30ms");
    BOOST_TEST(enqueued(owner(20)) == "");
}

BOOST_FIXTURE_TEST_CASE(an_answer_to_an_earlier_look_is_ignored, queued)
{
    removed(predecessor, 11);
    const auto stale = last_look();
    looked(behind("15", 10, 11));
    watching(predecessor, 12);
    BOOST_TEST(looked_at(stale, owner(10)) == "");
    BOOST_TEST(looked_at(0, owner(10)) == "");
}

BOOST_FIXTURE_TEST_CASE(an_answer_to_an_earlier_leave_is_ignored, holding)
{
    release(1);
    const auto stale = last_leave();
    left();
    join(2);
    enqueued(owner(20));
    release(2);
    BOOST_TEST(left_at(stale) == "");
    BOOST_TEST(left() == "released 2");
}

BOOST_FIXTURE_TEST_CASE(an_earlier_wake_is_ignored, holding)
{
    const auto stale = last_wake();
    release(1);
    join(2);
    left();
    enqueued(owner(20));
    BOOST_TEST(wake_at(stale) == "");
    BOOST_TEST(wake() == "watch own lock/10");
    BOOST_TEST(wake_at(0) == "");
}

BOOST_FIXTURE_TEST_CASE(events_of_an_earlier_own_watch_are_ignored, watched_holding)
{
    const auto stale = watch(own);
    join(2);
    removed(own, 11);
    enqueued(owner(20));
    BOOST_TEST(removed_at(own, stale, 21) == "");
    BOOST_TEST(removed_at(own, 0, 21) == "");
    machine.on_created(own, stale, 22, {now, deadline});
    BOOST_TEST(machine.take_actions().empty());
}

BOOST_FIXTURE_TEST_CASE(a_creation_seen_while_holding_is_our_own, watched_holding)
{
    BOOST_TEST(created(10) == "");
}

BOOST_AUTO_TEST_SUITE_END()
