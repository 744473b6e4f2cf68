// SPDX-License-Identifier: Apache-2.0
// The transactions of the lock protocol, done to a small etcd, and what their answers are taken to mean.
#include "store.hpp"

#include <core/lock_protocol.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>

BOOST_AUTO_TEST_SUITE(core_lock_protocol)

using namespace leasehold;
using namespace leasehold::core;
using leasehold::test::store;

namespace {

/// A lock "lock" in an etcd of its own, and a session with the lease 0x10.
struct fixture {
    store etcd;
    lock_place place = lock_place::make("lock", 0x10);

    fixture()
    {
        etcd.grant(0x10);
        etcd.put("unrelated", {}, 0x99);
        etcd.put("lock", {}, 0x99);
        etcd.put("lock0", {}, 0x99);
    }

    transaction_result enqueued(const std::string& value = {}) { return *etcd.apply(enqueue(place, value)); }
    queue_position enqueue_position() { return read_enqueue(enqueued()); }
    queue_position behind_position()
    {
        return read_enqueue_behind(place, *etcd.apply(enqueue_behind(place, {})));
    }
    queue_position try_position() { return read_try_enqueue(place, *etcd.apply(try_enqueue(place, {}))); }
    queue_position look_position(revision own) { return read_look(place, own, etcd.get(look(place, own))); }
    queue_position look_at_position(const std::string& predecessor)
    {
        return read_look_at(predecessor, *etcd.apply(look_at(place, predecessor)));
    }
    queue_position nearby_position(revision own)
    {
        return read_look_nearby(place, own, etcd.get(look_nearby(place)));
    }
    queue_position look_own_position() { return read_look_own(etcd.get(look_own(place))); }

