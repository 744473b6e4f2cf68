// SPDX-License-Identifier: Apache-2.0
#include "coroutine.hpp"
#include "shared_etcd.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>

BOOST_AUTO_TEST_SUITE(integration_with_lock, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

struct fixture {
    asio::io_context io;
    client c{io.get_executor(), at(etcd_endpoint())};

    template <class F>
    void run_coroutine(F body)
    {
        run(io, [this, body]() -> asio::awaitable<void> { co_await body(*this); });
    }
};

asio::awaitable<void> forever()
{
    asio::steady_timer timer{co_await asio::this_coro::executor, asio::steady_timer::time_point::max()};
    co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<bool> is_free(const mutex& m)
{
    const auto entries = co_await m.queue();
    co_return entries.empty();
}

/// The error that a coroutine ends with.
asio::awaitable<error_code> error_of(asio::awaitable<void> work)
{
    try {
        co_await std::move(work);
    } catch (const boost::system::system_error& e) {
        co_return e.code();
    }
    co_return error_code{};
}

struct no_default {
    explicit no_default(int v) : value{std::make_unique<int>(v)} {}
    std::unique_ptr<int> value;  // move-only, too
};

}  // namespace

BOOST_AUTO_TEST_CASE(body_runs_while_the_lock_is_held_and_its_result_is_returned)
{
    fixture f;
    f.run_coroutine([](fixture& f) -> asio::awaitable<void> {
        const mutex m{f.c, "result"};
        const no_default n = co_await with_lock(m, [](held_lock& held) -> asio::awaitable<no_default> {
            BOOST_TEST(held.held());
            co_return no_default{7};
        });
        BOOST_TEST(*n.value == 7);
        const bool free = co_await is_free(m);
        BOOST_TEST(free);
    });
}

BOOST_AUTO_TEST_CASE(takes_a_lock_that_was_acquired_otherwise)
{
    fixture f;
    f.run_coroutine([](fixture& f) -> asio::awaitable<void> {
        const mutex m{f.c, "acquired"};
        auto held = co_await m.try_lock_for(60s);
        BOOST_REQUIRE(held);
        co_await with_lock(*std::move(held), [](held_lock& h) -> asio::awaitable<void> {
            BOOST_TEST(h.held());
            co_return;
        });
        const bool free = co_await is_free(m);
        BOOST_TEST(free);
    });
}

BOOST_AUTO_TEST_CASE(exception_of_the_body_comes_after_the_release)
{
    fixture f;
    f.run_coroutine([](fixture& f) -> asio::awaitable<void> {
        const mutex m{f.c, "throws"};
        bool thrown = false;
        try {
            co_await with_lock(m, [](held_lock&) -> asio::awaitable<void> {
                throw std::runtime_error{"mine"};
                co_return;
            });
        } catch (const std::runtime_error& e) {
            thrown = e.what() == std::string{"mine"};
        }
        BOOST_TEST(thrown);
        const bool free = co_await is_free(m);
        BOOST_TEST(free);
    });
}

BOOST_AUTO_TEST_CASE(deleted_key_cancels_the_body_and_joins_it)
{
    fixture f;
    f.run_coroutine([](fixture& f) -> asio::awaitable<void> {
        const mutex m{f.c, "deleted"};
        bool unwound = false;
        auto ec = co_await error_of(with_lock(m, [&](held_lock& held) -> asio::awaitable<void> {
            co_await f.c.remove(held.key());
            try {
                co_await forever();
            } catch (const boost::system::system_error&) {
                unwound = true;
                throw;
            }
        }));
        BOOST_TEST(ec == error_code{errc::key_deleted});
        BOOST_TEST(unwound);
    });
}

BOOST_AUTO_TEST_CASE(revoked_lease_counts_as_loss_though_the_body_returns)
{
    fixture f;
    f.run_coroutine([](fixture& f) -> asio::awaitable<void> {
        auto s = co_await session::open(f.c);
        const mutex m{s, "revoked"};
        auto ec = co_await error_of(with_lock(m, [&](held_lock& held) -> asio::awaitable<void> {
            co_await f.c.revoke_lease(s.lease());
            co_await held.lost();
        }));
        BOOST_TEST((ec == errc::session_lost || ec == errc::key_deleted));
    });
}

BOOST_AUTO_TEST_CASE(body_that_ends_well_ahead_of_the_deadline_has_its_result_though_it_was_cancelled)
{
    fixture f;
    f.run_coroutine([](fixture& f) -> asio::awaitable<void> {
        const mutex m{f.c, "ahead"};
        // There is always less than an hour left.
        const int n = co_await with_lock(m,
                                         [](held_lock& held) -> asio::awaitable<int> {
                                             try {
                                                 co_await forever();
                                             } catch (const boost::system::system_error&) {
                                             }
                                             co_return held.held() ? 5 : 0;
                                         },
                                         {.cancel_ahead = 1h});
        BOOST_TEST(n == 5);
        auto ec = co_await error_of(with_lock(
            m, [](held_lock&) -> asio::awaitable<void> { co_await forever(); }, {.cancel_ahead = 1h}));
        BOOST_TEST(ec == error_code{errc::session_lost});
        const bool free = co_await is_free(m);
        BOOST_TEST(free);
    });
}

BOOST_AUTO_TEST_CASE(closed_session_counts_as_loss_though_the_body_returns)
{
    fixture f;
    f.run_coroutine([](fixture& f) -> asio::awaitable<void> {
        auto s = co_await session::open(f.c);
        const mutex m{s, "closing"};
        auto ec =
            co_await error_of(with_lock(m, [&](held_lock&) -> asio::awaitable<void> { co_await s.close(); }));
        BOOST_TEST(ec == error_code{errc::session_closed});
    });
}

BOOST_AUTO_TEST_CASE(handle_that_does_not_hold_runs_no_body)
{
    fixture f;
    f.run_coroutine([](fixture& f) -> asio::awaitable<void> {
        auto s = co_await session::open(f.c);
        const mutex m{s, "not held"};
        bool ran = false;
        const auto body = [&ran](held_lock&) -> asio::awaitable<void> {
            ran = true;
            co_return;
        };
        held_lock held = co_await m.lock();
        held_lock moved = std::move(held);
        auto ec = co_await error_of(with_lock(std::move(held), body));
        BOOST_TEST(ec == error_code{errc::not_held});
        co_await moved.unlock();
        ec = co_await error_of(with_lock(std::move(moved), body));
        BOOST_TEST(ec == error_code{errc::not_held});
        held_lock lost = co_await m.lock();
        co_await s.close();
        ec = co_await error_of(with_lock(std::move(lost), body));
        BOOST_TEST(ec == error_code{errc::session_closed});
        BOOST_TEST(!ran);
    });
}

BOOST_AUTO_TEST_CASE(body_may_unlock_or_keep_the_lock)
{
    fixture f;
    f.run_coroutine([](fixture& f) -> asio::awaitable<void> {
        const mutex m{f.c, "kept"};
        co_await with_lock(m, [](held_lock& held) -> asio::awaitable<void> { co_await held.unlock(); });
        held_lock kept = co_await with_lock(
            m, [](held_lock& held) -> asio::awaitable<held_lock> { co_return std::move(held); });
        BOOST_TEST(kept.held());
        co_await kept.unlock();
    });
}

BOOST_AUTO_TEST_CASE(lock_that_cannot_be_had_runs_no_body)
{
    fixture f;
    f.run_coroutine([](fixture& f) -> asio::awaitable<void> {
        auto s = co_await session::open(f.c);
        const mutex m{s, "closed"};
        co_await s.close();
        bool ran = false;
        auto ec = co_await error_of(with_lock(m, [&](held_lock&) -> asio::awaitable<void> {
            ran = true;
            co_return;
        }));
        BOOST_TEST(ec == error_code{errc::session_closed});
        BOOST_TEST(!ran);
    });
}

BOOST_AUTO_TEST_CASE(negative_cancel_ahead_is_refused)
{
    fixture f;
    f.run_coroutine([](fixture& f) -> asio::awaitable<void> {
        const mutex m{f.c, "option"};
        auto ec = co_await error_of(
            with_lock(m, [](held_lock&) -> asio::awaitable<void> { co_return; }, {.cancel_ahead = -1ms}));
        BOOST_TEST(ec == error_code{errc::invalid_option});
    });
}

namespace {

/// with_lock in a coroutine on a strand of several threads, cancelled from outside once `arrived` is kept.
struct cancelled_run {
    asio::thread_pool pool{3};
    client c{pool.get_executor(), at(etcd_endpoint())};
    asio::strand<asio::thread_pool::executor_type> strand = asio::make_strand(pool);
    asio::cancellation_signal signal;
    std::promise<void> arrived;
    std::promise<error_code> ended;

    template <class Body>
    error_code operator()(mutex m, asio::cancellation_type type, Body body)
    {
        asio::co_spawn(
            strand,
            [&]() -> asio::awaitable<void> {
                co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
                co_await with_lock(m, body);
            },
            asio::bind_cancellation_slot(signal.slot(),
                                         asio::bind_executor(strand, [this](std::exception_ptr e) {
                                             try {
                                                 if (e)
                                                     std::rethrow_exception(e);
                                                 ended.set_value({});
                                             } catch (const boost::system::system_error& error) {
                                                 ended.set_value(error.code());
                                             }
                                         })));
        arrived.get_future().wait();
        asio::post(strand, [this, type] { signal.emit(type); });
        auto result = ended.get_future();
        BOOST_REQUIRE((result.wait_for(30s) == std::future_status::ready));
        return result.get();
    }

    /// Waits until the queue of the lock is of that length.
    void wait_for_queue(const std::string& name, std::size_t length)
    {
        asio::co_spawn(pool, queue_reaches(c, name, length), asio::use_future).get();
    }
};

constexpr std::array all_types{asio::cancellation_type::terminal, asio::cancellation_type::partial,
                               asio::cancellation_type::total};

}  // namespace

BOOST_AUTO_TEST_CASE(cancelling_the_caller_cancels_the_body_and_releases)
{
    for (const auto type : all_types) {
        cancelled_run run;
        std::atomic<bool> unwound = false;
        const auto ec = run(mutex{run.c, "caller"}, type, [&](held_lock&) -> asio::awaitable<void> {
            run.arrived.set_value();
            try {
                co_await forever();
            } catch (const boost::system::system_error&) {
                unwound = true;
                throw;
            }
        });
        BOOST_TEST(ec == error_code{asio::error::operation_aborted});
        BOOST_TEST(unwound.load());
        run.wait_for_queue("caller", 0);
    }
}

BOOST_AUTO_TEST_CASE(cancelling_the_caller_gives_up_the_place_in_the_queue)
{
    for (const auto type : all_types) {
        cancelled_run run;
        client other{run.pool.get_executor(), at(etcd_endpoint())};
        const mutex held_by_other{other, "queued"};
        auto held = held_by_other.lock(asio::use_future).get();
        auto queued = std::async(std::launch::async, [&] {
            run.wait_for_queue("queued", 2);
            run.arrived.set_value();
        });
        const auto ec = run(mutex{run.c, "queued"}, type, [](held_lock&) -> asio::awaitable<void> {
            BOOST_ERROR("the body ran");
            co_return;
        });
        BOOST_TEST(ec == error_code{asio::error::operation_aborted});
        run.wait_for_queue("queued", 1);
        BOOST_TEST(held.held());
        held.unlock(asio::use_future).get();
    }
}

BOOST_AUTO_TEST_CASE(body_that_returns_though_the_caller_was_cancelled_counts)
{
    cancelled_run run;
    const auto ec = run(mutex{run.c, "returns"}, asio::cancellation_type::terminal,
                        [&](held_lock&) -> asio::awaitable<void> {
                            run.arrived.set_value();
                            try {
                                co_await forever();
                            } catch (const boost::system::system_error&) {
                            }
                        });
    BOOST_TEST(!ec);
    run.wait_for_queue("returns", 0);
}

BOOST_AUTO_TEST_SUITE_END()
