// SPDX-License-Identifier: Apache-2.0
#include "coroutine.hpp"
#include "shared_etcd.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(integration_watch, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

struct fixture {
    asio::io_context io;
    client c{io.get_executor(), at(etcd_endpoint())};
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_change_is_delivered_in_order)
{
    fixture f;
    run(f.io, [&]() -> asio::awaitable<void> {
        auto changes = f.c.watch("ordered/", {.prefix = true, .prev_kv = true});
        co_await changes.ready();
        for (int i = 0; i < 50; ++i) {
            co_await f.c.put("ordered/" + std::to_string(i % 3), std::to_string(i));
        }
        co_await f.c.remove("ordered/0");
        revision last = 0;
        for (int i = 0; i < 50; ++i) {
            const auto e = co_await changes.next();
            BOOST_TEST((e.what == watch_event::kind::put));
            BOOST_TEST(e.kv.value == std::to_string(i));
            BOOST_TEST(e.kv.mod_revision > last);
            last = e.kv.mod_revision;
        }
        const auto removal = co_await changes.next();
        BOOST_TEST((removal.what == watch_event::kind::removed));
        BOOST_TEST(removal.previous.value == "48");
    });
}

BOOST_AUTO_TEST_CASE(a_start_revision_replays_the_past)
{
    fixture f;
    run(f.io, [&]() -> asio::awaitable<void> {
        const auto first = co_await f.c.put("past", "1");
        co_await f.c.put("past", "2");
        auto changes = f.c.watch("past", {.start_revision = first.revision});
        const auto one = co_await changes.next();
        const auto two = co_await changes.next();
        BOOST_TEST(one.kv.value == "1");
        BOOST_TEST(two.kv.value == "2");
    });
}

BOOST_AUTO_TEST_CASE(a_slow_reader_misses_nothing_and_disturbs_nobody)
{
    fixture f;
    run(f.io, [&]() -> asio::awaitable<void> {
        constexpr int many = 500;
        auto slow = f.c.watch("slow", {.buffer = 4});
        auto quick = f.c.watch("slow");
        co_await slow.ready();
        co_await quick.ready();
        for (int i = 0; i < many; ++i) {
            co_await f.c.put("slow", std::to_string(i));
            const auto e = co_await quick.next();
            BOOST_TEST(e.kv.value == std::to_string(i));
        }
        for (int i = 0; i < many; ++i) {
            const auto e = co_await slow.next();
            BOOST_REQUIRE(e.kv.value == std::to_string(i));
        }
    });
}

BOOST_AUTO_TEST_CASE(only_one_wait_at_a_time)
{
    fixture f;
    run(f.io, [&]() -> asio::awaitable<void> {
        auto changes = f.c.watch("one-wait");
        co_await changes.ready();
        changes.next([](error_code, const watch_event&) {});
        const auto [ec, none] = co_await changes.next(as_result);
        BOOST_TEST(ec == make_error_code(errc::already_waiting));
    });
}

BOOST_AUTO_TEST_CASE(empty_watchers_and_bad_options_say_so)
{
    fixture f;
    BOOST_CHECK_THROW(std::ignore = f.c.watch(""), std::invalid_argument);
    BOOST_CHECK_THROW(std::ignore = f.c.watch("k", {.start_revision = -1}), std::invalid_argument);
    BOOST_CHECK_THROW(std::ignore = f.c.watch("k", {.buffer = 0}), std::invalid_argument);
    run(f.io, [&]() -> asio::awaitable<void> {
        watcher nothing;
        const auto [ec, none] = co_await nothing.next(as_result);
        BOOST_TEST(ec == make_error_code(errc::watch_cancelled));
    });
}

BOOST_AUTO_TEST_CASE(reads_writes_and_transactions)
{
    fixture f;
    run(f.io, [&]() -> asio::awaitable<void> {
        for (const char* key : {"kv/a", "kv/b", "kv/c"}) {
            co_await f.c.put(key, key);
        }
        get_request newest;
        newest.key = "kv/";
        newest.range_end = prefix_end("kv/");
        newest.sort = get_request::order::newest_first;
        newest.limit = 2;
        const auto two = co_await f.c.get(newest);
        BOOST_REQUIRE(two.items.size() == 2u);
        BOOST_TEST(two.items[0].key == "kv/c");
        BOOST_TEST(two.count == 3);
        BOOST_TEST(two.more);
        transaction inner{.when = {compare::value_of("kv/b") == "kv/b"},
                          .then = {put_request{"kv/b", "changed", 0}},
                          .otherwise = {}};
        newest.limit = 1;
        transaction outer{.when = {compare::create_revision("kv/none") == 0, compare::version("kv/a") > 0},
                          .then = {inner, newest, remove_request{"kv/c", {}}},
                          .otherwise = {}};
        const auto done = co_await f.c.txn(outer);
        BOOST_REQUIRE(done.succeeded);
        BOOST_REQUIRE(done.results.size() == 3u);
        BOOST_TEST(std::get<transaction_result>(done.results[0].result).succeeded);
        BOOST_TEST(std::get<get_result>(done.results[1].result).items.at(0).key == "kv/c");
        BOOST_TEST(std::get<remove_result>(done.results[2].result).removed == 1);
        const auto changed = co_await f.c.get("kv/b");
        BOOST_TEST(changed.items.at(0).value == "changed");
        const remove_request everything{"kv/", prefix_end("kv/")};
        const auto removed = co_await f.c.remove(everything);
        BOOST_TEST(removed.removed == 2);
        transaction twice{
            .when = {}, .then = {put_request{"kv/a", "1", 0}, put_request{"kv/a", "2", 0}}, .otherwise = {}};
        const auto [ec, none] = co_await f.c.txn(twice, as_result);
        BOOST_TEST(ec == make_error_code(errc::invalid_request));
    });
}

BOOST_AUTO_TEST_SUITE_END()
