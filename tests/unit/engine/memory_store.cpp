// SPDX-License-Identifier: Apache-2.0
// The model that the other suites stand on: etcd's rules, as read in its sources (etcd.md §5).
#define BOOST_TEST_MODULE memory store
#include <memory/store.hpp>
#include <memory/watch_server.hpp>

#include <leasehold/leasehold.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <variant>

using namespace leasehold;
using namespace std::chrono_literals;
using memory::store;

namespace {

const auto epoch = boot_clock::time_point{} + 1h;

get_request get(std::string key, std::string end = {})
{
    get_request r;
    r.key = std::move(key);
    r.range_end = std::move(end);
    return r;
}

std::string keys_of(const get_result& r)
{
    std::string text;
    for (const auto& kv : r.items)
        text += kv.key + ' ';
    return text;
}

transaction simple_put(const std::string& key)
{
    transaction t;
    t.then.emplace_back(put_request{key, "v"});
    return t;
}

core::status status_of(store& s, const transaction& t)
{
    return s.txn(t).status;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keys)

BOOST_AUTO_TEST_CASE(have_revisions_and_versions)
{
    store s;
    BOOST_TEST(s.history().current() == 1);
    BOOST_TEST(s.put({"k", "1"}).response.revision == 2);
    BOOST_TEST(s.put({"k", "2"}).response.revision == 3);
    const auto kv = s.range(get("k")).response.items.at(0);
    BOOST_TEST(kv.create_revision == 2);
    BOOST_TEST(kv.mod_revision == 3);
    BOOST_TEST(kv.version == 2);
    BOOST_TEST(s.remove({"k", {}}).response.removed == 1);
    BOOST_TEST(s.remove({"k", {}}).response.revision == 4);
    s.put({"k", "3"});
    BOOST_TEST(s.range(get("k")).response.items.at(0).create_revision == 5);
    BOOST_TEST(s.range(get("k")).response.items.at(0).version == 1);
}

BOOST_AUTO_TEST_CASE(are_ranged_sorted_and_limited)
{
    store s;
    for (const auto* key : {"c", "a", "d", "b"})
        s.put({key, key});
    s.put({"a", "again"});
    auto r = get("a", "d");
    BOOST_TEST(keys_of(s.range(r).response) == "a b c ");
    r.range_end = std::string(1, '\0');
    BOOST_TEST(keys_of(s.range(r).response) == "a b c d ");
    r.sort = get_request::order::oldest_first;
    BOOST_TEST(keys_of(s.range(r).response) == "c a d b ");
    r.sort = get_request::order::newest_first;
    r.limit = 2;
    BOOST_TEST(keys_of(s.range(r).response) == "b d ");
    BOOST_TEST(s.range(r).response.more);
    BOOST_TEST(s.range(r).response.count == 4);
    r.max_create_revision = 3;
    BOOST_TEST(keys_of(s.range(r).response) == "a c ");
    BOOST_TEST(!s.range(r).response.more);
    r.keys_only = true;
    BOOST_TEST(s.range(r).response.items.at(0).value.empty());
    r.count_only = true;
    BOOST_TEST(s.range(r).response.items.empty());
    BOOST_TEST(s.range(r).response.count == 4);
}

BOOST_AUTO_TEST_CASE(can_be_read_as_they_were_until_compacted)
{
    store s;
    s.put({"k", "1"});
    s.put({"k", "2"});
    s.remove({"k", {}});
    s.put({"k", "3"});
    auto r = get("k");
    r.at_revision = 2;
    BOOST_TEST(s.range(r).response.items.at(0).value == "1");
    r.at_revision = 4;
    BOOST_TEST(s.range(r).response.items.empty());
    BOOST_TEST(s.range(r).response.revision == 5);
    BOOST_TEST(s.compact(3).status.ok());
    r.at_revision = 3;
    BOOST_TEST(s.range(r).response.items.at(0).value == "2");
    r.at_revision = 2;
    BOOST_TEST((core::classify(s.range(r).status) == core::verdict::compacted));
    r.at_revision = 6;
    BOOST_TEST((s.range(r).status.code == core::status_code::out_of_range));
    BOOST_TEST(!s.compact(3).status.ok());
    BOOST_TEST(!s.compact(9).status.ok());
    BOOST_TEST(s.range(get("k")).response.items.at(0).value == "3");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(transactions)

BOOST_AUTO_TEST_CASE(have_one_revision_and_read_their_own_writes)
{
    store s;
    transaction t;
    t.then.emplace_back(put_request{"a", "1"});
    t.then.emplace_back(get("a", "z"));
    t.then.emplace_back(put_request{"b", "1"});
    const auto r = s.txn(t).response;
    BOOST_TEST(r.succeeded);
    BOOST_TEST(r.revision == 2);
    BOOST_TEST(keys_of(std::get<get_result>(r.results.at(1).result)) == "a ");
    BOOST_TEST(s.range(get("b")).response.items.at(0).create_revision == 2);
    BOOST_TEST(s.txn({}).response.revision == 2);
}

BOOST_AUTO_TEST_CASE(decide_every_compare_beforehand)
{
    store s;
    transaction inner;
    inner.when.push_back(compare::create_revision("k") == 0);
    inner.then.emplace_back(put_request{"inner", "v"});
    transaction t;
    t.then.emplace_back(put_request{"k", "v"});
    t.then.emplace_back(inner);
    const auto r = s.txn(t).response;
    BOOST_TEST(std::get<transaction_result>(r.results.at(1).result).succeeded);
    BOOST_TEST(s.range(get("inner")).response.count == 1);
}

BOOST_AUTO_TEST_CASE(compare_missing_keys_and_ranges)
{
    store s;
    const auto holds = [&s](compare c) {
        transaction t;
        t.when.push_back(std::move(c));
        return s.txn(t).response.succeeded;
    };
    BOOST_TEST(holds(compare::create_revision("k") == 0));
    BOOST_TEST(holds(compare::version("k") < 1));
    BOOST_TEST(!holds(compare::value_of("k") == ""));
    BOOST_TEST(!holds(compare::value_of("k") != "x"));
    BOOST_TEST(holds(compare::create_revision("p/", "p0") == 0));
    s.put({"p/1", "v"});
    s.put({"p/2", "v"});
    BOOST_TEST(!holds(compare::create_revision("p/", "p0") == 0));
    BOOST_TEST(holds(compare::create_revision("p/", "p0") > 0));
    BOOST_TEST(!holds(compare::create_revision("p/", "p0") == 2));
    BOOST_TEST(holds(compare::value_of("p/1") == "v"));
}

BOOST_AUTO_TEST_CASE(refuse_keys_that_change_twice)
{
    store s;
    auto t = simple_put("a");
    t.then.emplace_back(put_request{"a", "2"});
    BOOST_TEST(status_of(s, t).text == "etcdserver: duplicate key given in txn request");
    BOOST_TEST((status_of(s, t).code == core::status_code::invalid_argument));
    t = simple_put("b");
    t.then.emplace_back(remove_request{"a", "c"});
    BOOST_TEST(!status_of(s, t).ok());
    t = simple_put("a");
    t.then.emplace_back(simple_put("a"));
    BOOST_TEST(!status_of(s, t).ok());
    transaction siblings;
    siblings.then.emplace_back(simple_put("a"));
    siblings.then.emplace_back(simple_put("a"));
    BOOST_TEST(!status_of(s, siblings).ok());
    BOOST_TEST(s.history().current() == 1);

    transaction both_branches = simple_put("a");
    both_branches.otherwise.emplace_back(put_request{"a", "2"});
    transaction outer;
    outer.then.emplace_back(both_branches);
    outer.then.emplace_back(remove_request{"x", {}});
    outer.then.emplace_back(remove_request{"x", {}});
    BOOST_TEST(status_of(s, outer).ok());
}

BOOST_AUTO_TEST_CASE(have_a_budget_less_their_parents)
{
    const auto nested = [](std::size_t parent, std::size_t children, std::size_t operations) {
        transaction outer;
        for (std::size_t c = 0; c < children; ++c) {
            transaction child;
            for (std::size_t o = 0; o < operations; ++o)
                child.then.emplace_back(put_request{std::to_string(c) + '/' + std::to_string(o), "v"});
            outer.then.emplace_back(std::move(child));
        }
        for (std::size_t p = children; p < parent; ++p)
            outer.then.emplace_back(get("x"));
        return outer;
    };
    store s;
    BOOST_TEST(status_of(s, nested(128, 0, 0)).ok());
    BOOST_TEST(status_of(s, nested(129, 0, 0)).text == "etcdserver: too many operations in txn request");
    BOOST_TEST(status_of(s, nested(28, 28, 100)).ok());
    BOOST_TEST(!status_of(s, nested(28, 1, 101)).ok());
    BOOST_TEST(!status_of(s, nested(100, 100, 29)).ok());
}

BOOST_AUTO_TEST_CASE(fail_as_a_whole)
{
    store s;
    auto t = simple_put("a");
    t.then.emplace_back(put_request{"b", "v", 4711});
    BOOST_TEST((core::classify(status_of(s, t)) == core::verdict::lease_gone));
    BOOST_TEST(s.range(get("a")).response.count == 0);
    // What is not done is not checked.
    transaction other;
    other.otherwise.emplace_back(put_request{"b", "v", 4711});
    BOOST_TEST(status_of(s, other).ok());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(leases)

BOOST_AUTO_TEST_CASE(take_their_keys_along)
{
    store s;
    BOOST_TEST((s.grant(7, 10s, epoch).response.ttl == 10s));
    BOOST_TEST(s.grant(7, 10s, epoch).status.text == "etcdserver: lease already exists");
    s.put({"a", "v", 7});
    s.put({"b", "v", 7});
    s.put({"c", "v", 7});
    s.put({"c", "v", 0});
    s.remove({"b", {}});
    BOOST_TEST(s.time_to_live(7, true, epoch).response.keys.size() == 1u);
    const auto before = s.history().current();
    BOOST_TEST(s.revoke(7).response == before + 1);
    BOOST_TEST(s.range(get("a")).response.count == 0);
    BOOST_TEST(s.range(get("c")).response.count == 1);
    BOOST_TEST(s.revoke(7).status.text == "etcdserver: requested lease not found");
    BOOST_TEST((s.time_to_live(7, true, epoch).response.ttl < 0s));
    BOOST_TEST((s.keep_alive(7, epoch)->ttl == 0s));
}

BOOST_AUTO_TEST_CASE(end_a_little_late_and_never_early)
{
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        store s{seed};
        BOOST_TEST((s.grant(7, 1s, epoch).response.ttl == 2s));
        s.put({"k", "v", 7});
        BOOST_TEST((s.keep_alive(7, epoch + 1s)->ttl == 2s));
        s.advance(epoch + 3s - 1ms);
        BOOST_TEST(s.range(get("k")).response.count == 1);
        BOOST_TEST(!s.keep_alive(7, epoch + 3s).has_value());
        BOOST_TEST((s.leases().next_due() >= epoch + 3s));
        BOOST_TEST((s.leases().next_due() <= epoch + 3500ms));
        s.advance(epoch + 3500ms);
        BOOST_TEST(s.range(get("k")).response.count == 0);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(watches)

BOOST_AUTO_TEST_CASE(from_now_see_what_follows_at_once)
{
    store s;
    memory::watch_server w{s.history()};
    w.create({.id = 1, .key = "k", .range_end = {}, .start = 0});
    auto m = w.take_messages();
    BOOST_TEST_REQUIRE(m.size() == 1u);
    BOOST_TEST(m[0].created);
    BOOST_TEST(m[0].revision == 1);
    s.put({"k", "1"});
    s.put({"other", "1"});
    s.put({"k", "2"});
    w.publish();
    m = w.take_messages();
    BOOST_TEST_REQUIRE(m.size() == 2u);
    BOOST_TEST(m[0].events.at(0).kv.value == "1");
    BOOST_TEST(m[1].events.at(0).kv.value == "2");
    w.cancel(1);
    BOOST_TEST(w.take_messages().at(0).cancelled);
    w.cancel(1);
    BOOST_TEST(w.take_messages().empty());
}

BOOST_AUTO_TEST_CASE(from_the_past_wait_for_the_servers_round)
{
    store s;
    s.put({"k", "1"});
    memory::watch_server w{s.history()};
    w.create({.id = 1, .key = "k", .range_end = {}, .start = 2});
    BOOST_TEST(!w.synced());
    s.put({"k", "2"});
    w.publish();
    BOOST_TEST(w.take_messages().size() == 1u);
    w.sync();
    BOOST_TEST(w.take_messages().at(0).events.size() == 2u);
    s.put({"k", "3"});
    w.publish();
    BOOST_TEST(w.take_messages().at(0).events.size() == 1u);
}

BOOST_AUTO_TEST_CASE(behind_a_compaction_are_cancelled_and_keep_their_id)
{
    store s;
    for (int i = 0; i < 5; ++i)
        s.put({"k", std::to_string(i)});
    s.compact(5);
    memory::watch_server w{s.history()};
    w.create({.id = 1, .key = "k", .range_end = {}, .start = 2});
    w.create({.id = 2, .key = "k", .range_end = {}, .start = 5});
    w.take_messages();
    w.sync();
    auto m = w.take_messages();
    BOOST_TEST_REQUIRE(m.size() == 2u);
    BOOST_TEST(m[0].cancelled);
    BOOST_TEST(m[0].compact_revision == 5);
    BOOST_TEST(m[1].events.size() == 2u);
    w.create({.id = 1, .key = "k", .range_end = {}, .start = 0});
    m = w.take_messages();
    BOOST_TEST(m.at(0).id == -1);
    BOOST_TEST(m.at(0).created);
    BOOST_TEST(m.at(0).cancelled);
    BOOST_TEST(m.at(0).cancel_reason == "mvcc: duplicate watch ID provided on the WatchStream");
    w.cancel(1);
    BOOST_TEST(w.take_messages().empty());
    w.create({.id = 1, .key = "k", .range_end = {}, .start = 0});
    BOOST_TEST(w.take_messages().at(0).id == 1);
}

BOOST_AUTO_TEST_CASE(split_large_responses)
{
    store s;
    memory::watch_server w{s.history()};
    w.split_after(2);
    w.create({.id = 1, .key = "k", .range_end = "l", .start = 0});
    transaction t;
    for (int i = 0; i < 5; ++i)
        t.then.emplace_back(put_request{"k" + std::to_string(i), "v"});
    s.txn(t);
    w.take_messages();
    w.publish();
    const auto m = w.take_messages();
    BOOST_TEST_REQUIRE(m.size() == 3u);
    BOOST_TEST(m[0].fragment);
    BOOST_TEST(m[1].fragment);
    BOOST_TEST(!m[2].fragment);
    BOOST_TEST(m[2].events.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
