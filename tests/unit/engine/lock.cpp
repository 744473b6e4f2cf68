// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <numeric>
#include <unistd.h>

BOOST_AUTO_TEST_SUITE(engine_lock)

using namespace leasehold;
using namespace leasehold::test;

BOOST_AUTO_TEST_SUITE(alone)

BOOST_AUTO_TEST_CASE(a_free_lock_costs_one_round_trip_beside_the_lease)
{
    world w;
    const auto c = w.connect();
    const mutex m{c, "name", {.value = "who"}};
    auto held = w.must_lock(m);
    BOOST_TEST(held.held());
    BOOST_TEST(held.token().revision == 2);
    BOOST_TEST(w.etcd.messages() == 4u);
    const auto keys = w.keys("name/");
    BOOST_TEST_REQUIRE(keys.size() == 1u);
    BOOST_TEST(keys[0].key == held.key());
    BOOST_TEST(keys[0].value == "who");
    auto unlocked = w.unlock(held);
    BOOST_TEST(!held.held());
    MUST(w, unlocked);
    BOOST_TEST(w.keys("name/").empty());
    BOOST_TEST(w.etcd.messages() == 6u);
}

BOOST_AUTO_TEST_CASE(works_with_every_time_to_live)
{
    for (const auto ttl : {1s, 2s, 3s, 4s, 5s, 7s, 60s, 100000s, 9'000'000'000s}) {
        world w;
        const auto c = w.connect();
        BOOST_TEST_CONTEXT("a time to live of " << ttl.count() << " s")
        {
            auto held = w.must_lock(mutex{c, "name", {.ttl = ttl}});
            w.run_for(30s);
            BOOST_TEST(held.held());
            auto unlocked = w.unlock(held);
            MUST(w, unlocked);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_waiter_that_may_not_watch_is_told)
{
    world w;
    const auto holder = w.connect();
    auto held = w.must_lock(mutex{holder, "name"});
    w.etcd.refuse_watches("rpc error: code = PermissionDenied desc = etcdserver: permission denied");
    const auto c = w.connect();
    const mutex m{c, "name"};
    auto waiting = w.lock(m);
    MUST_FAIL(w, waiting, errc::permission_denied);
    BOOST_TEST(waiting.text().find("\"name\"") != std::string::npos, waiting.text());
    w.run_for(1s);
    BOOST_TEST(w.keys("name/").size() == 1u);
    // The holder, which is watched too, asks now and then, and not all the time.
    const auto before = w.etcd.messages();
    w.run_for(10s);
    BOOST_TEST(w.etcd.messages() - before < 100u);
    BOOST_TEST(held.held());
}

BOOST_AUTO_TEST_CASE(a_second_unlock_finds_nothing_held)
{
    world w;
    const auto c = w.connect();
    auto held = w.must_lock(mutex{c, "name"});
    auto once = w.unlock(held);
    auto twice = w.unlock(held);
    MUST(w, once);
    MUST_FAIL(w, twice, errc::not_held);
    auto thrice = w.unlock(held);
    MUST_FAIL(w, thrice, errc::not_held);
}

BOOST_AUTO_TEST_CASE(a_later_owner_is_not_released_by_an_earlier_handle)
{
    world w;
    const auto c = w.connect();
    const mutex m{c, "name"};
    auto first = w.must_lock(m);
    auto once = w.unlock(first);
    MUST(w, once);
    auto second = w.must_lock(m);
    BOOST_TEST(first.key() == second.key());
    auto again = w.unlock(first);
    MUST_FAIL(w, again, errc::not_held);
    first = {};
    w.run_for(1s);
    BOOST_TEST(second.held());
    BOOST_TEST(w.keys("name/").size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_empty_handle_owns_nothing)
{
    world w;
    held_lock none;
    BOOST_TEST(!none.held());
    BOOST_TEST(none.key().empty());
    BOOST_TEST(none.token() == fencing_token{});
    const auto c = w.connect();
    auto held = w.must_lock(mutex{c, "name"});
    auto moved = std::move(held);
    auto unlocked = w.unlock(held);
    MUST_FAIL(w, unlocked, errc::not_held);
    BOOST_TEST(moved.held());
}

BOOST_AUTO_TEST_CASE(a_dropped_handle_releases_in_the_background)
{
    world w;
    const auto c = w.connect();
    const mutex m{c, "name"};
    {
        auto held = w.must_lock(m);
    }
    w.run_for(1s);
    BOOST_TEST(w.keys("name/").empty());
    auto held = w.must_lock(m);
    held = w.must_lock(mutex{c, "other"});
    w.run_for(1s);
    BOOST_TEST(w.keys("name/").empty());
    BOOST_TEST(w.keys("other/").size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_loss_of_a_released_lock_is_no_loss)
{
    world w;
    const auto c = w.connect();
    auto held = w.must_lock(mutex{c, "name"});
    auto before = w.lost(held);
    auto unlocked = w.unlock(held);
    MUST_FAIL(w, before, errc::not_held);
    auto after = w.lost(held);
    MUST_FAIL(w, after, errc::not_held);
}

BOOST_AUTO_TEST_CASE(lost_comes_ahead_of_the_deadline_when_asked_to)
{
    world w;
    const auto c = w.connect();
    auto held = w.must_lock(mutex{c, "name", {.ttl = 9s}});
    auto early = w.lost(held, 2s);
    w.run_for(1min);
    BOOST_TEST(!early.done());
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.stop(m);
    MUST(w, early);
    BOOST_TEST((held.deadline() - w.etcd.now() == 2s));
    BOOST_TEST(held.held());
}

BOOST_AUTO_TEST_CASE(ownership_asked_for_after_a_hand_on_never_holds)
{
    world w;
    const auto c = w.connect();
    const mutex m{c, "name"};
    auto first = w.must_lock(m);
    auto waiting = w.lock(m);
    w.settle();
    auto unlocked = w.unlock(first);
    MUST(w, unlocked);
    MUST(w, waiting);
    auto& second = waiting.value();
    BOOST_TEST(second.token().revision == first.token().revision);
    for (const auto& [owner, good] : {std::pair{&first, false}, {&first, false}, {&second, true}}) {
        transaction t;
        t.when.push_back(owner->ownership());
        auto done = w.start<transaction_result>([&](auto h) { c.txn(t, std::move(h)); });
        MUST(w, done);
        BOOST_TEST(done.value().succeeded == good);
    }
}

BOOST_AUTO_TEST_CASE(a_fenced_write_is_refused_once_the_lock_is_gone)
{
    world w;
    const auto c = w.connect();
    auto held = w.must_lock(mutex{c, "name"});
    const auto guarded = [&] {
        transaction t;
        t.when.push_back(held.ownership());
        t.then.emplace_back(put_request{"data", "mine"});
        return w.start<transaction_result>([&](auto h) { c.txn(t, std::move(h)); });
    };
    auto good = guarded();
    MUST(w, good);
    BOOST_TEST(good.value().succeeded);
    auto unlocked = w.unlock(held);
    MUST(w, unlocked);
    auto late = guarded();
    MUST(w, late);
    BOOST_TEST(!late.value().succeeded);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(among_clients)

BOOST_AUTO_TEST_CASE(a_hand_over_does_not_wait_for_the_clock)
{
    world w;
    const auto a = w.connect();
    const auto b = w.connect();
    auto first = w.must_lock(mutex{a, "name"});
    auto waiting = w.lock(mutex{b, "name"});
    w.run_for(1s);
    BOOST_TEST(!waiting.done());
    BOOST_TEST(w.keys("name/").size() == 2u);
    const auto begun = w.etcd.now();
    auto unlocked = w.unlock(first);
    MUST(w, waiting);
    BOOST_TEST((w.etcd.now() == begun));
    BOOST_TEST(waiting.value().token() > first.token());
    BOOST_TEST(waiting.value().held());
}

BOOST_AUTO_TEST_CASE(first_come_first_served)
{
    world w;
    std::vector<client> clients;
    std::vector<started<held_lock>> locks;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(w.connect());
        locks.push_back(w.lock(mutex{clients.back(), "name", {.value = std::to_string(i)}}));
        w.run_for(1ms);
    }
    fencing_token last;
    for (auto& l : locks) {
        MUST(w, l);
        w.run_for(100ms);
        BOOST_TEST(std::count_if(locks.begin(), locks.end(),
                                 [](auto& o) { return o.ok() && o.value().held(); }) == 1);
        BOOST_TEST(l.value().token() > last);
        last = l.value().token();
        l.value() = {};
    }
}

// Nobody asks etcd for the whole of such a queue while joining it.
BOOST_AUTO_TEST_CASE(a_crowd_is_served_in_the_order_of_its_coming)
{
    constexpr std::size_t many = 1100;
    world w;
    const auto c = w.connect();
    auto gate = w.must_lock(mutex{c, "name"});
    std::vector<session> sessions;
    for (std::size_t i = 0; i < many; ++i)
        sessions.push_back(w.must_open(c));
    // A token begins with the revision of the place in the queue.
    std::vector<fencing_token> served;
    for (const auto& s : sessions)
        mutex{s, "name"}.lock([&served](error_code ec, held_lock held) {
            BOOST_TEST(!ec);
            served.push_back(held.token());
        });
    BOOST_TEST(w.run_until([&] { return w.keys("name/").size() == many + 1; }));
    gate = {};
    BOOST_TEST(w.run_until([&] { return served.size() == many; }));
    BOOST_TEST(std::is_sorted(served.begin(), served.end()));
}

BOOST_AUTO_TEST_CASE(the_queue_can_be_read)
{
    world w;
    const auto a = w.connect();
    const auto b = w.connect();
    auto first = w.must_lock(mutex{a, "name", {.value = "a"}});
    auto second = w.lock(mutex{b, "name", {.value = "b"}});
    w.run_for(1s);
    const mutex m{a, "name"};
    auto queue = w.start<std::vector<queue_entry>>([&](auto h) { m.queue(std::move(h)); });
    MUST(w, queue);
    auto& list = queue.value();
    BOOST_TEST_REQUIRE(list.size() == 2u);
    BOOST_TEST(list[0].value == "a");
    BOOST_TEST(list[0].key == first.key());
    BOOST_TEST(list[0].create_revision == first.token().revision);
    BOOST_TEST(list[1].value == "b");
    BOOST_TEST(list[1].position == 1u);
}

BOOST_AUTO_TEST_CASE(the_key_says_who_holds_it_unless_told_otherwise)
{
    world w;
    const auto c = w.connect();
    const auto read = [&](const std::string& name) {
        auto queue = w.start<std::vector<queue_entry>>([&](auto h) { mutex{c, name}.queue(std::move(h)); });
        BOOST_TEST_REQUIRE(w.finish(queue));
        BOOST_TEST_REQUIRE(queue.ok());
        BOOST_TEST_REQUIRE(queue.value().size() == 1u);
        return queue.value()[0];
    };
    const auto before = owner_record::of_this_process().since;
    const auto by_default = w.must_lock(mutex{c, "default"});
    const auto entry = read("default");
    BOOST_TEST_REQUIRE(entry.owner.has_value(), entry.value);
    const auto now = owner_record::of_this_process();
    BOOST_TEST(entry.owner->host == now.host);
    BOOST_TEST(entry.owner->pid == ::getpid());
    BOOST_TEST(entry.owner->program == program_invocation_short_name);
    BOOST_TEST((entry.owner->since >= before && entry.owner->since <= now.since));
    BOOST_TEST(entry.value == to_string(*entry.owner));

    const auto replaced = w.must_lock(mutex{c, "replaced", {.value = "mine"}});
    BOOST_TEST(read("replaced").value == "mine");
    BOOST_TEST(!read("replaced").owner.has_value());
    const auto empty = w.must_lock(mutex{c, "empty", {.value = ""}});
    BOOST_TEST(read("empty").value == "");
    BOOST_TEST(!read("empty").owner.has_value());
}

// The default is the same for every mutex of a process: it stands in the way of no hand-on.
BOOST_AUTO_TEST_CASE(what_the_key_says_by_default_does_not_keep_a_lock_from_being_handed_on)
{
    world w;
    const auto c = w.connect();
    auto first = w.must_lock(mutex{c, "name"});
    auto second = w.lock(mutex{c, "name"});
    w.settle();
    auto unlocked = w.unlock(first);
    MUST(w, unlocked);
    MUST(w, second);
    BOOST_TEST(second.value().token().revision == first.token().revision);
    BOOST_TEST(second.value().token().sequence == 1u);
}

BOOST_AUTO_TEST_CASE(an_attempt_writes_nothing_when_refused)
{
    world w;
    const auto a = w.connect();
    const auto b = w.connect();
    auto held = w.must_lock(mutex{a, "name"});
    const auto before = w.etcd.store().history().current();
    auto refused = w.try_lock(mutex{b, "name"});
    MUST(w, refused);
    BOOST_TEST(!refused.value().has_value());
    BOOST_TEST(w.etcd.store().history().current() == before);
    auto local = w.try_lock(mutex{a, "name"});
    MUST(w, local);
    BOOST_TEST(!local.value().has_value());
}

BOOST_AUTO_TEST_CASE(a_bounded_attempt_ends_in_time)
{
    world w;
    const auto a = w.connect();
    const auto b = w.connect();
    auto held = w.must_lock(mutex{a, "name"});
    std::ignore = w.must_lock(mutex{b, "warm"});
    const auto begun = w.etcd.now();
    auto refused = w.try_lock_for(mutex{b, "name"}, 3s);
    MUST(w, refused);
    BOOST_TEST(!refused.value().has_value());
    BOOST_TEST((w.etcd.now() - begun == 3s));
    w.run_for(100ms);
    BOOST_TEST(w.keys("name/").size() == 1u);
    auto waits = w.try_lock_for(mutex{b, "name"}, 3s);
    w.run_for(1s);
    held = {};
    MUST(w, waits);
    BOOST_TEST_REQUIRE(waits.value().has_value());
    BOOST_TEST(waits.value()->held());
}

BOOST_AUTO_TEST_CASE(no_time_at_all_is_a_single_attempt)
{
    world w;
    const auto c = w.connect();
    for (const auto none : {0ns, -1ns, std::chrono::nanoseconds::min()}) {
        auto taken = w.try_lock_for(mutex{c, "name"}, none);
        MUST(w, taken);
        BOOST_TEST_REQUIRE(taken.value().has_value());
        auto refused = w.try_lock_for(mutex{c, "name"}, none);
        MUST(w, refused);
        BOOST_TEST(!refused.value().has_value());
    }
}

BOOST_AUTO_TEST_CASE(the_longest_time_is_for_ever)
{
    world w;
    const auto c = w.connect();
    const mutex m{c, "name"};
    auto held = w.must_lock(m);
    using attempt = std::optional<held_lock>;
    auto by_hours =
        w.start<attempt>([&](auto h) { m.try_lock_for(std::chrono::hours::max(), std::move(h)); });
    auto by_nanoseconds = w.try_lock_for(m, std::chrono::nanoseconds::max());
    auto by_clock = w.start<attempt>(
        [&](auto h) { m.try_lock_until(std::chrono::steady_clock::time_point::max(), std::move(h)); });
    w.run_for(24h);
    for (auto* waits : {&by_hours, &by_nanoseconds, &by_clock}) {
        BOOST_TEST(!waits->done());
        held = {};
        MUST(w, *waits);
        BOOST_TEST_REQUIRE(waits->value().has_value());
        held = *std::move(waits->value());
    }
    auto ahead = w.start<errc>([&](auto h) { held.lost(std::chrono::hours::max(), std::move(h)); });
    MUST(w, ahead);
    BOOST_TEST((ahead.value() == errc::session_lost));
    auto behind = w.lost(held, std::chrono::nanoseconds::min());
    w.run_for(1h);
    BOOST_TEST(!behind.done());
}

BOOST_AUTO_TEST_CASE(time_that_is_over_before_there_is_a_session_is_no_outage)
{
    world w;
    const auto c = w.connect();
    std::ignore = w.must_lock(mutex{w.must_open(c), "warm"});
    w.etcd.on_message([](const memory::message& m) {
        return m.kind == memory::call_kind::lease_grant ? memory::fault::delay(1s) : memory::fault::none();
    });
    auto waits = w.try_lock_for(mutex{c, "name"}, 100ms);
    MUST(w, waits);
    BOOST_TEST(!waits.value().has_value());
}

BOOST_AUTO_TEST_CASE(an_attempt_does_not_wait_for_a_server_for_ever)
{
    world w{{.members = 1}};
    const auto c = w.connect();
    auto s = w.must_open(c, 10min);
    std::ignore = w.must_lock(mutex{s, "warm"});
    w.etcd.freeze(0);
    const auto begun = w.etcd.now();
    auto attempt = w.try_lock(mutex{s, "name"});
    MUST_FAIL(w, attempt, errc::unreachable);
    BOOST_TEST((w.etcd.now() - begun <= c.options().connect_timeout + c.options().request_timeout));
    w.etcd.thaw(0);
    w.run_for(1min);
    BOOST_TEST(w.keys("name/").empty());
}

// What was asked for a place in the queue is answered when the place has been given up, and another one
// taken.
BOOST_AUTO_TEST_CASE(a_late_answer_does_not_disturb_the_next_attempt)
{
    world w;
    const auto a = w.connect();
    const auto b = w.connect();
    auto s = w.must_open(b);
    const auto c = w.connect();
    auto first = w.must_lock(mutex{a, "name", {.value = "first"}});
    auto between = w.lock(mutex{c, "name"});
    w.run_for(100ms);
    auto given_up = w.lock(mutex{s, "name"});
    w.run_for(100ms);
    auto second = w.lock(mutex{a, "name", {.value = "second"}});
    w.run_for(100ms);
    w.etcd.on_message([](const memory::message& m) {
        return m.client == 1 && m.kind == memory::call_kind::range &&
                       m.direction == memory::direction::to_client
                   ? memory::fault::delay(2s)
                   : memory::fault::none();
    });
    // The waiter reads the queue, for whoever was before it may have been waiting itself, and gives up before
    // it is told.
    between.cancel();
    first = {};
    w.run_for(10ms);
    given_up.cancel();
    w.run_for(100ms);
    MUST(w, second);
    auto waiting = w.lock(mutex{s, "name"});
    w.run_for(10s);
    BOOST_TEST(!waiting.done());
    second.value() = {};
    MUST(w, waiting);
    BOOST_TEST(waiting.value().held());
    BOOST_TEST(given_up.aborted());
    BOOST_TEST(between.aborted());
}

BOOST_AUTO_TEST_CASE(a_dead_holder_is_succeeded_after_its_time_to_live)
{
    world w;
    const auto a = w.connect();
    const auto b = w.connect();
    auto first = w.must_lock(mutex{a, "name", {.ttl = 5s}});
    auto second = w.lock(mutex{b, "name", {.ttl = 5s}});
    w.run_for(10s);
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.cut(0, m);
    const auto begun = w.etcd.now();
    MUST(w, second);
    BOOST_TEST(!first.held());
    BOOST_TEST((w.etcd.now() - begun < 5s + 500ms + 100ms));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(in_one_session)

BOOST_AUTO_TEST_CASE(is_handed_on_without_etcd)
{
    world w;
    const auto c = w.connect();
    const mutex m{c, "name"};
    auto held = w.must_lock(m);
    std::vector<started<held_lock>> waiting;
    for (int i = 0; i < 50; ++i)
        waiting.push_back(w.lock(m));
    w.poll();
    const auto before = w.etcd.messages();
    auto last = held.token();
    held = {};
    for (auto& op : waiting) {
        w.poll();
        BOOST_TEST_REQUIRE(op.ok());
        BOOST_TEST(op.value().held());
        BOOST_TEST(op.value().token() > last);
        BOOST_TEST(op.value().token().revision == last.revision);
        last = op.value().token();
        op.value() = {};
    }
    BOOST_TEST(w.etcd.messages() == before);
    w.run_for(1s);
    BOOST_TEST(w.keys("name/").empty());
}

BOOST_AUTO_TEST_CASE(other_clients_get_their_turn)
{
    world w;
    const auto a = w.connect();
    const auto b = w.connect();
    const mutex m{a, "name", {.local_turn = 20ms}};
    auto held = w.must_lock(m);
    std::vector<started<held_lock>> waiting;
    for (int i = 0; i < 100; ++i)
        waiting.push_back(w.lock(m));
    auto other = w.lock(mutex{b, "name"});
    w.run_for(1ms);
    std::size_t served = 0;
    held = {};
    while (!other.done()) {
        BOOST_TEST_REQUIRE(served < waiting.size());
        if (!w.run_until([&] { return other.done() || waiting[served].done(); }, 10s))
            break;
        if (other.done())
            break;
        w.run_for(1ms);
        waiting[served++].value() = {};
    }
    BOOST_TEST(other.ok());
    BOOST_TEST(served < 25u);
    BOOST_TEST(served > 15u);
    w.run_for(100ms);
    BOOST_TEST(!waiting[served].done());
    other.value() = {};
    for (; served < waiting.size(); ++served) {
        MUST(w, waiting[served]);
        waiting[served].value() = {};
    }
}

BOOST_AUTO_TEST_CASE(a_fence_excludes_the_hand_on)
{
    world w;
    const auto c = w.connect();
    const mutex m{c, "name"};
    auto held = w.must_lock(m);
    const auto fence = held.ownership();
    auto next = w.lock(m);
    const auto token = held.token();
    held = {};
    MUST(w, next);
    BOOST_TEST(next.value().token().revision > token.revision);
    BOOST_TEST(next.value().token().sequence == 0u);
}

BOOST_AUTO_TEST_CASE(a_waiter_with_another_value_gets_a_key_of_its_own)
{
    world w;
    const auto c = w.connect();
    auto held = w.must_lock(mutex{c, "name", {.value = "one"}});
    auto next = w.lock(mutex{c, "name", {.value = "two"}});
    const auto token = held.token();
    held = {};
    MUST(w, next);
    BOOST_TEST(w.find(next.value().key())->value == "two");
    BOOST_TEST(next.value().token().revision > token.revision);
}

BOOST_AUTO_TEST_CASE(a_thousand_locks_at_once)
{
    world w;
    const auto c = w.connect();
    auto s = w.must_open(c);
    std::vector<started<held_lock>> locks;
    for (int i = 0; i < 1000; ++i)
        locks.push_back(w.lock(mutex{s, "name-" + std::to_string(i)}));
    w.run_for(20s);
    for (auto& l : locks) {
        BOOST_TEST_REQUIRE(l.ok());
        BOOST_TEST_REQUIRE(l.value().held());
    }
    locks.clear();
    w.run_for(5s);
    BOOST_TEST(w.keys().empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(operators)

BOOST_AUTO_TEST_CASE(a_holder_whose_key_is_deleted_is_told)
{
    world w;
    const auto a = w.connect();
    const auto b = w.connect();
    auto held = w.must_lock(mutex{a, "name"});
    auto lost = w.lost(held);
    auto next = w.lock(mutex{b, "name"});
    w.run_for(1s);
    const auto begun = w.etcd.now();
    w.etcd.remove(held.key());
    MUST(w, lost);
    BOOST_TEST((w.etcd.now() == begun));
    BOOST_TEST((lost.value() == errc::key_deleted));
    BOOST_TEST(!held.held());
    MUST(w, next);
    auto unlocked = w.unlock(held);
    MUST_FAIL(w, unlocked, errc::key_deleted);
    BOOST_TEST(unlocked.text().find(held.key()) != std::string::npos, unlocked.text());
    BOOST_TEST(next.value().held());
    // The session is as good as before.
    auto again = w.lock(mutex{a, "name"});
    next.value() = {};
    MUST(w, again);
}

BOOST_AUTO_TEST_CASE(a_key_deleted_right_after_the_grant_is_noticed)
{
    world w;
    const auto c = w.connect();
    auto held = w.must_lock(mutex{c, "name"});
    auto lost = w.lost(held);
    w.etcd.remove(held.key());
    MUST(w, lost);
    BOOST_TEST((lost.value() == errc::key_deleted));
    BOOST_TEST(!held.held());
}

BOOST_AUTO_TEST_CASE(a_waiter_whose_key_is_deleted_is_told_and_nobody_else)
{
    world w;
    std::vector<client> clients;
    std::vector<started<held_lock>> locks;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(w.connect());
        locks.push_back(w.lock(mutex{clients.back(), "name"}));
        w.run_for(100ms);
    }
    const auto keys = w.keys("name/");
    BOOST_TEST_REQUIRE(keys.size() == 4u);
    w.etcd.remove(keys[1].key);
    w.run_for(100ms);
    MUST_FAIL(w, locks[1], errc::key_deleted);
    BOOST_TEST(locks[0].value().held());
    BOOST_TEST(!locks[2].done());
    BOOST_TEST(!locks[3].done());
    locks[0].value() = {};
    MUST(w, locks[2]);
    w.run_for(1s);
    BOOST_TEST(!locks[3].done());
    locks[2].value() = {};
    MUST(w, locks[3]);
}

BOOST_AUTO_TEST_CASE(waiters_of_a_revoked_session_are_told)
{
    world w;
    const auto a = w.connect();
    const auto b = w.connect();
    auto held = w.must_lock(mutex{a, "name"});
    auto s = w.must_open(b, 9s);
    auto waiting = w.lock(mutex{s, "name"});
    w.run_for(1s);
    w.etcd.revoke(s.lease());
    BOOST_TEST(w.finish(waiting, 9s));
    BOOST_TEST(!waiting.ok());
    BOOST_TEST((waiting.ec() == errc::key_deleted || waiting.ec() == errc::session_lost));
    BOOST_TEST(held.held());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