    const key_value& own_key() { return etcd.keys().at("lock/10"); }
    revision other(const std::string& name)
    {
        etcd.put("lock/" + name, "theirs", 0x20);
        return etcd.now();
    }
};

bool has_write(const transaction& t)
{
    const auto writes = [](const operation& o) {
        if (const auto* nested = std::get_if<transaction>(&o.request))
            return has_write(*nested);
        return !std::holds_alternative<get_request>(o.request);
    };
    return std::any_of(t.then.begin(), t.then.end(), writes) ||
           std::any_of(t.otherwise.begin(), t.otherwise.end(), writes);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_place_is_the_key_that_go_would_write)
{
    const auto place = lock_place::make("/locks/a", 0x694d7f3b2a1c0d5e);
    BOOST_TEST(place.name() == "/locks/a");
    BOOST_TEST(place.prefix() == "/locks/a/");
    BOOST_TEST(place.prefix_end() == "/locks/a0");
    BOOST_TEST(place.key == "/locks/a/694d7f3b2a1c0d5e");
    BOOST_TEST(place.lease == 0x694d7f3b2a1c0d5e);
}

// ---- enqueue ----

BOOST_FIXTURE_TEST_CASE(joining_is_a_put_and_a_count, fixture)
{
    const auto t = enqueue(place, "me");
    BOOST_REQUIRE(t.when.size() == 1u);
    BOOST_TEST(t.when[0].key == "lock/10");
    BOOST_TEST(t.when[0].range_end == "");
    BOOST_TEST(
        (t.when[0].what == compare::field::create_revision && t.when[0].how == compare::relation::equal));
    BOOST_TEST(t.when[0].number == 0);
    BOOST_REQUIRE(t.then.size() == 2u);
    const auto& put = std::get<put_request>(t.then[0].request);
    BOOST_TEST(put.key == "lock/10");
    BOOST_TEST(put.value == "me");
    BOOST_TEST(put.lease == 0x10);
    const auto& count = std::get<get_request>(t.then[1].request);
    BOOST_TEST(count.key == "lock/");
    BOOST_TEST(count.range_end == "lock0");
    BOOST_TEST(count.count_only);
}

// etcd reads a range whole for an order, a bound of revisions or a compare, and does nothing else meanwhile
// if that is part of a transaction that writes.
BOOST_FIXTURE_TEST_CASE(what_a_long_queue_is_asked_for_is_read_in_part, fixture)
{
    BOOST_TEST(std::get<get_request>(enqueue(place, {}).then.at(1).request).count_only);
    const auto nearby = look_nearby(place);
    BOOST_TEST(nearby.limit == 16);
    BOOST_TEST((nearby.sort == get_request::order::by_key));
    BOOST_TEST(nearby.max_create_revision == 0);
    for (const auto& o : look_at(place, "lock/7").then)
        BOOST_TEST(std::get<get_request>(o.request).range_end == "");
}

// Values of up to a megabyte may be queued with; none travels back to those behind them.
BOOST_FIXTURE_TEST_CASE(reads_of_the_queue_carry_no_values, fixture)
{
    BOOST_TEST(look(place, 7).keys_only);
    BOOST_TEST(look_own(place).keys_only);
    BOOST_TEST(std::get<get_request>(enqueue(place, {}).otherwise.at(0).request).keys_only);
    BOOST_TEST(std::get<get_request>(enqueue_behind(place, {}).then.at(1).request).keys_only);
    BOOST_TEST(look_nearby(place).keys_only);
    for (const auto& o : look_at(place, "lock/7").then)
        BOOST_TEST(std::get<get_request>(o.request).keys_only);
    BOOST_TEST(std::get<get_request>(try_enqueue(place, {}).otherwise.at(0).request).keys_only);
}

// A compare with a stale answer is no proof: etcd answers read-only transactions without a linearizable read
// when all their reads are serializable (etcd.md 5.1).
BOOST_FIXTURE_TEST_CASE(reads_of_the_queue_are_linearizable, fixture)
{
    BOOST_TEST(!look(place, 7).serializable);
    BOOST_TEST(!look_own(place).serializable);
    BOOST_TEST(!look_nearby(place).serializable);
    for (const auto& o : look_at(place, "lock/7").then)
        BOOST_TEST(!std::get<get_request>(o.request).serializable);
    BOOST_TEST(!std::get<get_request>(try_enqueue(place, {}).otherwise.at(0).request).serializable);
}

BOOST_FIXTURE_TEST_CASE(an_empty_queue_makes_an_owner, fixture)
{
    const auto p = read_enqueue(enqueued("me"));
    BOOST_TEST(p.known);
    BOOST_TEST(p.predecessor == "");
    BOOST_TEST(p.ahead == 0u);
    BOOST_TEST(p.own == etcd.now());
    BOOST_TEST(p.store_revision == etcd.now());
    BOOST_TEST(own_key().create_revision == p.own);
    BOOST_TEST(own_key().value == "me");
    BOOST_TEST(own_key().lease == 0x10);
}

BOOST_FIXTURE_TEST_CASE(a_queue_is_counted, fixture)
{
    other("7");
    other("694d7f");
    const auto p = enqueue_position();
    BOOST_TEST(!p.known);
    BOOST_TEST(p.ahead == 2u);
    BOOST_TEST(p.own == etcd.now());
    BOOST_TEST(p.store_revision == etcd.now());
}

BOOST_FIXTURE_TEST_CASE(a_queue_is_joined_behind_its_last_key_in_one_round_trip, fixture)
{
    other("7");
    other("694d7f");  // sorts behind "10" and came before it
    const auto p = behind_position();
    BOOST_TEST(p.known);
    BOOST_TEST(p.predecessor == "lock/694d7f");
    BOOST_TEST(p.ahead == 2u);
    BOOST_TEST(p.own == etcd.now());
    BOOST_TEST(p.store_revision == etcd.now());
}

BOOST_FIXTURE_TEST_CASE(who_expects_others_may_find_nobody, fixture)
{
    const auto p = behind_position();
    BOOST_TEST(p.known);
    BOOST_TEST(p.predecessor == "");
    BOOST_TEST(p.ahead == 0u);
    BOOST_TEST(p.own == etcd.now());
}

BOOST_FIXTURE_TEST_CASE(a_repeated_enqueue_keeps_the_place_and_the_value, fixture)
{
    other("7");
    const auto first = enqueue_position();
    other("8");
    const auto again = read_enqueue(enqueued("changed"));
    BOOST_TEST(again.own == first.own);
    BOOST_TEST(!again.known);
    BOOST_TEST(again.ahead == queue_position::uncounted);
    BOOST_TEST(again.store_revision == etcd.now());
    const auto behind = behind_position();
    BOOST_TEST(behind.own == first.own);
    BOOST_TEST(!behind.known);
    BOOST_TEST(behind.ahead == queue_position::uncounted);
    BOOST_TEST(own_key().version == 1);
    BOOST_TEST(own_key().value == "");
    BOOST_TEST(look_position(again.own).predecessor == "lock/7");
}

BOOST_FIXTURE_TEST_CASE(a_repeated_enqueue_of_an_owner_does_not_claim_ownership_unseen, fixture)
{
    const auto first = enqueue_position();
    const auto again = enqueue_position();
    BOOST_TEST(again.own == first.own);
    BOOST_TEST(!again.known);
    BOOST_TEST(look_position(again.own).known);
    BOOST_TEST(look_position(again.own).predecessor == "");
}

BOOST_FIXTURE_TEST_CASE(the_lock_of_a_nested_name_is_waited_for, fixture)
{
    etcd.put("lock/inner/7", {}, 0x20);
    BOOST_TEST(behind_position().predecessor == "lock/inner/7");
}

BOOST_FIXTURE_TEST_CASE(an_enqueue_without_a_lease_has_no_effect, fixture)
{
    etcd.revoke(0x10);
    BOOST_TEST(!etcd.apply(enqueue(place, {})));
    BOOST_TEST(!etcd.apply(try_enqueue(place, {})));
    other("7");
    BOOST_TEST(!etcd.apply(enqueue(place, {})));
    BOOST_TEST(!etcd.apply(enqueue_behind(place, {})));
    BOOST_TEST(!etcd.keys().contains("lock/10"));
}

BOOST_FIXTURE_TEST_CASE(answers_cut_short_claim_nothing, fixture)
{
    transaction_result nothing;
    nothing.revision = 30;
    for (const auto& p : {read_enqueue(nothing), read_enqueue_behind(place, nothing),
                          read_try_enqueue(place, nothing), read_look_at("lock/7", nothing)}) {
        BOOST_TEST(p.own == 0);
        BOOST_TEST(p.store_revision == 30);
    }
    auto cut = enqueued();
    cut.results.resize(1);
    BOOST_TEST(!read_enqueue(cut).known);
    BOOST_TEST(!read_enqueue_behind(place, cut).known);
    BOOST_TEST(read_enqueue(cut).own == etcd.now());
    auto half = *etcd.apply(look_at(place, "lock/7"));
    half.results.resize(1);
    BOOST_TEST(!read_look_at("lock/7", half).known);
    BOOST_TEST(read_look_nearby(place, 7, {}).own == 0);
}

// ---- try ----

BOOST_FIXTURE_TEST_CASE(an_attempt_takes_an_empty_queue, fixture)
{
    const auto p = try_position();
    BOOST_TEST(p.own == etcd.now());
    BOOST_TEST(p.known);
    BOOST_TEST(p.predecessor == "");
}

BOOST_FIXTURE_TEST_CASE(a_refused_attempt_writes_nothing, fixture)
{
    const auto before = other("7");
    const auto p = try_position();
    BOOST_TEST(p.own == 0);
    BOOST_TEST(p.store_revision == before);
    BOOST_TEST(etcd.now() == before);
    auto refused = try_enqueue(place, {});
    refused.then.clear();
    BOOST_TEST(!has_write(refused));
}

BOOST_FIXTURE_TEST_CASE(a_repeated_attempt_finds_the_lock_it_had_taken, fixture)
{
    const auto first = try_position();
    other("7");
    const auto again = try_position();
    BOOST_TEST(again.own == first.own);
    BOOST_TEST(again.known);
    BOOST_TEST(again.predecessor == "");
    BOOST_TEST(own_key().version == 1);
}

BOOST_FIXTURE_TEST_CASE(an_attempt_does_not_own_a_key_of_ours_behind_others, fixture)
{
    other("7");
    enqueue_position();
    BOOST_TEST(try_position().own == 0);
}

// ---- look ----

BOOST_FIXTURE_TEST_CASE(a_look_finds_the_key_before_ours_and_none_behind_it, fixture)
{
    other("7");
    other("8");
    const auto own = enqueue_position().own;
    other("9");
    etcd.remove("lock/8");
    const auto p = look_position(own);
    BOOST_TEST(p.known);
    BOOST_TEST(p.own == own);
    BOOST_TEST(p.predecessor == "lock/7");
    BOOST_TEST(p.store_revision == etcd.now());
    etcd.remove("lock/7");
    BOOST_TEST(look_position(own).predecessor == "");
    BOOST_TEST(look_position(own).known);
}

BOOST_FIXTURE_TEST_CASE(a_predecessor_that_queues_again_is_behind_us, fixture)
{
    other("7");
    const auto own = enqueue_position().own;
    etcd.remove("lock/7");
    other("7");
    BOOST_TEST(look_position(own).predecessor == "");
    BOOST_TEST(look_at_position("lock/7").own == own);
    BOOST_TEST(!look_at_position("lock/7").known);
}

BOOST_FIXTURE_TEST_CASE(a_look_at_the_predecessor_tells_whether_it_is_there, fixture)
{
    other("7");
    other("8");
    const auto own = enqueue_position().own;
    const auto there = look_at_position("lock/7");
    BOOST_TEST(there.own == own);
    BOOST_TEST(there.known);
    BOOST_TEST(there.predecessor == "lock/7");
    BOOST_TEST(there.store_revision == etcd.now());
    etcd.remove("lock/7");
    BOOST_TEST(!look_at_position("lock/7").known);
    BOOST_TEST(look_at_position("lock/7").own == own);
    etcd.remove("lock/10");
    BOOST_TEST(look_at_position("lock/8").own == 0);
}

BOOST_FIXTURE_TEST_CASE(a_look_nearby_finds_the_newest_of_some_before_ours, fixture)
{
    other("1");  // is not near: its name comes before ours
    other("5");
    other("90");  // the newest that is before us
    other("7");
    etcd.remove("lock/7");
    const auto own = enqueue_position().own;
    other("7");  // is behind us
    const auto p = nearby_position(own);
    BOOST_TEST(p.own == own);
    BOOST_TEST(p.known);
    BOOST_TEST(p.predecessor == "lock/90");
    BOOST_TEST(p.store_revision == etcd.now());
    etcd.remove("lock/90");
    BOOST_TEST(nearby_position(own).predecessor == "lock/5");
    etcd.remove("lock/5");
    BOOST_TEST(!nearby_position(own).known);
    BOOST_TEST(nearby_position(own).own == own);
    etcd.remove("lock/10");
    BOOST_TEST(nearby_position(own).own == 0);
}

BOOST_FIXTURE_TEST_CASE(a_look_for_a_deleted_key_finds_no_place, fixture)
{
    other("7");
    const auto own = enqueue_position().own;
    etcd.remove("lock/10");
    const auto p = look_position(own);
    BOOST_TEST(p.own == 0);
    BOOST_TEST(!p.known);
    BOOST_TEST(p.store_revision == etcd.now());
}

BOOST_FIXTURE_TEST_CASE(a_key_created_again_is_not_the_one_looked_for, fixture)
{
    const auto own = enqueue_position().own;
    etcd.remove("lock/10");
    const auto again = enqueue_position().own;
    BOOST_TEST(look_position(own).own == 0);
    BOOST_TEST(look_position(again).own == again);
}

BOOST_FIXTURE_TEST_CASE(a_look_at_our_key_alone_tells_when_it_was_created, fixture)
{
    BOOST_TEST(look_own_position().own == 0);
    other("1");  // "lock/1" and "lock/100" are not "lock/10"
    other("100");
    BOOST_TEST(look_own_position().own == 0);
    BOOST_TEST(look_own_position().store_revision == etcd.now());
    const auto own = enqueue_position().own;
    other("7");
    BOOST_TEST(look_own_position().own == own);
    BOOST_TEST(!look_own_position().known);
}

// ---- leave ----

BOOST_FIXTURE_TEST_CASE(leaving_deletes_our_key_and_no_other, fixture)
{
    other("7");
    const auto own = enqueue_position().own;
    const auto left = *etcd.apply(leave(place, own));
    BOOST_TEST(left.succeeded);
    BOOST_TEST(!etcd.keys().contains("lock/10"));
    BOOST_TEST(etcd.keys().contains("lock/7"));
}

BOOST_FIXTURE_TEST_CASE(a_repeated_leave_hits_no_later_key_of_ours, fixture)
{
    const auto own = enqueue_position().own;
    etcd.apply(leave(place, own));
    enqueue_position();
    const auto before = etcd.now();
    BOOST_TEST(!etcd.apply(leave(place, own))->succeeded);
    BOOST_TEST(etcd.keys().contains("lock/10"));
    BOOST_TEST(etcd.now() == before);
}

BOOST_FIXTURE_TEST_CASE(no_key_is_deleted_without_knowing_which, fixture)
{
    enqueue_position();
    BOOST_TEST(!etcd.apply(leave(place, 0))->succeeded);
    BOOST_TEST(etcd.keys().contains("lock/10"));
}

BOOST_AUTO_TEST_SUITE_END()
