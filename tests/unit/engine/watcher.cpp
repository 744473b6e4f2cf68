// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

BOOST_AUTO_TEST_SUITE(engine_watcher)

using namespace leasehold;
using namespace leasehold::test;
using memory::call_kind;
using memory::direction;

namespace {

/// Counts what goes to the server and comes from it on watch streams.
struct counter {
    explicit counter(world& w)
    {
        w.etcd.on_message([this](const memory::message& m) {
            if (m.kind == call_kind::watch)
                ++(m.direction == direction::to_server ? up : down);
            return memory::fault::none();
        });
    }

    int up = 0;
    int down = 0;
};

watch_event must_next(world& w, watcher& from)
{
    auto op = w.next(from);
    BOOST_TEST_REQUIRE(w.finish(op));
    BOOST_TEST_REQUIRE(!op.ec(), op.ec().message() << ": " << op.text());
    return std::move(op.value());
}

revision must_be_ready(world& w, watcher& from)
{
    auto op = w.ready(from);
    BOOST_TEST_REQUIRE(w.finish(op));
    BOOST_TEST_REQUIRE(!op.ec(), op.ec().message() << ": " << op.text());
    return op.value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery)

BOOST_AUTO_TEST_CASE(of_every_change_in_order)
{
    world w;
    const auto c = w.connect();
    auto changes = c.watch("k", {.prefix = true});
    const auto from = must_be_ready(w, changes);
    BOOST_TEST(from == w.etcd.store().history().current() + 1);
    w.etcd.put("k1", "a");
    w.etcd.put("other", "x");
    w.etcd.put("k1", "b");
    w.etcd.put("k2", "c");
    w.etcd.remove("k1");
    auto e = must_next(w, changes);
    BOOST_TEST(e.kv.key == "k1");
    BOOST_TEST(e.kv.value == "a");
    BOOST_TEST(e.kv.create_revision == from);
    BOOST_TEST(e.kv.version == 1);
    e = must_next(w, changes);
    BOOST_TEST(e.kv.value == "b");
    BOOST_TEST(e.kv.version == 2);
    BOOST_TEST(must_next(w, changes).kv.key == "k2");
    e = must_next(w, changes);
    BOOST_TEST((e.what == watch_event::kind::removed));
    BOOST_TEST(e.kv.key == "k1");
    BOOST_TEST(e.kv.mod_revision == from + 4);
    BOOST_TEST(e.previous.key.empty());
}

BOOST_AUTO_TEST_CASE(takes_no_time)
{
    world w;
    const auto c = w.connect();
    auto changes = c.watch("k");
    must_be_ready(w, changes);
    const auto begun = w.etcd.now();
    auto next = w.next(changes);
    w.poll();
    w.etcd.put("k", "v");
    MUST(w, next);
    BOOST_TEST((w.etcd.now() == begun));
}

BOOST_AUTO_TEST_CASE(of_what_was_asked_for_only)
{
    world w;
    const auto c = w.connect();
    auto puts = c.watch("k", {.removes = false});
    auto removes = c.watch("k", {.prev_kv = true, .puts = false});
    must_be_ready(w, puts);
    must_be_ready(w, removes);
    w.etcd.put("k", "1");
    w.etcd.remove("k");
    w.etcd.put("k", "2");
    w.etcd.remove("k");
    BOOST_TEST(must_next(w, puts).kv.value == "1");
    BOOST_TEST(must_next(w, puts).kv.value == "2");
    BOOST_TEST(must_next(w, removes).previous.value == "1");
    BOOST_TEST(must_next(w, removes).previous.value == "2");
}

BOOST_AUTO_TEST_CASE(of_the_past)
{
    world w;
    const auto c = w.connect();
    const auto from = w.etcd.put("k", "1");
    w.etcd.put("k", "2");
    auto changes = c.watch("k", {.start_revision = from});
    BOOST_TEST(must_be_ready(w, changes) == from);
    BOOST_TEST(must_next(w, changes).kv.value == "1");
    BOOST_TEST(must_next(w, changes).kv.value == "2");
    w.etcd.put("k", "3");
    BOOST_TEST(must_next(w, changes).kv.value == "3");
}

BOOST_AUTO_TEST_CASE(of_fragments)
{
    world w{{.split_after = 2}};
    const auto c = w.connect();
    transaction t;
    for (int i = 0; i < 7; ++i)
        t.then.emplace_back(put_request{"k" + std::to_string(i), "v"});
    auto changes = c.watch("k", {.prefix = true});
    must_be_ready(w, changes);
    auto done = w.start<transaction_result>([&](auto h) { c.txn(t, std::move(h)); });
    MUST(w, done);
    for (int i = 0; i < 7; ++i)
        BOOST_TEST(must_next(w, changes).kv.key == "k" + std::to_string(i));
}

BOOST_AUTO_TEST_CASE(survives_broken_streams_and_stopped_members)
{
    world w;
    last_member last{w};
    const auto c = w.connect();
    auto changes = c.watch("k");
    must_be_ready(w, changes);
    int written = 0;
    int read = 0;
    for (int round = 0; round < 12; ++round) {
        const auto used = last.of(call_kind::watch);
        w.etcd.put("k", std::to_string(written++));
        switch (round % 3) {
        case 0:
            w.etcd.break_streams(*used);
            break;
        case 1:
            w.etcd.stop(*used);
            break;
        case 2:
            w.etcd.freeze(*used);
            break;
        }
        w.etcd.put("k", std::to_string(written++));
        w.run_for(100ms);
        w.etcd.put("k", std::to_string(written++));
        for (; read < written; ++read)
            BOOST_TEST_REQUIRE(must_next(w, changes).kv.value == std::to_string(read));
        if (round % 3 == 1)
            w.etcd.start(*used);
        if (round % 3 == 2)
            w.etcd.thaw(*used);
        w.run_for(20s);
    }
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_loses_nothing)
{
    world w;
    const auto c = w.connect();
    auto changes = c.watch("k");
    must_be_ready(w, changes);
    for (int i = 0; i < 20; ++i) {
        auto next = w.next(changes);
        w.etcd.put("k", std::to_string(i));
        for (int steps = 0; steps < i % 4; ++steps)
            w.step();
        next.cancel();
        w.poll();
        BOOST_TEST_REQUIRE(next.done());
        const auto value = next.ok() ? next.value().kv.value : must_next(w, changes).kv.value;
        BOOST_TEST(value == std::to_string(i));
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(slow_readers)

BOOST_AUTO_TEST_CASE(put_the_servers_watch_to_sleep_and_miss_nothing)
{
    world w;
    counter messages{w};
    const auto c = w.connect();
    auto changes = c.watch("k", {.buffer = 4});
    must_be_ready(w, changes);
    for (int i = 0; i < 200; ++i) {
        w.etcd.put("k", std::to_string(i));
        w.settle();
    }
    // A few beyond the bound were on their way.
    BOOST_TEST(messages.down < 10);
    for (int i = 0; i < 200; ++i)
        BOOST_TEST_REQUIRE(must_next(w, changes).kv.value == std::to_string(i));
    auto next = w.next(changes);
    w.run_for(1s);
    BOOST_TEST(!next.done());
    w.etcd.put("k", "last");
    MUST(w, next);
    BOOST_TEST(next.value().kv.value == "last");
}

BOOST_AUTO_TEST_CASE(do_not_disturb_a_quick_one)
{
    world w;
    const auto c = w.connect();
    auto slow = c.watch("k", {.buffer = 1});
    auto quick = c.watch("k");
    must_be_ready(w, slow);
    must_be_ready(w, quick);
    for (int i = 0; i < 50; ++i) {
        w.etcd.put("k", std::to_string(i));
        BOOST_TEST_REQUIRE(must_next(w, quick).kv.value == std::to_string(i));
    }
    for (int i = 0; i < 50; ++i)
        BOOST_TEST_REQUIRE(must_next(w, slow).kv.value == std::to_string(i));
}

BOOST_AUTO_TEST_CASE(are_not_told_when_it_was_others_history)
{
    world w;
    const auto c = w.connect();
    auto quiet = c.watch("k");
    must_be_ready(w, quiet);
    for (int i = 0; i < 20; ++i)
        w.etcd.put("other", std::to_string(i));
    w.run_for(10min + 1s);
    w.etcd.compact(w.etcd.store().history().current());
    w.etcd.break_streams(0);
    w.etcd.put("k", "v");
    BOOST_TEST(must_next(w, quiet).kv.value == "v");
}

BOOST_AUTO_TEST_CASE(are_told_when_history_was_compacted_meanwhile)
{
    world w;
    const auto c = w.connect();
    auto changes = c.watch("k", {.buffer = 2});
    must_be_ready(w, changes);
    for (int i = 0; i < 20; ++i) {
        w.etcd.put("k", std::to_string(i));
        w.settle();
    }
    w.etcd.compact(w.etcd.store().history().current());
    int read = 0;
    while (true) {
        auto next = w.next(changes);
        BOOST_TEST_REQUIRE(w.finish(next));
        if (!next.ok()) {
            BOOST_TEST((next.ec() == errc::compacted));
            break;
        }
        BOOST_TEST_REQUIRE(next.value().kv.value == std::to_string(read++));
    }
    BOOST_TEST(read >= 2);
    BOOST_TEST(read < 20);
    auto after = w.next(changes);
    MUST_FAIL(w, after, errc::compacted);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(endings)

BOOST_AUTO_TEST_CASE(a_start_in_compacted_history_is_refused)
{
    world w;
    const auto c = w.connect();
    for (int i = 0; i < 10; ++i)
        w.etcd.put("k", std::to_string(i));
    w.etcd.compact(8);
    auto changes = c.watch("k", {.start_revision = 3});
    auto next = w.next(changes);
    MUST_FAIL(w, next, errc::compacted);
    BOOST_TEST(next.text().find("8") != std::string::npos, next.text());
}

BOOST_AUTO_TEST_CASE(a_refused_watch_says_why)
{
    world w;
    const auto c = w.connect();
    auto good = c.watch("good");
    must_be_ready(w, good);
    w.etcd.refuse_watches("rpc error: code = PermissionDenied desc = etcdserver: permission denied");
    auto bad = c.watch("bad");
    auto ready = w.ready(bad);
    MUST_FAIL(w, ready, errc::permission_denied);
    w.etcd.refuse_watches("just so");
    auto worse = c.watch("worse");
    auto next = w.next(worse);
    MUST_FAIL(w, next, errc::watch_cancelled);
    BOOST_TEST(next.text().find("just so") != std::string::npos, next.text());
    w.etcd.put("good", "v");
    BOOST_TEST(must_next(w, good).kv.value == "v");
}

BOOST_AUTO_TEST_CASE(only_one_wait_at_a_time)
{
    world w;
    const auto c = w.connect();
    auto changes = c.watch("k");
    auto first = w.next(changes);
    auto second = w.next(changes);
    MUST_FAIL(w, second, errc::already_waiting);
    w.etcd.put("k", "v");
    w.run_for(1s);
    must_be_ready(w, changes);
    w.etcd.put("k", "w");
    MUST(w, first);
}

BOOST_AUTO_TEST_CASE(those_who_wait_for_the_watch_hear_of_it_in_their_order)
{
    world w;
    const auto c = w.connect();
    auto changes = c.watch("k");
    std::string order;
    for (const char* who : {"1", "2", "3"})
        changes.ready([&order, who](error_code, revision) { order += who; });
    must_be_ready(w, changes);
    BOOST_TEST(order == "123");
}

BOOST_AUTO_TEST_CASE(a_destroyed_watcher_ends_its_waits)
{
    world w;
    const auto c = w.connect();
    auto changes = c.watch("k");
    auto next = w.next(changes);
    auto ready = w.ready(changes);
    changes = {};
    w.run_for(1s);
    BOOST_TEST(next.aborted());
    BOOST_TEST(ready.done());
    auto none = w.next(changes);
    MUST_FAIL(w, none, errc::watch_cancelled);
}

BOOST_AUTO_TEST_CASE(a_cluster_that_was_never_there_is_an_error)
{
    world w;
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.stop(m);
    const auto c = w.connect();
    auto changes = c.watch("k");
    const auto begun = w.etcd.now();
    auto next = w.next(changes);
    MUST_FAIL(w, next, errc::unreachable);
    BOOST_TEST((w.etcd.now() - begun == 2s));
    BOOST_TEST(next.text().find("member-1:2379") != std::string::npos, next.text());
    // One that comes up later is watched all the same.
    auto again = w.next(changes);
    w.run_for(1s);
    w.etcd.start(1);
    must_be_ready(w, changes);
    w.etcd.put("k", "v");
    MUST(w, again);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sharing)

BOOST_AUTO_TEST_CASE(equal_watches_cost_one_on_the_server)
{
    world w;
    counter messages{w};
    const auto c = w.connect();
    std::vector<watcher> all;
    for (int i = 0; i < 100; ++i)
        all.push_back(c.watch("k"));
    for (auto& one : all)
        must_be_ready(w, one);
    BOOST_TEST(messages.up == 1);
    w.etcd.put("k", "v");
    for (auto& one : all)
        BOOST_TEST(must_next(w, one).kv.value == "v");
    BOOST_TEST(messages.down == 2);
    all.resize(50);
    w.run_for(1s);
    w.etcd.put("k", "w");
    for (auto& one : all)
        BOOST_TEST(must_next(w, one).kv.value == "w");
    BOOST_TEST(messages.up == 1);
    all.clear();
    w.run_for(1s);
    BOOST_TEST(messages.up == 2);
}

BOOST_AUTO_TEST_CASE(a_newcomer_sees_what_comes_after_it_only)
{
    world w;
    const auto c = w.connect();
    auto first = c.watch("k");
    must_be_ready(w, first);
    w.etcd.put("k", "1");
    w.settle();
    auto second = c.watch("k");
    const auto from = must_be_ready(w, second);
    w.etcd.put("k", "2");
    auto e = must_next(w, second);
    BOOST_TEST(e.kv.mod_revision >= from);
    BOOST_TEST(e.kv.value == "2");
    BOOST_TEST(must_next(w, first).kv.value == "1");
    BOOST_TEST(must_next(w, first).kv.value == "2");
}

BOOST_AUTO_TEST_CASE(a_thousand_watches_share_a_stream)
{
    world w;
    const auto c = w.connect();
    std::vector<watcher> all;
    for (int i = 0; i < 1000; ++i)
        all.push_back(c.watch("k" + std::to_string(i)));
    for (auto& one : all)
        must_be_ready(w, one);
    w.etcd.break_streams(0);
    w.run_for(2s);
    for (int i = 0; i < 1000; ++i) {
        w.etcd.put("k" + std::to_string(i), std::to_string(i));
        BOOST_TEST_REQUIRE(must_next(w, all[static_cast<std::size_t>(i)]).kv.value == std::to_string(i));
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
