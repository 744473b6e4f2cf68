// SPDX-License-Identifier: Apache-2.0
#include "coroutine.hpp"
#include "etcd_server.hpp"
#include "etcdctl.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(integration_outage)

using namespace leasehold;
using namespace leasehold::test;

namespace {

client_options quick(std::string endpoint)
{
    auto options = at(std::move(endpoint));
    options.connect_timeout = 300ms;
    return options;
}

/// Every kind of operation ends with `unreachable`, and says what was tried.
asio::awaitable<void> expect_unreachable(client c, std::string endpoint)
{
    diagnostics d;
    const auto token = asio::as_tuple(redirect_diagnostics(d));
    const auto check = [&](error_code ec) {
        BOOST_TEST(ec == make_error_code(errc::unreachable));
        BOOST_TEST(d.message.find(endpoint) != std::string::npos);
    };
    const mutex m{c, "unreachable"};
    const auto [lock, held] = co_await m.lock(token);
    check(lock);
    const auto [attempt, none] = co_await m.try_lock(token);
    check(attempt);
    const auto [bounded, nothing] = co_await m.try_lock_for(50ms, token);
    check(bounded);
    const auto [open, s] = co_await session::open(c, {}, token);
    check(open);
    const auto [get, got] = co_await c.get("k", token);
    check(get);
    const auto [put, put_done] = co_await c.put("k", "v", 0, token);
    check(put);
    auto changes = c.watch("k");
    const auto [next, event] = co_await changes.next(token);
    check(next);
}

}  // namespace

BOOST_AUTO_TEST_CASE(server_that_is_not_there_is_an_error_with_the_endpoints_tried)
{
    std::string gone;
    {
        const etcd_server server;
        gone = server.endpoint();
    }
    asio::io_context io;
    const client c{io.get_executor(), quick(gone)};
    run(io, [&]() -> asio::awaitable<void> { co_await expect_unreachable(c, gone); });
}

BOOST_AUTO_TEST_CASE(server_that_accepts_and_says_nothing_is_an_error_too)
{
    etcd_server server;
    server.stop();
    asio::io_context io;
    const client c{io.get_executor(), quick(server.endpoint())};
    run(io, [&]() -> asio::awaitable<void> { co_await expect_unreachable(c, server.endpoint()); });
}

BOOST_AUTO_TEST_CASE(a_dead_endpoint_among_good_ones_is_passed_over)
{
    etcd_server good;
    std::string gone;
    {
        const etcd_server server;
        gone = server.endpoint();
    }
    asio::io_context io;
    client_options options;
    options.endpoints = {gone, good.endpoint()};
    const client c{io.get_executor(), options};
    run(io, [&]() -> asio::awaitable<void> {
        const mutex m{c, "passed-over"};
        auto held = co_await m.lock();
        co_await held.unlock();
    });
}

BOOST_AUTO_TEST_CASE(restart_within_the_time_to_live_keeps_the_lock_and_the_waiter)
{
    etcd_server server;
    asio::io_context io;
    const client ours{io.get_executor(), at(server.endpoint())};
    const client theirs{io.get_executor(), at(server.endpoint())};
    run(io, [&]() -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        const mutex m{ours, "restarted", {.ttl = 20s}};
        const mutex other{theirs, "restarted", {.ttl = 20s}};
        auto held = co_await m.lock();
        bool waiter_got_it = false;
        auto waiter = [&]() -> asio::awaitable<void> {
            auto mine = co_await other.lock();
            waiter_got_it = true;
            BOOST_TEST((mine.token() > held.token()));
            co_await mine.unlock();
        };
        auto holder = [&]() -> asio::awaitable<void> {
            co_await queue_reaches(ours, "restarted", 2);
            server.kill();
            server.restart();
            // The lease is renewed again: its deadline moves beyond any that it had before.
            const auto before = held.deadline();
            while (held.deadline() <= before) {
                BOOST_REQUIRE(held.held());
                asio::steady_timer pause{io, 20ms};
                co_await pause.async_wait(asio::use_awaitable);
            }
            BOOST_TEST(held.held());
            BOOST_TEST(!waiter_got_it);
            co_await held.unlock();
        };
        co_await (waiter() && holder());
        BOOST_TEST(waiter_got_it);
    });
}

BOOST_AUTO_TEST_CASE(outage_past_the_time_to_live_tells_holder_and_waiter)
{
    etcd_server server;
    asio::io_context io;
    const client ours{io.get_executor(), at(server.endpoint())};
    const client theirs{io.get_executor(), at(server.endpoint())};
    run(io, [&]() -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        const mutex m{ours, "outage", {.ttl = 2s}};
        const mutex other{theirs, "outage", {.ttl = 2s}};
        auto held = co_await m.lock();
        auto waiter = [&]() -> asio::awaitable<void> {
            const auto [ec, none] = co_await other.lock(as_result);
            BOOST_TEST(ec == make_error_code(errc::session_lost));
        };
        auto holder = [&]() -> asio::awaitable<void> {
            co_await queue_reaches(ours, "outage", 2);
            server.stop();
            const auto why = co_await held.lost();
            BOOST_TEST((why == errc::session_lost));
            BOOST_TEST(!held.held());
        };
        co_await (waiter() && holder());
        const auto [ec] = co_await held.unlock(as_result);
        BOOST_TEST(ec == make_error_code(errc::session_lost));
        server.cont();
        // The client recovers by itself: a new session, and the old keys are gone.
        auto again = co_await m.try_lock_for(60s, with_diagnostics());
        BOOST_TEST(again.has_value());
    });
}

BOOST_AUTO_TEST_CASE(watchers_survive_a_restart_and_miss_nothing)
{
    etcd_server server;
    asio::io_context io;
    const client c{io.get_executor(), at(server.endpoint())};
    run(io, [&]() -> asio::awaitable<void> {
        auto changes = c.watch("survives");
        co_await changes.ready();
        co_await c.put("survives", "before");
        const auto before = co_await changes.next();
        BOOST_TEST(before.kv.value == "before");
        server.kill();
        server.restart();
        const auto wrote = run_etcdctl(server.endpoint(), {"put", "survives", "after"});
        BOOST_TEST(wrote.exit_code == 0);
        const auto after = co_await changes.next();
        BOOST_TEST(after.kv.value == "after");
    });
}

BOOST_AUTO_TEST_CASE(closing_while_the_server_is_away_ends_with_the_lease)
{
    etcd_server server;
    asio::io_context io;
    const client c{io.get_executor(), at(server.endpoint())};
    run(io, [&]() -> asio::awaitable<void> {
        auto s = co_await session::open(c, {.ttl = 2s});
        server.stop();
        const auto [ec] = co_await s.close(as_result);
        BOOST_TEST(ec == make_error_code(errc::unreachable));
    });
}

BOOST_AUTO_TEST_SUITE_END()
