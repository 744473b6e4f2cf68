// SPDX-License-Identifier: Apache-2.0
#include "coroutine.hpp"
#include "shared_etcd.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

BOOST_AUTO_TEST_SUITE(integration_session, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

struct fixture {
    asio::io_context io;
    client c{io.get_executor(), at(etcd_endpoint())};
};

asio::awaitable<bool> lease_exists(client c, lease_id lease)
{
    const auto [ec, info] = co_await c.lease_time_to_live(lease, as_result);
    co_return !ec;
}

}  // namespace

BOOST_AUTO_TEST_CASE(session_is_alive_until_closed_and_leaves_no_lease)
{
    fixture f;
    run(f.io, [&]() -> asio::awaitable<void> {
        auto s = co_await session::open(f.c, {.ttl = 5s});
        BOOST_TEST(s.alive());
        BOOST_TEST(s.ttl().count() == 5);
        BOOST_TEST(s.lease() > 0);
        BOOST_TEST((s.deadline() > boot_clock::now()));
        const mutex m{s, "session-close"};
        auto held = co_await m.lock();
        co_await s.close();
        BOOST_TEST(!s.alive());
        BOOST_TEST(!held.held());
        const bool left = co_await lease_exists(f.c, s.lease());
        BOOST_TEST(!left);
        const auto [again] = co_await s.close(as_result);
        BOOST_TEST(again == make_error_code(errc::session_closed));
        const auto [ec, none] = co_await m.lock(as_result);
        BOOST_TEST(ec == make_error_code(errc::session_closed));
    });
}

BOOST_AUTO_TEST_CASE(session_outlives_its_time_to_live_while_it_is_renewed)
{
    fixture f;
    run(f.io, [&]() -> asio::awaitable<void> {
        auto s = co_await session::open(f.c, {.ttl = 9s});
        const auto first = s.deadline();
        auto held = co_await mutex{s, "renewed"}.lock();
        // A renewal moves the deadline on: watched through the deadline itself.
        while (s.deadline() < first + 1500ms) {
            asio::steady_timer pause{f.io, 50ms};
            co_await pause.async_wait(asio::use_awaitable);
            BOOST_REQUIRE(s.alive());
        }
        BOOST_TEST(held.held());
        co_await s.close();
    });
}

BOOST_AUTO_TEST_CASE(revoked_lease_is_a_lost_session_for_everybody_on_it)
{
    fixture f;
    run(f.io, [&]() -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        auto s = co_await session::open(f.c, {.ttl = 2s});
        auto held = co_await mutex{s, "revoked"}.lock();
        auto session_told = [&]() -> asio::awaitable<void> {
            const auto why = co_await s.lost();
            BOOST_TEST((why == errc::session_lost));
            BOOST_TEST(!s.alive());
        };
        auto holder_told = [&]() -> asio::awaitable<void> {
            co_await held.lost();
            BOOST_TEST(!held.held());
        };
        auto operator_ = [&]() -> asio::awaitable<void> { co_await f.c.revoke_lease(s.lease()); };
        co_await (session_told() && holder_told() && operator_());
        const auto [ec, none] = co_await mutex{s, "revoked"}.lock(as_result);
        BOOST_TEST(ec == make_error_code(errc::session_lost));
    });
}

BOOST_AUTO_TEST_CASE(orphaned_lease_can_be_adopted_with_its_locks)
{
    fixture f;
    run(f.io, [&]() -> asio::awaitable<void> {
        auto s = co_await session::open(f.c, {.ttl = 5s});
        const mutex m{s, "orphaned"};
        auto held = co_await m.lock();
        const auto lease = s.orphan();
        const auto [ec, reason] = co_await s.lost(as_result);
        BOOST_TEST(ec == make_error_code(errc::session_closed));
        BOOST_TEST(held.held());
        auto heir = co_await session::adopt(f.c, lease);
        BOOST_TEST(heir.lease() == lease);
        const auto entries = co_await m.queue();
        BOOST_REQUIRE(entries.size() == 1u);
        BOOST_TEST(entries[0].lease == lease);
        co_await heir.close();
        co_await queue_reaches(f.c, "orphaned", 0);
    });
}

BOOST_AUTO_TEST_CASE(adopting_a_lease_that_is_not_there_says_so)
{
    fixture f;
    run(f.io, [&]() -> asio::awaitable<void> {
        const auto [ec, none] = co_await session::adopt(f.c, 12345, as_result);
        BOOST_TEST(ec == make_error_code(errc::lease_not_found));
    });
}

BOOST_AUTO_TEST_CASE(dropped_session_is_closed_in_the_background)
{
    fixture f;
    lease_id lease = 0;
    run(f.io, [&]() -> asio::awaitable<void> {
        const auto s = co_await session::open(f.c);
        lease = s.lease();
    });
    f.io.restart();
    run(f.io, [&]() -> asio::awaitable<void> {
        const bool left = co_await lease_exists(f.c, lease);
        BOOST_TEST(!left);
    });
}

BOOST_AUTO_TEST_CASE(clients_own_session_is_closed_with_the_last_handle)
{
    asio::io_context io;
    client watcher_of_it{io.get_executor(), at(etcd_endpoint())};
    run(io, [&]() -> asio::awaitable<void> {
        client c{io.get_executor(), at(etcd_endpoint())};
        auto held = co_await mutex{c, "last-handle"}.lock();
    });
    io.restart();
    run(io, [&]() -> asio::awaitable<void> { co_await queue_reaches(watcher_of_it, "last-handle", 0); });
}

BOOST_AUTO_TEST_CASE(clients_own_session_is_opened_anew_after_a_loss)
{
    fixture f;
    run(f.io, [&]() -> asio::awaitable<void> {
        const mutex m{f.c, "anew", {.ttl = 2s}};
        auto held = co_await m.lock();
        const auto entries = co_await m.queue();
        co_await f.c.revoke_lease(entries[0].lease);
        co_await held.lost();
        // The session learns of it at its next renewal at the latest.
        while (true) {
            auto [ec, next] = co_await m.lock(as_result);
            if (!ec) {
                BOOST_TEST((next.token() > held.token()));
                break;
            }
            BOOST_TEST(ec == make_error_code(errc::session_lost));
        }
    });
}

BOOST_AUTO_TEST_CASE(leases_are_granted_described_and_revoked)
{
    fixture f;
    run(f.io, [&]() -> asio::awaitable<void> {
        const auto granted = co_await f.c.grant_lease(60s);
        BOOST_TEST(granted.granted_ttl.count() == 60);
        co_await f.c.put("leased", "value", granted.lease);
        const auto info = co_await f.c.lease_time_to_live(granted.lease);
        BOOST_REQUIRE(info.keys.size() == 1u);
        BOOST_TEST(info.keys[0] == "leased");
        co_await f.c.revoke_lease(granted.lease);
        const auto gone = co_await f.c.get("leased");
        BOOST_TEST(gone.items.empty());
        const auto [ec] = co_await f.c.revoke_lease(granted.lease, as_result);
        BOOST_TEST(ec == make_error_code(errc::lease_not_found));
        const auto [unknown, none] = co_await f.c.put("leased", "value", granted.lease, as_result);
        BOOST_TEST(unknown == make_error_code(errc::lease_not_found));
    });
}

BOOST_AUTO_TEST_SUITE_END()
