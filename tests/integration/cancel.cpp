// SPDX-License-Identifier: Apache-2.0
#include "coroutine.hpp"
#include "shared_etcd.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>

#include <memory>
#include <optional>
#include <random>
#include <vector>

BOOST_AUTO_TEST_SUITE(integration_cancel, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

struct tally {
    int delivered = 0;
    int aborted = 0;
    int other = 0;
};

/// A `lock()` that is cancelled after a random time; a handle that is delivered all the same is released.
asio::awaitable<void> locked_or_cancelled(mutex m, std::chrono::microseconds after, tally& t)
{
    const auto executor = co_await asio::this_coro::executor;
    asio::cancellation_signal signal;
    asio::steady_timer timer{executor, after};
    timer.async_wait([&](error_code ec) {
        if (!ec)
            signal.emit(asio::cancellation_type::total);
    });
    auto token = asio::as_tuple(asio::bind_cancellation_slot(signal.slot(), asio::use_awaitable));
    auto [ec, held] = co_await m.lock(token);
    timer.cancel();
    if (!ec && held.held()) {
        ++t.delivered;
        co_await held.unlock();
    } else if (ec == asio::error::operation_aborted) {
        ++t.aborted;
    } else {
        ++t.other;
    }
    // The timer's handler, queued already, still refers to the signal.
    co_await asio::post(asio::use_awaitable);
}

}  // namespace

