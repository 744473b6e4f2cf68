// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

BOOST_AUTO_TEST_SUITE(engine_session)

using namespace leasehold;
using namespace leasehold::test;
using memory::call_kind;

namespace {

std::size_t member_of(const last_member& last, call_kind kind)
{
    const auto m = last.of(kind);
    BOOST_TEST_REQUIRE(m.has_value());
    return *m;
}

void lose_renewal_answers(world& w)
{
    w.etcd.on_message([](const memory::message& m) {
        return m.kind == memory::call_kind::keep_alive && m.direction == memory::direction::to_client
                   ? memory::fault::lose()
                   : memory::fault::none();
    });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lifetime)

BOOST_AUTO_TEST_CASE(lives_as_long_as_it_is_wanted)
{
    world w;
    const auto c = w.connect();
    auto s = w.must_open(c, 9s);
    auto lost = w.lost(s);
    for (int minute = 0; minute < 60; ++minute) {
        w.run_for(1min);
        BOOST_TEST_REQUIRE(s.alive());
        BOOST_TEST((s.deadline() > w.etcd.now()));
        BOOST_TEST((s.deadline() < w.etcd.store().leases().find(s.lease())->expires));
    }
    BOOST_TEST(!lost.done());
    // A renewal at each third of the time to live, a little early: two messages each.
    BOOST_TEST(w.etcd.messages() > 2u * 60 * 60 / 3);
    BOOST_TEST(w.etcd.messages() < 2u * 60 * 60 / 3 * 12 / 10);
}

BOOST_AUTO_TEST_CASE(takes_the_time_to_live_that_the_server_grants)
{
    world w;
    const auto c = w.connect();
    auto s = w.must_open(c, 500ms + 500ms);
    BOOST_TEST((s.ttl() == 2s));
    w.run_for(1min);
    BOOST_TEST(s.alive());
}

// The request that got an answer is what its life counts from, not one that was lost before.
BOOST_AUTO_TEST_CASE(is_alive_though_the_first_request_for_it_was_lost)
{
    for (const auto lost_way : {memory::direction::to_server, memory::direction::to_client}) {
        world w;
        const auto c = w.connect();
        bool lost = false;
        w.etcd.on_message([&](const memory::message& m) {
            const bool first = m.kind == memory::call_kind::lease_grant && m.direction == lost_way;
            return first && !std::exchange(lost, true) ? memory::fault::lose() : memory::fault::none();
        });
        auto opening = w.open(c, 5s);
        MUST(w, opening);
        BOOST_TEST(lost);
        auto& s = opening.value();
        BOOST_TEST(s.alive());
        const auto held = w.must_lock(mutex{s, "name"});
        w.run_for(1min);
        BOOST_TEST(held.held());
        BOOST_TEST(w.leases() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(is_adopted_though_the_first_question_was_lost)
{
    world w;
    const auto a = w.connect();
    const auto b = w.connect();
    auto s = w.must_open(a, 15s);
    const auto lease = s.orphan();
    bool lost = false;
    w.etcd.on_message([&](const memory::message& m) {
        const bool first = m.kind == memory::call_kind::lease_time_to_live;
        return first && !std::exchange(lost, true) ? memory::fault::lose() : memory::fault::none();
    });
    auto adopting = w.adopt(b, lease);
    MUST(w, adopting);
    BOOST_TEST(lost);
    BOOST_TEST(adopting.value().alive());
    w.run_for(1min);
    BOOST_TEST(adopting.value().alive());
}

BOOST_AUTO_TEST_CASE(an_impossible_time_to_live_is_refused)
{
    world w;
    const auto c = w.connect();
    auto opened = w.open(c, 999ms);
    MUST_FAIL(w, opened, errc::invalid_ttl);
    BOOST_TEST(opened.text().find("0.999s") != std::string::npos, opened.text());
    BOOST_TEST(w.etcd.messages() == 0u);
}

BOOST_AUTO_TEST_CASE(closing_revokes_the_lease)
{
    world w;
    const auto c = w.connect();
    auto s = w.must_open(c);
    auto held = w.must_lock(mutex{s, "name"});
    auto lost = w.lost(s);
    auto lock_lost = w.lost(held);
    auto waiting = w.lock(mutex{s, "name"});
    auto closed = w.close(s);
    w.poll();
    BOOST_TEST(!s.alive());
    BOOST_TEST(!held.held());
    MUST(w, closed);
    BOOST_TEST(w.leases() == 0u);
    BOOST_TEST(w.keys().empty());
    MUST_FAIL(w, lost, errc::session_closed);
    MUST_FAIL(w, waiting, errc::session_closed);
    MUST(w, lock_lost);
    auto again = w.close(s);
    MUST_FAIL(w, again, errc::session_closed);
    auto late = w.lock(mutex{s, "name"});
    MUST_FAIL(w, late, errc::session_closed);
    auto released = w.unlock(held);
    MUST_FAIL(w, released, errc::session_closed);
}

BOOST_AUTO_TEST_CASE(is_closed_when_the_last_handle_is_gone)
{
    world w;
    const auto c = w.connect();
    std::optional<session> s = w.must_open(c);
    std::optional<mutex> m{mutex{*s, "name"}};
    std::optional<held_lock> held{w.must_lock(*m)};
    s.reset();
    w.run_for(1min);
    BOOST_TEST(w.leases() == 1u);
    m.reset();
    w.run_for(1min);
    BOOST_TEST(w.leases() == 1u);
    BOOST_TEST(held->held());
    held.reset();
    w.run_for(1s);
    BOOST_TEST(w.leases() == 0u);
}

BOOST_AUTO_TEST_CASE(none_is_closed)
{
    world w;
    session none;
    BOOST_TEST(none.lease() == 0);
    BOOST_TEST(!none.alive());
    BOOST_TEST(none.orphan() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(loss)

BOOST_AUTO_TEST_CASE(of_a_revoked_lease_is_told_at_the_next_renewal)
{
    world w;
    const auto c = w.connect();
    auto s = w.must_open(c, 9s);
    auto held = w.must_lock(mutex{s, "name"});
    auto lost = w.lost(s);
    auto lock_lost = w.lost(held);
    w.run_for(1min);
    w.etcd.revoke(s.lease());
    const auto revoked = w.etcd.now();
    MUST(w, lost);
    BOOST_TEST((w.etcd.now() - revoked <= 3s));
    BOOST_TEST((lost.value() == errc::session_lost));
    MUST(w, lock_lost);
    BOOST_TEST(!s.alive());
    BOOST_TEST(!held.held());
    auto released = w.unlock(held);
    BOOST_TEST(w.finish(released));
    BOOST_TEST(!released.ok());
}

BOOST_AUTO_TEST_CASE(is_told_at_the_deadline_when_nobody_answers)
{
    world w;
    const auto c = w.connect();
    auto s = w.must_open(c, 9s);
    auto held = w.must_lock(mutex{s, "name"});
    auto lost = w.lost(s);
    auto lock_lost = w.lost(held);
    w.run_for(1min);
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.stop(m);
    w.run_for(1ms);
    const auto deadline = s.deadline();
    BOOST_TEST((held.deadline() == deadline));
    w.run_for(deadline - w.etcd.now() - 1ms);
    BOOST_TEST(s.alive());
    BOOST_TEST(held.held());
    BOOST_TEST(!lost.done());
    w.run_for(1ms);
    BOOST_TEST(!s.alive());
    BOOST_TEST(!held.held());
    BOOST_TEST(lost.ok());
    BOOST_TEST(lock_lost.ok());
    BOOST_TEST((w.etcd.store().leases().find(s.lease()) != nullptr), "the server gave up first");
    BOOST_TEST((w.etcd.store().leases().find(s.lease())->expires > w.etcd.now()));
}

BOOST_AUTO_TEST_CASE(nobody_owns_twice_when_the_holder_is_cut_off)
{
    for (const auto ttl : {2s, 3s, 15s}) {
        world w;
        const auto a = w.connect();
        const auto b = w.connect();
        auto first = w.must_lock(mutex{w.must_open(a, ttl), "name"});
        auto second = w.lock(mutex{w.must_open(b, ttl), "name"});
        w.run_for(10s + 300ms);
        for (std::size_t m = 0; m < 3; ++m)
            w.etcd.cut(0, m);
        const auto lasts = first.deadline();
        BOOST_TEST(w.run_until([&] {
            const bool both = first.held() && second.ok() && second.value().held();
            BOOST_TEST_REQUIRE(!both);
            return second.done();
        }));
        BOOST_TEST((w.etcd.now() > lasts));
        BOOST_TEST((w.etcd.now() < lasts + 2s));
        BOOST_TEST(second.value().token() > first.token());
    }
}

// The server renews it to the end, but its answers get lost.
BOOST_AUTO_TEST_CASE(gives_the_lease_back_when_the_margin_is_over)
{
    world w;
    client_options options;
    options.max_clock_drift = 0.01;
    options.safety_margin = 50ms;
    const auto c = w.connect(options);
    const auto s = w.must_open(c, 4s);
    lose_renewal_answers(w);
    auto lost = w.lost(s);
    MUST(w, lost);
    w.run_for(85ms);
    BOOST_TEST(w.leases() == 1u);
    w.run_for(10ms);
    BOOST_TEST(w.leases() == 0u);
}

BOOST_AUTO_TEST_CASE(what_was_read_as_lost_stays_lost)
{
    world w;
    const auto c = w.connect();
    auto s = w.must_open(c, 6s);
    auto held = w.must_lock(mutex{s, "name"});
    w.run_for(5s);
    // The answer comes only after the deadline has passed, and would move it on.
    w.etcd.on_message([](const memory::message& m) {
        return m.kind == call_kind::keep_alive && m.direction == memory::direction::to_client
                   ? memory::fault::delay(10s)
                   : memory::fault::none();
    });
    w.run_until([&] { return !held.held(); });
    BOOST_TEST(!s.alive());
    for (int i = 0; i < 100; ++i) {
        w.run_for(200ms);
        BOOST_TEST_REQUIRE(!held.held());
        BOOST_TEST_REQUIRE(!s.alive());
    }
}

BOOST_AUTO_TEST_CASE(the_clients_own_session_is_opened_anew_after_it)
{
    world w;
    const auto c = w.connect();
    const mutex m{c, "name"};
    auto held = w.must_lock(m);
    const auto before = w.keys("name/").at(0).lease;
    w.etcd.revoke(before);
    BOOST_TEST(w.run_until([&] { return !held.held(); }));
    // The loss of the key is known at once, that of the session with the next request.
    auto caught = w.lock(m);
    MUST_FAIL(w, caught, errc::session_lost);
    auto again = w.must_lock(m);
    BOOST_TEST(again.held());
    BOOST_TEST(w.keys("name/").at(0).lease != before);
    BOOST_TEST(again.token() > held.token());
    w.run_for(1min);
    BOOST_TEST(again.held());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(members)

BOOST_AUTO_TEST_CASE(renewals_move_when_a_member_stops)
{
    world w;
    last_member last{w};
    const auto c = w.connect();
    auto s = w.must_open(c, 6s);
    w.run_for(10s);
    for (int round = 0; round < 6; ++round) {
        const auto used = member_of(last, call_kind::keep_alive);
        w.etcd.stop(used);
        w.run_for(10s);
        BOOST_TEST(member_of(last, call_kind::keep_alive) != used);
        BOOST_TEST_REQUIRE(s.alive());
        w.etcd.start(used);
        w.run_for(10s);
    }
}

BOOST_AUTO_TEST_CASE(renewals_move_when_a_member_falls_silent)
{
    for (const auto ttl : {2s, 5s, 15s, 120s}) {
        world w;
        last_member last{w};
        const auto c = w.connect();
        auto s = w.must_open(c, ttl);
        w.run_for(ttl * 2);
        const auto used = member_of(last, call_kind::keep_alive);
        w.etcd.freeze(used);
        w.run_for(ttl * 10);
        BOOST_TEST(s.alive(), "with a time to live of " << ttl.count() << " s");
        BOOST_TEST(member_of(last, call_kind::keep_alive) != used);
    }
}

BOOST_AUTO_TEST_CASE(renewals_move_when_a_member_is_no_lessor)
{
    world w;
    last_member last{w};
    const auto c = w.connect();
    auto s = w.must_open(c, 6s);
    w.run_for(10s);
    const auto used = member_of(last, call_kind::keep_alive);
    w.etcd.on_message([&](const memory::message& m) {
        return m.kind == call_kind::keep_alive && m.member == used
                   ? memory::fault::fail({core::status_code::unknown, "lease stream: not a primary lessor"})
                   : memory::fault::none();
    });
    w.run_for(1min);
    BOOST_TEST(s.alive());
}

// etcd answers a stream in order: one lease that is about to be revoked holds up all others behind it.
BOOST_AUTO_TEST_CASE(an_expired_lease_does_not_take_the_others_along)
{
    world w;
    const auto c = w.connect();
    std::vector<session> sessions;
    for (int i = 0; i < 20; ++i)
        sessions.push_back(w.must_open(c, 3s));
    for (int i = 0; i < 10; ++i) {
        w.run_for(700ms);
        w.etcd.revoke(sessions.back().lease());
        sessions.pop_back();
        w.run_for(5s);
        for (const auto& s : sessions)
            BOOST_TEST_REQUIRE(s.alive());
    }
}

// What it finds first, when it goes on, is that its key is gone.
BOOST_AUTO_TEST_CASE(is_lost_and_no_key_deleted_when_the_process_stood_still)
{
    world w;
    const auto c = w.connect();
    auto s = w.must_open(c, 5s);
    auto held = w.must_lock(mutex{s, "name"});
    w.run_for(1s);
    auto lost = w.lost(held);
    w.poll();
    const auto end = w.etcd.now() + 1min;
    while (w.etcd.step() || w.etcd.advance(end))
        ;
    BOOST_TEST(w.keys("name/").empty());
    MUST(w, lost);
    BOOST_TEST(lost.value() == errc::session_lost);
    auto unlocked = w.unlock(held);
    MUST_FAIL(w, unlocked, errc::session_lost);
}

// A request that pauses beyond the deadline is no reason to give up a lease that a renewal may save.
BOOST_AUTO_TEST_CASE(survives_an_outage_though_other_locks_are_wanted)
{
    const auto survivors = [](int others) {
        int count = 0;
        for (int round = 0; round < 50; ++round) {
            world w;
            for (int i = 0; i < round; ++i)
                w.connect();  // each has its own random pauses
            const auto c = w.connect();
            auto s = w.must_open(c, 2s);
            auto held = w.must_lock(mutex{s, "name"});
            w.run_for(std::chrono::milliseconds{600 + round});
            bool out = true;
            w.etcd.on_message([&out](const memory::message&) {
                return out ? memory::fault::fail({core::status_code::unavailable, "etcdserver: no leader"})
                           : memory::fault::none();
            });
            std::vector<started<held_lock>> wanted;
            for (int i = 0; i < others; ++i)
                wanted.push_back(w.lock(mutex{s, "other-" + std::to_string(i)}));
            w.run_for(held.deadline() - 400ms - w.etcd.now());
            out = false;
            w.run_for(5s);
            count += held.held();
        }
        return count;
    };
    const auto alone = survivors(0);
    BOOST_TEST(alone > 40);
    BOOST_TEST(survivors(10) >= alone - 3);
}

BOOST_AUTO_TEST_CASE(survives_a_short_outage_of_all)
{
    world w;
    const auto c = w.connect();
    auto s = w.must_open(c, 15s);
    auto held = w.must_lock(mutex{s, "name"});
    w.run_for(1min);
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.stop(m);
    w.run_for(8s);
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.start(m);
    w.run_for(1min);
    BOOST_TEST(s.alive());
    BOOST_TEST(held.held());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(orphans)

BOOST_AUTO_TEST_CASE(live_on_until_their_deadline)
{
    world w;
    const auto c = w.connect();
    auto s = w.must_open(c, 9s);
    auto held = w.must_lock(mutex{s, "name"});
    auto waiting = w.lock(mutex{s, "name"});
    auto lost = w.lost(s);
    auto lock_lost = w.lost(held);
    w.run_for(20s);
    BOOST_TEST(s.orphan() == s.lease());
    MUST_FAIL(w, waiting, errc::session_closed);
    MUST_FAIL(w, lost, errc::session_closed);
    BOOST_TEST(held.held());
    BOOST_TEST(!lock_lost.done());
    const auto deadline = held.deadline();
    w.run_for(deadline - w.etcd.now() - 1ms);
    BOOST_TEST(held.held());
    w.run_for(1ms);
    BOOST_TEST(!held.held());
    MUST(w, lock_lost);
    w.run_for(10s);
    BOOST_TEST(w.leases() == 0u);
}

BOOST_AUTO_TEST_CASE(are_released_while_they_last)
{
    world w;
    const auto c = w.connect();
    auto s = w.must_open(c);
    auto held = w.must_lock(mutex{s, "name"});
    s.orphan();
    auto released = w.unlock(held);
    MUST(w, released);
    BOOST_TEST(w.keys("name/").empty());
    BOOST_TEST(w.leases() == 1u);
}

BOOST_AUTO_TEST_CASE(are_adopted_by_another_client)
{
    world w;
    const auto a = w.connect();
    auto s = w.must_open(a, 9s);
    auto held = w.must_lock(mutex{s, "name"});
    const auto lease = s.orphan();
    w.run_for(1s);
    const auto b = w.connect();
    auto adopted = w.adopt(b, lease);
    MUST(w, adopted);
    BOOST_TEST(adopted.value().lease() == lease);
    BOOST_TEST((adopted.value().ttl() == 9s));
    w.run_for(1min);
    BOOST_TEST(adopted.value().alive());
    BOOST_TEST(w.keys("name/").size() == 1u);
    auto again = w.lock(mutex{adopted.value(), "name"});
    MUST(w, again);
    BOOST_TEST(again.value().held());
}

// The release of the orphaned lock is still on its way when the old client's time is over.
BOOST_AUTO_TEST_CASE(are_not_revoked_by_whom_they_were_taken_from)
{
    world w;
    const auto a = w.connect();
    const auto b = w.connect();
    auto s = w.must_open(a, 4s);
    auto held = w.must_lock(mutex{s, "name"});
    const auto lease = s.orphan();
    auto adopted = w.adopt(b, lease);
    MUST(w, adopted);
    for (std::size_t m = 0; m < w.etcd.endpoints().size(); ++m)
        w.etcd.cut(0, m);
    auto released = w.unlock(held);
    MUST_FAIL(w, released, errc::session_lost);
    for (std::size_t m = 0; m < w.etcd.endpoints().size(); ++m)
        w.etcd.mend(0, m);
    w.run_for(20s);
    BOOST_TEST(adopted.value().alive());
    BOOST_TEST(w.leases() == 1u);
}

// By the client that had lost it, before the lease was given back.
BOOST_AUTO_TEST_CASE(lost_ones_are_not_revoked_once_adopted_again)
{
    world w;
    const auto c = w.connect();
    const auto s = w.must_open(c, 4s);
    lose_renewal_answers(w);
    auto lost = w.lost(s);
    MUST(w, lost);
    w.etcd.on_message({});
    auto adopted = w.adopt(c, s.lease());
    MUST(w, adopted);
    w.run_for(20s);
    BOOST_TEST(adopted.value().alive());
}

BOOST_AUTO_TEST_CASE(cannot_be_adopted_when_there_is_none)
{
    world w;
    const auto c = w.connect();
    auto unknown = w.adopt(c, 4711);
    MUST_FAIL(w, unknown, errc::lease_not_found);
    auto s = w.must_open(c);
    auto mine = w.adopt(c, s.lease());
    MUST_FAIL(w, mine, errc::invalid_option);
    BOOST_TEST(s.alive());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(of_the_client)

BOOST_AUTO_TEST_CASE(are_shared_by_mutexes_with_one_time_to_live)
{
    world w;
    std::optional<client> c = w.connect();
    std::vector<started<held_lock>> locks;
    for (int i = 0; i < 5; ++i)
        locks.push_back(w.lock(mutex{*c, "name/" + std::to_string(i)}));
    auto other = w.lock(mutex{*c, "other", {.ttl = 20s}});
    w.run_for(1s);
    for (auto& l : locks)
        BOOST_TEST(l.ok());
    BOOST_TEST(other.ok());
    BOOST_TEST(w.leases() == 2u);
    locks.clear();
    other = {};
    c.reset();
    w.run_for(1s);
    BOOST_TEST(w.leases() == 0u);
}

BOOST_AUTO_TEST_CASE(that_nobody_can_open_fail_everybody_in_time)
{
    world w;
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.stop(m);
    const auto c = w.connect();
    auto first = w.lock(mutex{c, "name"});
    auto second = w.try_lock_for(mutex{c, "name"}, 500ms);
    const auto begun = w.etcd.now();
    MUST_FAIL(w, second, errc::unreachable);
    BOOST_TEST((w.etcd.now() - begun == 500ms));
    MUST_FAIL(w, first, errc::unreachable);
    BOOST_TEST((w.etcd.now() - begun == 2s));
    BOOST_TEST(first.text().find("member-2:2379 (cannot connect to member-2:2379)") != std::string::npos,
               first.text());
    // And when they come up, all is well.
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.start(m);
    BOOST_TEST(w.must_lock(mutex{c, "name"}).held());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
