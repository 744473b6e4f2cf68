// SPDX-License-Identifier: Apache-2.0
#include "names.hpp"

#include <core/status.hpp>

#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(engine_claim)

using namespace leasehold;
using namespace leasehold::test;
using memory::call_kind;
using memory::direction;
using namespace std::string_literals;

namespace {

constexpr const char* queue_of_name = "locker/name/";

/// A client and a locker on it.
struct host {
    explicit host(world& w, locker_options options = {}) : c{w.connect()}, names{c, std::move(options)} {}

    client c;
    locker names;
};

/// A claim and somebody who follows it.
struct followed {
    followed(const locker& l, std::string value, const std::string& name = "name")
        : held{l.claim(name, std::move(value))}, changes{held.ownership()}
    {}

    std::string next(world& w) { return word(must_next(w, changes)); }

    claim held;
    ownership_watcher changes;
};

std::string value_at(const world& w, const std::string& prefix = queue_of_name)
{
    const auto keys = w.keys(prefix);
    return keys.empty() ? "nothing" : keys.front().value;
}

std::size_t queued(const world& w, const std::string& prefix = queue_of_name)
{
    return w.keys(prefix).size();
}

std::string holders_key(const world& w, const std::string& prefix = queue_of_name)
{
    const auto keys = w.keys(prefix);
    BOOST_TEST_REQUIRE(!keys.empty());
    return keys.front().key;
}

core::status too_large()
{
    return {core::status_code::invalid_argument, "etcdserver: request is too large"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ownership)

BOOST_AUTO_TEST_CASE(of_a_free_name_comes_at_once_and_shows_the_value)
{
    world w;
    host h{w};
    followed mine{h.names, "10.0.0.7:80"};
    BOOST_TEST(!mine.held.owned());
    BOOST_TEST(mine.held.name() == "name");
    BOOST_TEST(mine.next(w) == "waits");
    const auto owned = must_next(w, mine.changes);
    BOOST_TEST(word(owned) == "owned");
    BOOST_TEST(mine.held.owned());
    BOOST_TEST((mine.held.token() == owned.token));
    const auto keys = w.keys(queue_of_name);
    BOOST_TEST_REQUIRE(keys.size() == 1u);
    BOOST_TEST(keys[0].value == "10.0.0.7:80");
    BOOST_TEST(keys[0].create_revision == owned.token.revision);
    auto got = w.get(h.names, "name");
    MUST(w, got);
    BOOST_TEST(got.value().value() == "10.0.0.7:80");
}

BOOST_AUTO_TEST_CASE(lasts_without_anybody_reading)
{
    world w;
    host h{w};
    const auto mine = h.names.claim("name", "v");
    w.run_for(1s);
    const auto token = mine.token();
    BOOST_TEST(mine.owned());
    const auto unread = mine.ownership();
    w.run_for(1h);
    BOOST_TEST(mine.owned());
    BOOST_TEST((mine.token() == token));
}

BOOST_AUTO_TEST_CASE(goes_from_claim_to_claim_in_order)
{
    world w;
    std::vector<host> hosts;
    std::vector<followed> claims;
    for (int i = 0; i < 5; ++i) {
        hosts.emplace_back(w);
        claims.emplace_back(hosts.back().names, std::to_string(i));
        w.run_for(100ms);
    }
    fencing_token last;
    for (std::size_t i = 0; i < claims.size(); ++i) {
        w.run_for(100ms);
        for (std::size_t j = 0; j < claims.size(); ++j)
            BOOST_TEST(claims[j].held.owned() == (j == i));
        BOOST_TEST(value_at(w) == std::to_string(i));
        BOOST_TEST((claims[i].held.token() > last));
        last = claims[i].held.token();
        auto released = w.release(claims[i].held);
        BOOST_TEST(!claims[i].held.owned());
        MUST(w, released);
    }
    BOOST_TEST(queued(w) == 0u);
}

// Equal values say nothing about who owns.
BOOST_AUTO_TEST_CASE(is_exclusive_whatever_the_values_in_one_client_too)
{
    world w;
    host h{w};
    followed first{h.names, "same"};
    followed second{h.names, "same"};
    w.run_for(1s);
    BOOST_TEST(first.held.owned());
    BOOST_TEST(!second.held.owned());
    const auto token = first.held.token();
    first.held = {};
    w.run_for(1s);
    BOOST_TEST(second.held.owned());
    // Another key: who follows the name sees another owner.
    BOOST_TEST(second.held.token().revision > token.revision);
    BOOST_TEST(second.next(w) == "waits");
    BOOST_TEST(second.next(w) == "owned");
}

BOOST_AUTO_TEST_CASE(is_a_locks_like_any_other)
{
    world w;
    host h{w};
    const auto other = w.connect();
    auto held = w.must_lock(mutex{other, "locker/name"});
    followed mine{h.names, "v"};
    w.run_for(1s);
    BOOST_TEST(!mine.held.owned());
    held = {};
    w.run_for(1s);
    BOOST_TEST(mine.held.owned());
    auto refused = w.try_lock(mutex{other, "locker/name"});
    MUST(w, refused);
    BOOST_TEST(!refused.value().has_value());
}

BOOST_AUTO_TEST_CASE(is_bounded_by_the_lease_like_a_held_locks)
{
    world w;
    host h{w};
    followed mine{h.names, "v"};
    w.run_for(1s);
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.freeze(m);
    w.run_for(3s);
    BOOST_TEST(mine.held.owned());
    // Without a word from anybody, and before the lease can end.
    w.run_for(950ms);
    BOOST_TEST(!mine.held.owned());
    BOOST_TEST(queued(w) == 1u);
}

BOOST_AUTO_TEST_CASE(is_a_condition_for_transactions)
{
    world w;
    host a{w};
    host b{w};
    followed mine{a.names, "a"};
    BOOST_TEST(!mine.held.while_owned());
    BOOST_TEST((mine.held.deadline() == boot_clock::time_point{}));
    while (mine.next(w) != "owned")
        ;
    BOOST_TEST((mine.held.deadline() > w.etcd.now()));
    const auto condition = mine.held.while_owned();
    BOOST_TEST_REQUIRE(condition.has_value());
    const auto holds = [&] {
        transaction t;
        t.when.push_back(*condition);
        auto done = w.start<transaction_result>([&](auto h) { a.c.txn(t, std::move(h)); });
        BOOST_TEST_REQUIRE(w.finish(done));
        return done.ok() && done.value().succeeded;
    };
    BOOST_TEST(holds());
    followed other{b.names, "b"};
    auto released = w.release(mine.held);
    MUST(w, released);
    BOOST_TEST(!mine.held.while_owned());
    BOOST_TEST(!holds());
    while (other.next(w) != "owned")
        ;
    BOOST_TEST(!holds());
}

BOOST_AUTO_TEST_CASE(of_many_names_costs_one_lease)
{
    world w;
    host h{w};
    std::vector<claim> all;
    for (int i = 0; i < 100; ++i)
        all.push_back(h.names.claim("name-" + std::to_string(i), "v"));
    w.run_for(1s);
    for (const auto& one : all)
        BOOST_TEST(one.owned());
    BOOST_TEST(w.leases() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(loss)

BOOST_AUTO_TEST_CASE(of_the_key_is_told_and_the_claim_queues_again)
{
    world w;
    host h{w};
    followed mine{h.names, "v"};
    BOOST_TEST(mine.next(w) == "waits");
    BOOST_TEST(mine.next(w) == "owned");
    w.run_for(1s);
    const auto token = mine.held.token();
    w.etcd.remove(holders_key(w));
    const auto lost = must_next(w, mine.changes);
    BOOST_TEST(word(lost) == "key deleted");
    BOOST_TEST(lost.text.find("locker/name") != std::string::npos, lost.text);
    const auto again = must_next(w, mine.changes);
    BOOST_TEST(word(again) == "owned");
    BOOST_TEST((again.token > token));
    BOOST_TEST(mine.held.owned());
    BOOST_TEST(value_at(w) == "v");
}

BOOST_AUTO_TEST_CASE(of_the_key_to_somebody_who_waits_puts_the_claim_behind_him)
{
    world w;
    host a{w};
    host b{w};
    followed first{a.names, "a"};
    w.run_for(100ms);
    followed second{b.names, "b"};
    w.run_for(1s);
    w.etcd.remove(holders_key(w));
    w.run_for(1s);
    BOOST_TEST(!first.held.owned());
    BOOST_TEST(second.held.owned());
    BOOST_TEST(queued(w) == 2u);
    second.held = {};
    w.run_for(1s);
    BOOST_TEST(first.held.owned());
    for (const auto* expected : {"waits", "owned", "key deleted", "owned"})
        BOOST_TEST(first.next(w) == expected);
}

BOOST_AUTO_TEST_CASE(of_the_place_in_the_queue_is_told_and_another_one_taken)
{
    world w;
    host a{w};
    host b{w};
    followed first{a.names, "a"};
    w.run_for(100ms);
    followed second{b.names, "b"};
    w.run_for(1s);
    w.etcd.remove(w.keys(queue_of_name).back().key);
    w.run_for(1s);
    BOOST_TEST(queued(w) == 2u);
    first.held = {};
    w.run_for(1s);
    BOOST_TEST(second.held.owned());
    for (const auto* expected : {"waits", "key deleted", "owned"})
        BOOST_TEST(second.next(w) == expected);
}

BOOST_AUTO_TEST_CASE(of_the_lease_is_told_and_the_claim_queues_again)
{
    world w;
    host h{w};
    followed mine{h.names, "v"};
    w.run_for(1s);
    const auto token = mine.held.token();
    w.etcd.revoke(w.keys(queue_of_name).front().lease);
    w.run_for(10s);
    BOOST_TEST(mine.held.owned());
    BOOST_TEST((mine.held.token() > token));
    BOOST_TEST(value_at(w) == "v");
    BOOST_TEST(mine.next(w) == "waits");
    BOOST_TEST(mine.next(w) == "owned");
    // Its end, or that of the key on it: which is heard of first is chance.
    const auto why = mine.next(w);
    BOOST_TEST((why == "session lost" || why == "key deleted"), why);
    for (auto next = mine.next(w); next != "owned"; next = mine.next(w))
        BOOST_TEST((next == "session lost" || next == "key deleted"), next);
}

BOOST_AUTO_TEST_CASE(by_an_outage_is_told_and_mended_after_it)
{
    world w;
    host h{w};
    followed mine{h.names, "v"};
    w.run_for(1s);
    const auto token = mine.held.token();
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.stop(m);
    w.run_for(30s);
    BOOST_TEST(!mine.held.owned());
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.start(m);
    w.run_for(30s);
    BOOST_TEST(mine.held.owned());
    BOOST_TEST((mine.held.token() > token));
    for (const auto* expected : {"waits", "owned", "session lost", "unreachable", "owned"})
        BOOST_TEST(mine.next(w) == expected);
}

BOOST_AUTO_TEST_CASE(does_not_come_of_a_short_outage)
{
    world w;
    host h{w};
    followed mine{h.names, "v"};
    w.run_for(1s);
    for (int round = 0; round < 5; ++round) {
        for (std::size_t m = 0; m < 3; ++m)
            w.etcd.stop(m);
        w.run_for(1s);
        for (std::size_t m = 0; m < 3; ++m)
            w.etcd.start(m);
        w.run_for(20s);
    }
    BOOST_TEST(mine.next(w) == "waits");
    BOOST_TEST(mine.next(w) == "owned");
    auto nothing = w.next(mine.changes);
    w.run_for(10s);
    BOOST_TEST(!nothing.done());
}

BOOST_AUTO_TEST_CASE(without_a_cluster_to_begin_with_the_claim_waits_for_one)
{
    world w;
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.stop(m);
    host h{w};
    followed mine{h.names, "v"};
    BOOST_TEST(mine.next(w) == "waits");
    const auto why = must_next(w, mine.changes);
    BOOST_TEST(word(why) == "unreachable");
    BOOST_TEST(why.text.find("member-1:2379") != std::string::npos, why.text);
    w.etcd.start(1);
    BOOST_TEST(mine.next(w) == "owned");
}

BOOST_AUTO_TEST_CASE(what_etcd_refuses_is_told_and_not_tried_again)
{
    world w;
    host h{w};
    followed mine{h.names, std::string(2 << 20, 'x')};
    BOOST_TEST(mine.next(w) == "waits");
    const auto why = must_next(w, mine.changes);
    BOOST_TEST(word(why) == "refused");
    BOOST_TEST(why.text.find("too large") != std::string::npos, why.text);
    w.run_for(10s);
    const auto before = w.etcd.messages();
    w.run_for(1s);
    BOOST_TEST(w.etcd.messages() - before < 10u);
    auto set = w.set_value(mine.held, "small");
    MUST(w, set);
    BOOST_TEST(!set.value());
    BOOST_TEST(mine.next(w) == "owned");
    BOOST_TEST(value_at(w) == "small");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(followers)

BOOST_AUTO_TEST_CASE(begin_with_how_things_stand_and_are_independent)
{
    world w;
    host h{w};
    auto mine = h.names.claim("name", "v");
    auto early = mine.ownership();
    w.run_for(1s);
    auto late = mine.ownership();
    BOOST_TEST(word(must_next(w, late)) == "owned");
    BOOST_TEST(word(must_next(w, early)) == "waits");
    BOOST_TEST(word(must_next(w, early)) == "owned");
}

// The latest changes, in order, and how many are missing before them.
BOOST_AUTO_TEST_CASE(that_do_not_read_are_told_the_latest_and_cost_no_more_than_that)
{
    world w;
    host h{w};
    auto mine = h.names.claim("name", "v");
    auto absent = mine.ownership();
    auto attentive = mine.ownership();
    std::vector<ownership_change> all;
    const auto read = [&](std::size_t wanted) {
        while (all.size() < wanted)
            all.push_back(must_next(w, attentive));
    };
    read(2);
    for (int i = 0; i < 100; ++i) {
        w.run_for(100ms);
        w.etcd.remove(holders_key(w));
        read(all.size() + 2);
    }
    BOOST_TEST(mine.owned());
    auto first = must_next(w, absent);
    BOOST_TEST(first.skipped == all.size() - 64);
    for (auto i = all.size() - 64; i < all.size(); ++i) {
        BOOST_TEST(word(first) == word(all[i]));
        BOOST_TEST((first.token == all[i].token));
        if (i + 1 == all.size())
            break;
        first = must_next(w, absent);
        BOOST_TEST(first.skipped == 0u);
    }
    BOOST_TEST((first.token == mine.token()));
}

BOOST_AUTO_TEST_CASE(lose_nothing_by_cancelling)
{
    world w;
    host h{w};
    followed mine{h.names, "v"};
    BOOST_TEST(mine.next(w) == "waits");
    for (int i = 0; i < 20; ++i) {
        for (const auto* expected : {"owned", "key deleted"}) {
            auto next = w.next(mine.changes);
            for (int steps = 0; steps < i && !next.done(); ++steps)
                if (!w.step())
                    w.run_for(1ms);
            next.cancel();
            w.poll();
            BOOST_TEST_REQUIRE(next.done());
            BOOST_TEST((next.ok() ? word(next.value()) : mine.next(w)) == expected);
            if (expected == std::string{"owned"}) {
                w.run_for(100ms);
                w.etcd.remove(holders_key(w));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(wait_one_at_a_time)
{
    world w;
    host h{w};
    followed mine{h.names, "v"};
    mine.next(w);
    mine.next(w);
    auto first = w.next(mine.changes);
    auto second = w.next(mine.changes);
    MUST_FAIL(w, second, errc::already_waiting);
    mine.held = {};
    MUST(w, first);
}

BOOST_AUTO_TEST_CASE(that_go_end_their_wait)
{
    world w;
    host h{w};
    followed mine{h.names, "v"};
    mine.next(w);
    mine.next(w);
    auto next = w.next(mine.changes);
    mine.changes = {};
    w.run_for(1s);
    BOOST_TEST(next.aborted());
    BOOST_TEST(mine.held.owned());
    auto none = w.next(mine.changes);
    MUST_FAIL(w, none, errc::not_held);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(release)

BOOST_AUTO_TEST_CASE(of_an_owner_ends_everything)
{
    world w;
    host h{w};
    followed mine{h.names, "v"};
    w.run_for(1s);
    auto released = w.release(mine.held);
    BOOST_TEST(!mine.held.owned());
    BOOST_TEST((mine.held.token() == fencing_token{}));
    MUST(w, released);
    BOOST_TEST(queued(w) == 0u);
    for (const auto* expected : {"waits", "owned", "released"})
        BOOST_TEST(mine.next(w) == expected);
    auto next = w.next(mine.changes);
    MUST_FAIL(w, next, errc::not_held);
    auto again = w.release(mine.held);
    MUST_FAIL(w, again, errc::not_held);
    auto set = w.set_value(mine.held, "w");
    MUST_FAIL(w, set, errc::not_held);
    auto late = mine.held.ownership();
    BOOST_TEST(word(must_next(w, late)) == "released");
    w.run_for(1min);
    BOOST_TEST(queued(w) == 0u);
}

BOOST_AUTO_TEST_CASE(of_a_waiter_gives_its_place_back)
{
    world w;
    host a{w};
    host b{w};
    followed first{a.names, "a"};
    w.run_for(100ms);
    followed second{b.names, "b"};
    w.run_for(1s);
    BOOST_TEST(queued(w) == 2u);
    auto released = w.release(second.held);
    MUST(w, released);
    w.run_for(1s);
    BOOST_TEST(queued(w) == 1u);
    BOOST_TEST(first.held.owned());
    BOOST_TEST(second.next(w) == "waits");
    BOOST_TEST(second.next(w) == "released");
}

BOOST_AUTO_TEST_CASE(comes_with_the_handles_end_at_every_step)
{
    bool owned = false;
    for (int steps = 0; !owned; ++steps) {
        BOOST_REQUIRE(steps < 200);
        world w;
        {
            host h{w};
            followed mine{h.names, "v"};
            for (int i = 0; i < steps; ++i)
                w.step();
            owned = mine.held.owned();
            auto next = w.next(mine.changes);
            mine.held = {};
            w.run_for(1s);
            std::string last = "nothing";
            while (next.done() && next.ok()) {
                last = word(next.value());
                next = w.next(mine.changes);
                w.run_for(1ms);
            }
            BOOST_TEST(last == "released");
            BOOST_TEST((next.ec() == errc::not_held));
        }
        w.run_for(40s);
        BOOST_TEST(queued(w) == 0u);
        BOOST_TEST(w.leases() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(of_a_moved_claim_is_the_new_handles)
{
    world w;
    host h{w};
    auto first = h.names.claim("name", "v");
    auto second = std::move(first);
    w.run_for(1s);
    BOOST_TEST(second.owned());
    BOOST_TEST(!first.owned());
    auto none = w.release(first);
    MUST_FAIL(w, none, errc::not_held);
    second = h.names.claim("other", "v");
    w.run_for(1s);
    BOOST_TEST(queued(w) == 0u);
    BOOST_TEST(queued(w, "locker/other/") == 1u);
}

BOOST_AUTO_TEST_CASE(finds_out_that_the_name_was_lost)
{
    world w;
    host h{w};
    followed mine{h.names, "v"};
    BOOST_TEST(mine.next(w) == "waits");
    BOOST_TEST(mine.next(w) == "owned");
    // The news of it is still on its way.
    w.etcd.remove(holders_key(w));
    auto released = w.release(mine.held);
    MUST_FAIL(w, released, errc::key_deleted);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(values)

BOOST_AUTO_TEST_CASE(of_an_owner_are_published_when_told_so)
{
    world w;
    host h{w};
    followed mine{h.names, "one"};
    w.run_for(1s);
    const auto token = mine.held.token();
    const auto lease = w.keys(queue_of_name).front().lease;
    for (const auto* value : {"two", "three", "", "three"}) {
        auto set = w.set_value(mine.held, value);
        MUST(w, set);
        BOOST_TEST(set.value());
        BOOST_TEST(value_at(w) == value);
        BOOST_TEST(w.keys(queue_of_name).front().lease == lease);
    }
    BOOST_TEST(mine.held.owned());
    BOOST_TEST((mine.held.token() == token));
}

BOOST_AUTO_TEST_CASE(of_a_waiter_are_published_in_its_turn)
{
    world w;
    host a{w};
    host b{w};
    followed first{a.names, "a"};
    w.run_for(100ms);
    followed second{b.names, "b"};
    w.run_for(1s);
    auto set = w.set_value(second.held, "another b");
    MUST(w, set);
    BOOST_TEST(!set.value());
    first.held = {};
    w.run_for(1s);
    BOOST_TEST(second.held.owned());
    BOOST_TEST(value_at(w) == "another b");
}

BOOST_AUTO_TEST_CASE(last_after_a_loss)
{
    world w;
    host h{w};
    followed mine{h.names, "one"};
    w.run_for(1s);
    auto set = w.set_value(mine.held, "two");
    MUST(w, set);
    w.run_for(1s);
    w.etcd.remove(holders_key(w));
    w.run_for(1s);
    BOOST_TEST(mine.held.owned());
    BOOST_TEST(value_at(w) == "two");
}

BOOST_AUTO_TEST_CASE(in_quick_succession_end_with_the_last)
{
    world w;
    host h{w};
    followed mine{h.names, "0"};
    w.run_for(1s);
    std::vector<started<bool>> all;
    for (int i = 1; i <= 50; ++i)
        all.push_back(w.set_value(mine.held, std::to_string(i)));
    for (auto& one : all) {
        MUST(w, one);
        BOOST_TEST(one.value());
    }
    BOOST_TEST(value_at(w) == "50");
    // Begun with the first, then what was the last by then.
    BOOST_TEST(w.keys(queue_of_name).front().version == 3);
}

BOOST_AUTO_TEST_CASE(that_are_too_large_leave_the_one_before)
{
    world w;
    host h{w};
    followed mine{h.names, "one"};
    w.run_for(1s);
    auto set = w.set_value(mine.held, std::string(2 << 20, 'x'));
    MUST_FAIL(w, set, errc::invalid_request);
    BOOST_TEST(mine.held.owned());
    BOOST_TEST(value_at(w) == "one");
    w.etcd.remove(holders_key(w));
    w.run_for(1s);
    BOOST_TEST(mine.held.owned());
    BOOST_TEST(value_at(w) == "one");
}

// Late effects of repeated writes included.
BOOST_AUTO_TEST_CASE(are_published_in_order_whatever_happens_to_the_requests)
{
    const memory::fault every[] = {
        memory::fault::fail(memory::connection_reset()),
        memory::fault::lose(),
        memory::fault::delay(900ms),
        memory::fault::late(3s, memory::connection_reset()),
        memory::fault::twice(),
    };
    for (const auto& what : every) {
        for (const auto way : {direction::to_server, direction::to_client}) {
            world w;
            host h{w};
            followed mine{h.names, "0"};
            w.run_for(1s);
            name_truth truth{w, "locker/", {"name"}};
            int written = 0;
            w.etcd.on_message([&](const memory::message& m) {
                if (m.kind != call_kind::txn || m.direction != way || ++written % 3 == 0)
                    return memory::fault::none();
                if (what.what == memory::fault::kind::late && way == direction::to_client)
                    return memory::fault::none();
                return what;
            });
            for (int i = 1; i <= 10; ++i) {
                auto set = w.set_value(mine.held, std::to_string(i));
                MUST(w, set);
                if (mine.held.owned() && set.value())
                    BOOST_TEST(value_at(w) == std::to_string(i));
            }
            w.etcd.on_message({});
            w.run_for(40s);
            BOOST_TEST(value_at(w) == "10");
            truth.take();
            int last = 0;
            for (const auto& s : truth.after("name", 0)) {
                if (!s.value)
                    continue;
                BOOST_TEST(std::stoi(*s.value) >= last);
                last = std::stoi(*s.value);
            }
        }
    }
}

// Such as `etcdctl put KEY`: the owner's next value goes over it.
BOOST_AUTO_TEST_CASE(prevail_over_what_others_write_into_the_key)
{
    world w;
    host h{w};
    followed mine{h.names, "one"};
    w.run_for(1s);
    const auto key = w.keys(queue_of_name).front();
    w.etcd.put(key.key, "by hand", key.lease);
    w.run_for(1s);
    BOOST_TEST(mine.held.owned());
    BOOST_TEST(value_at(w) == "by hand");
    auto set = w.set_value(mine.held, "two");
    MUST(w, set);
    BOOST_TEST(set.value());
    BOOST_TEST(value_at(w) == "two");
}

// A hand-on inside the process would put the next holder under a key that says something else.
BOOST_AUTO_TEST_CASE(that_were_changed_end_with_the_key)
{
    world w;
    host h{w};
    const mutex m{h.c, "locker/name", {.ttl = 5s, .value = "v", .local_turn = 1h}};
    auto before = w.must_lock(m);
    auto mine = h.names.claim("name", "v");
    w.run_for(1s);
    auto behind = w.lock(m);
    w.settle();
    before = {};
    w.run_for(100ms);
    BOOST_TEST_REQUIRE(mine.owned());
    // The claim got the mutex's key: equal values, and its turn was not over.
    BOOST_TEST(mine.token().sequence == 1u);
    auto set = w.set_value(mine, "w");
    MUST(w, set);
    mine = {};
    MUST(w, behind);
    BOOST_TEST(behind.value().token().sequence == 0u);
    BOOST_TEST(value_at(w) == "v");
}

// Nothing that was once written for a name may show under another owner.
BOOST_AUTO_TEST_CASE(do_not_reach_a_later_owner)
{
    world w;
    host h{w};
    followed mine{h.names, "one"};
    w.run_for(1s);
    const auto old_token = mine.held.token();
    w.etcd.on_message([](const memory::message& m) {
        return m.kind == call_kind::txn && m.direction == direction::to_server
                   ? memory::fault::late(5s, memory::connection_reset())
                   : memory::fault::none();
    });
    auto set = w.set_value(mine.held, "late");
    w.run_for(10ms);
    w.etcd.on_message({});
    w.etcd.remove(holders_key(w));
    MUST(w, set);
    BOOST_TEST(!set.value());
    mine.held = h.names.claim("name", "next");
    w.run_for(1s);
    BOOST_TEST((mine.held.token() > old_token));
    w.run_for(10s);
    BOOST_TEST(value_at(w) == "next");
}

BOOST_AUTO_TEST_CASE(of_a_waiter_that_etcd_refuses_are_told_of_when_its_turn_comes)
{
    world w;
    host a{w};
    host b{w};
    followed first{a.names, "a"};
    w.run_for(100ms);
    followed second{b.names, "b"};
    w.run_for(1s);
    auto set = w.set_value(second.held, "refused");
    MUST(w, set);
    w.etcd.on_message([](const memory::message& m) {
        return m.client == 1 && m.kind == call_kind::txn ? memory::fault::fail(too_large())
                                                         : memory::fault::none();
    });
    first.held = {};
    w.run_for(1s);
    BOOST_TEST(second.held.owned());
    BOOST_TEST(value_at(w) == "b");
    for (const auto* expected : {"waits", "owned", "owned, refused"})
        BOOST_TEST(second.next(w) == expected);
    w.etcd.on_message({});
    set = w.set_value(second.held, "accepted");
    MUST(w, set);
    BOOST_TEST(value_at(w) == "accepted");
    BOOST_TEST(second.next(w) == "owned");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(handles)

BOOST_AUTO_TEST_CASE(are_checked_when_made)
{
    world w;
    const auto c = w.connect();
    const locker l{c};
    BOOST_CHECK_THROW(std::ignore = l.claim("", "v"), std::invalid_argument);
    BOOST_CHECK_THROW((locker{c, {.ttl = 0s}}), std::invalid_argument);
    BOOST_CHECK_THROW((locker{c, {.watch_buffer = 0}}), std::invalid_argument);
    BOOST_CHECK_THROW((locker{c, {.page = 0}}), std::invalid_argument);
    BOOST_TEST(l.options().directory == "locker/");
    BOOST_TEST((l.options().ttl == 5s));
}

BOOST_AUTO_TEST_CASE(of_nothing_end_every_operation)
{
    world w;
    claim none;
    BOOST_TEST(!none.owned());
    BOOST_TEST(none.name() == "");
    auto released = w.start<>([&](auto h) { none.release(std::move(h)); });
    MUST_FAIL(w, released, errc::not_held);
    auto set = w.set_value(none, "v");
    MUST_FAIL(w, set, errc::not_held);
    auto changes = none.ownership();
    auto next = w.next(changes);
    MUST_FAIL(w, next, errc::not_held);
}

BOOST_AUTO_TEST_CASE(take_any_name_and_directory)
{
    world w;
    for (const auto& name : {"a b"s, "\0"s, "line\nbreak"s, "\xff"s, "a/"s, "/"s}) {
        host h{w, {.directory = "\n\0/x"s}};
        followed mine{h.names, name, name};
        w.run_for(1s);
        BOOST_TEST(mine.held.owned());
        auto got = w.get(h.names, name);
        MUST(w, got);
        BOOST_TEST(got.value().value() == name);
    }
}

BOOST_AUTO_TEST_CASE(do_not_keep_the_context_running)
{
    world w;
    host a{w};
    host b{w};
    followed owner{a.names, "a"};
    w.run_for(1s);
    followed waiter{b.names, "b"};
    w.run_for(1min);
    w.poll();
    BOOST_TEST(w.io.stopped());
    BOOST_TEST(owner.held.owned());
    waiter.next(w);
    auto next = w.next(waiter.changes);
    w.run_for(1min);
    w.poll();
    BOOST_TEST(!w.io.stopped());
}

BOOST_AUTO_TEST_CASE(go_in_any_order)
{
    for (int order = 0; order < 5; ++order) {
        world w;
        {
            auto h = std::make_unique<host>(w);
            auto mine = std::make_unique<followed>(h->names, "v");
            w.run_for(1s);
            auto next = w.next(mine->changes);
            MUST(w, next);
            next = w.next(mine->changes);
            MUST(w, next);
            next = w.next(mine->changes);
            auto set = w.set_value(mine->held, "w");
            switch (order) {
            case 0:
                h.reset();
                w.step();
                mine.reset();
                break;
            case 1:
                mine.reset();
                h.reset();
                break;
            case 2:
                mine->held = {};
                h.reset();
                w.run_for(1s);
                BOOST_TEST(next.ok());
                mine.reset();
                break;
            case 3:
                mine->changes = {};
                mine->held = {};
                h.reset();
                break;
            default:
                h.reset();
                mine->held = {};
                break;
            }
            w.run_for(1s);
            BOOST_TEST(next.done());
            BOOST_TEST(set.done());
        }
        w.run_for(40s);
        BOOST_TEST(w.keys().empty());
        BOOST_TEST(w.leases() == 0u);
    }
}

// A handler may own the handle whose operation it waits for: the context breaks the circle.
BOOST_AUTO_TEST_CASE(owned_by_their_own_handlers_are_not_leaked)
{
    const auto tracked = std::make_shared<int>(1);
    {
        world w;
        const auto first = host{w};
        const auto ahead = first.names.claim("name", "ahead");
        w.run_for(1s);
        host h{w};
        for (const auto* name : {"name", "free", "unread"}) {
            auto mine = std::make_shared<claim>(h.names.claim(name, "v"));
            w.run_for(1s);
            auto changes = std::make_shared<ownership_watcher>(mine->ownership());
            must_next(w, *changes);
            changes->next([mine, changes, tracked](error_code, ownership_change) {});
        }
        auto watching = std::make_shared<name_watcher>(h.names.watch_prefix("none/"));
        watching->next([watching, tracked](error_code, name_state) {});
        watching = {};
        w.run_for(1s);
        for (std::size_t m = 0; m < 3; ++m)
            w.etcd.stop(m);
        w.run_for(1s);
        auto listing = std::make_shared<name_lister>(h.names.list());
        listing->next([listing, tracked](error_code, std::vector<name_state>) {});
        listing = {};
        auto reading = std::make_shared<name_watcher>(h.names.watch("name"));
        reading->next([reading, tracked](error_code, name_state) {});
        reading = {};
        w.poll();
        BOOST_TEST(tracked.use_count() == 7);
    }
    BOOST_TEST(tracked.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