BOOST_AUTO_TEST_CASE(thousand_waits_cancelled_at_random_leave_no_key)
{
    asio::io_context io;
    client holder{io.get_executor(), at(etcd_endpoint())};
    tally t;
    run(io, [&]() -> asio::awaitable<void> {
        const mutex m{holder, "cancelled"};
        auto held = co_await m.lock();
        std::vector<client> others;
        for (int i = 0; i < 10; ++i)
            others.emplace_back(io.get_executor(), at(etcd_endpoint()));
        std::mt19937 random{1};
        for (int round = 0; round < 20; ++round) {
            std::vector<asio::awaitable<void>> unused;
            int pending = 0;
            gate done{io.get_executor()};
            for (int i = 0; i < 50; ++i) {
                ++pending;
                const mutex waiter{others[std::size_t(i) % others.size()], "cancelled"};
                const std::chrono::microseconds after{random() % 20'000};
                asio::co_spawn(io, locked_or_cancelled(waiter, after, t), [&](std::exception_ptr) {
                    if (--pending == 0)
                        done.open();
                });
            }
            co_await done.wait();
        }
        BOOST_TEST(held.held());
        co_await queue_reaches(holder, "cancelled", 1);
    });
    BOOST_TEST(t.aborted == 1000);
    BOOST_TEST(t.delivered == 0);
    BOOST_TEST(t.other == 0);
}

BOOST_AUTO_TEST_CASE(cancellation_racing_with_the_grant_delivers_the_handle_or_gives_the_key_back)
{
    asio::io_context io;
    client c{io.get_executor(), at(etcd_endpoint())};
    client other{io.get_executor(), at(etcd_endpoint())};
    tally t;
    run(io, [&]() -> asio::awaitable<void> {
        std::mt19937 random{2};
        const mutex ours{c, "raced"};
        const mutex theirs{other, "raced"};
        for (int i = 0; i < 1000; ++i) {
            auto held = co_await ours.lock();
            int pending = 1;
            gate done{io.get_executor()};
            // Close to the grant as a rule, and sometimes surely later, however slow the machine.
            const std::chrono::microseconds after{random() % (i % 20 == 0 ? 1'000'000 : 3'000)};
            asio::co_spawn(io, locked_or_cancelled(theirs, after, t), [&](std::exception_ptr) {
                --pending;
                done.open();
            });
            co_await held.unlock();
            co_await done.wait();
        }
        co_await queue_reaches(c, "raced", 0);
    });
    BOOST_TEST(t.aborted + t.delivered == 1000);
    BOOST_TEST(t.other == 0);
    // Both sides of the race were seen; with neither, the test would show nothing.
    BOOST_TEST(t.aborted > 0);
    BOOST_TEST(t.delivered > 0);
}

BOOST_AUTO_TEST_CASE(thousand_bounded_attempts_come_back_empty_and_leave_no_key)
{
    asio::io_context io;
    client holder{io.get_executor(), at(etcd_endpoint())};
    client other{io.get_executor(), at(etcd_endpoint())};
    int empty = 0;
    run(io, [&]() -> asio::awaitable<void> {
        const mutex m{holder, "attempts"};
        auto held = co_await m.lock();
        const auto none = co_await mutex{other, "attempts"}.try_lock();  // connected from here on
        BOOST_TEST(!none.has_value());
        int pending = 1000;
        gate done{io.get_executor()};
        for (int i = 0; i < 1000; ++i)
            mutex{i % 2 == 0 ? holder : other, "attempts"}.try_lock_for(
                200ms, [&](error_code ec, std::optional<held_lock> none) {
                    if (!ec && !none)
                        ++empty;
                    if (--pending == 0)
                        done.open();
                });
        co_await done.wait();
        co_await queue_reaches(holder, "attempts", 1);
        BOOST_TEST(held.held());
    });
    BOOST_TEST(empty == 1000);
}

BOOST_AUTO_TEST_CASE(other_operations_are_cancelled_at_once_and_disturb_nothing)
{
    asio::io_context io;
    client c{io.get_executor(), at(etcd_endpoint())};
    run(io, [&]() -> asio::awaitable<void> {
        const mutex m{c, "lost-cancelled"};
        auto held = co_await m.lock();
        auto changes = c.watch("never-changes");
        co_await changes.ready();
        asio::cancellation_signal signals[3];
        int aborted = 0;
        gate done{io.get_executor()};
        const auto count = [&](error_code ec, const auto&...) {
            BOOST_TEST(ec == asio::error::operation_aborted);
            if (++aborted == 3)
                done.open();
        };
        held.lost(asio::bind_cancellation_slot(signals[0].slot(), [&](error_code ec, errc) { count(ec); }));
        changes.next(
            asio::bind_cancellation_slot(signals[1].slot(), [&](error_code ec, watch_event) { count(ec); }));
        // Its answer may be quicker than the signal.
        const error_code aborted_code = asio::error::operation_aborted;
        c.get("never-changes",
              asio::bind_cancellation_slot(signals[2].slot(), [&, aborted_code](error_code ec, get_result) {
                  count(ec ? ec : aborted_code);
              }));
        for (auto& signal : signals)
            signal.emit(asio::cancellation_type::terminal);
        co_await done.wait();
        BOOST_TEST(held.held());
        co_await c.put("never-changes", "after all");
        const auto event = co_await changes.next();
        BOOST_TEST(event.kv.value == "after all");
        co_await held.unlock();
    });
}

BOOST_AUTO_TEST_CASE(handles_may_go_while_operations_are_pending)
{
    asio::io_context io;
    int aborted = 0;
    std::optional<client> c{std::in_place, io.get_executor(), at(etcd_endpoint())};
    run(io, [&]() -> asio::awaitable<void> {
        auto held = co_await mutex{*c, "handles"}.lock();
        {
            auto changes = c->watch("handles-watched");
            changes.next(
                [&](error_code ec, const watch_event&) { aborted += ec == asio::error::operation_aborted; });
        }
        mutex{*c, "handles"}.lock([&](error_code ec, const held_lock& got) { aborted += !ec && got.held(); });
        c.reset();
        co_await held.unlock();
    });
    BOOST_TEST(aborted == 2);
}

BOOST_AUTO_TEST_CASE(context_may_end_with_everything_pending)
{
    auto io = std::make_unique<asio::io_context>();
    std::optional<client> c{std::in_place, io->get_executor(), at(etcd_endpoint())};
    int called = 0;
    asio::co_spawn(
        *io,
        [c = *c, &called]() mutable -> asio::awaitable<void> {
            auto held = co_await mutex{c, "abandoned"}.lock();
            auto changes = c.watch("abandoned-watched");
            co_await changes.ready();
            mutex{c, "abandoned"}.lock([&called, c](error_code, const held_lock&) { ++called; });
            held.lost([&called, c](error_code, errc) { ++called; });
            co_await changes.next();
            ++called;
        },
        asio::detached);
    io->run_for(200ms);
    // From here on only what is pending owns handles.
    c.reset();
    io.reset();
    BOOST_TEST(called == 0);
}

BOOST_AUTO_TEST_SUITE_END()
