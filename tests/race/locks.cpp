// SPDX-License-Identifier: Apache-2.0
// Locks, attempts, cancellations and releases by many coroutines on four threads. What a lock guards is no
// atomic: who has it must see what the one before it wrote.
#include "coroutine.hpp"
#include "shared_etcd.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/strand.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <string>

BOOST_AUTO_TEST_SUITE(race_locks, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

constexpr std::size_t threads = 4;
constexpr std::size_t names = 6;

struct guarded {
    long plain = 0;                ///< changed by holders only
    std::atomic<long> granted{0};  ///< how often it was
};

using board = std::array<guarded, names>;

/// Looks at the handle from another thread while its owner goes on, and lets go of it there.
void hand_to_another_thread(asio::io_context& io, held_lock held, guarded& g)
{
    auto shared = std::make_shared<held_lock>(std::move(held));
    for (int i = 0; i < 2; ++i)
        asio::post(io, [shared, &g] {
            if (shared->held() && shared->token().revision == 0)
                g.granted = -1;
        });
}

asio::awaitable<void> work(asio::io_context& io, client c, board& b, unsigned seed, int rounds)
{
    std::mt19937 random{seed};
    const auto executor = co_await asio::this_coro::executor;
    for (int i = 0; i < rounds; ++i) {
        const auto which = random() % names;
        guarded& g = b[which];
        const mutex m{c, "raced-" + std::to_string(which)};
        std::optional<held_lock> held;
        switch (random() % 4) {
        case 0:
            held = co_await m.lock(asio::use_awaitable);
            break;
        case 1:
            held = co_await m.try_lock(asio::use_awaitable);
            break;
        case 2: {
            const std::chrono::milliseconds patience{random() % 20};
            auto [ec, got] = co_await m.try_lock_for(patience, asio::as_tuple(asio::use_awaitable));
            held = std::move(got);
            if (ec && ec != errc::unreachable)  // no session in so short a time
                throw boost::system::system_error{ec};
            break;
        }
        default: {
            // The timer's handler, on its way already, may run after the timer was cancelled.
            auto signal = std::make_shared<asio::cancellation_signal>();
            asio::steady_timer timer{executor, std::chrono::microseconds{random() % 5000}};
            timer.async_wait([signal](error_code ec) {
                if (!ec)
                    signal->emit(asio::cancellation_type::total);
            });
            auto token = asio::as_tuple(asio::bind_cancellation_slot(signal->slot(), asio::use_awaitable));
            auto [ec, got] = co_await m.lock(token);
            timer.cancel();
            if (!ec)
                held = std::move(got);
        }
        }
        if (!held)
            continue;
        ++g.plain;
        ++g.granted;
        if (random() % 3 == 0)
            hand_to_another_thread(io, std::move(*held), g);
        else
            co_await held->unlock(asio::use_awaitable);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(holders_on_any_thread_see_what_the_last_one_wrote)
{
    asio::io_context io;
    board b;
    {
        std::vector<client> clients;
        for (int i = 0; i < 2; ++i)
            clients.emplace_back(io.get_executor(), at(etcd_endpoint()));
        for (unsigned i = 0; i < 48; ++i)
            asio::co_spawn(asio::make_strand(io), work(io, clients[i % clients.size()], b, i, 25),
                           [](std::exception_ptr e) {
                               if (e)
                                   std::rethrow_exception(e);
                           });
    }
    run_to_end(io, threads);
    long all = 0;
    for (const auto& g : b) {
        BOOST_TEST(g.plain == g.granted);
        all += g.plain;
    }
    BOOST_TEST(all > 0);
}

BOOST_AUTO_TEST_SUITE_END()
