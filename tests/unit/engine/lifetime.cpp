// SPDX-License-Identifier: Apache-2.0
// Handles go in any order, and contexts with operations pending. What leaks or is used too late, the
// sanitizers tell.
#include "world.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <optional>
#include <string>

BOOST_AUTO_TEST_SUITE(engine_lifetime)

using namespace leasehold;
using namespace leasehold::test;

namespace {

/// One of each handle, with one of each operation pending, in another client's way or not.
struct everything {
    explicit everything(world& w)
        : other{w.connect()},
          theirs{w.must_lock(mutex{other, "theirs"})},
          c{w.connect()},
          s{w.must_open(*c)},
          m{std::in_place, *s, "name"},
          held{w.must_lock(*m)},
          watching{c->watch("k")},
          free_lock{w.lock(mutex{*s, "free"})},
          own_lock{w.lock(*m)},
          their_lock{w.lock(mutex{*s, "theirs"})},
          default_lock{w.lock(mutex{*c, "default"})},
          bounded{w.try_lock_for(mutex{*c, "theirs"}, 5s)},
          lock_lost{w.lost(*held)},
          session_lost{w.lost(*s)},
          next{w.next(*watching)},
          opening{w.open(*c)},
          reading{w.start<get_result>([&](auto h) { c->get("k", std::move(h)); })}
    {}

    void drop(std::size_t which)
    {
        switch (which) {
        case 0:
            c.reset();
            break;
        case 1:
            s.reset();
            break;
        case 2:
            m.reset();
            break;
        case 3:
            held.reset();
            break;
        case 4:
            watching.reset();
            break;
        }
    }

    client other;
    held_lock theirs;
    std::optional<client> c;
    std::optional<session> s;
    std::optional<mutex> m;
    std::optional<held_lock> held;
    std::optional<watcher> watching;
    started<held_lock> free_lock;
    started<held_lock> own_lock;
    started<held_lock> their_lock;
    started<held_lock> default_lock;
    started<std::optional<held_lock>> bounded;
    started<errc> lock_lost;
    started<errc> session_lost;
    started<watch_event> next;
    started<session> opening;
    started<get_result> reading;
};

}  // namespace

BOOST_AUTO_TEST_CASE(handles_go_in_every_order)
{
    std::array<std::size_t, 5> order{};
    std::iota(order.begin(), order.end(), std::size_t{0});
    do {
        for (const int steps : {0, 3, 1000}) {
            world w;
            {
                everything all{w};
                for (const auto which : order) {
                    for (int i = 0; i < steps && w.step(); ++i)
                        ;
                    all.drop(which);
                }
                w.run_for(6s);
                // What was pending ends as if nothing had happened, but for what was told to end.
                BOOST_TEST(all.free_lock.ok());
                BOOST_TEST(all.own_lock.ok());
                BOOST_TEST(all.default_lock.ok());
                BOOST_TEST(all.bounded.ok());
                BOOST_TEST((all.lock_lost.ec() == errc::not_held));
                BOOST_TEST(all.next.aborted());
                BOOST_TEST(all.opening.ok());
                BOOST_TEST(all.reading.ok());
                BOOST_TEST(!all.their_lock.done());
                BOOST_TEST(!all.session_lost.done());
                all.theirs = {};
                w.run_for(1s);
                BOOST_TEST(all.their_lock.ok());
            }
            w.run_for(1s);
            BOOST_TEST(w.keys().empty());
            BOOST_TEST(w.leases() == 0u);
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

BOOST_AUTO_TEST_CASE(operations_go_on_without_any_handle)
{
    world w;
    {
        std::optional<client> c = w.connect();
        auto locked = w.lock(mutex{*c, "name"});
        c.reset();
        MUST(w, locked);
        BOOST_TEST(locked.value().held());
        w.run_for(1min);
        BOOST_TEST(locked.value().held());
    }
    w.run_for(1s);
    BOOST_TEST(w.leases() == 0u);
}

// The handlers are destroyed, uncalled, with the context.
BOOST_AUTO_TEST_CASE(a_context_ends_after_every_step)
{
    bool more = true;
    for (int steps = 0; more; ++steps) {
        more = false;
        memory::etcd etcd;
        started<held_lock> locked;
        started<held_lock> waiting;
        started<watch_event> next;
        started<errc> lost;
        {
            asio::io_context io{1};
            const auto connect = [&](std::uint64_t seed) {
                client_options o;
                o.endpoints = etcd.endpoints();
                return leasehold::connect(
                    io.get_executor(), o, [&](auto s) { return etcd.connect(std::move(s)); }, seed);
            };
            const auto a = connect(1);
            const auto b = connect(2);
            const auto begin = [&]<class... T>(started<T...>& op, auto initiate) {
                auto state = std::make_shared<operation_state<T...>>(io);
                initiate(checking_handler<T...>{state});
                state->initiating = false;
                op = started<T...>{std::move(state)};
            };
            held_lock first;
            auto changes = a.watch("k");
            begin(locked, [&](auto h) { mutex{a, "name"}.lock(std::move(h)); });
            begin(waiting, [&](auto h) { mutex{b, "name"}.lock(std::move(h)); });
            begin(next, [&](auto h) { changes.next(std::move(h)); });
            begin(lost, [&](auto h) { first.lost(std::move(h)); });
            int until_release = 40;
            for (int taken = 0; taken < steps; ++taken) {
                io.restart();
                if (io.poll_one() == 0 && !etcd.step() && !etcd.advance(etcd.now() + 1min))
                    break;
                if (locked.ok() && until_release == 40) {
                    first = std::move(locked.value());
                    lost.forget_executor();
                    begin(lost, [&](auto h) { first.lost(std::move(h)); });
                }
                if (locked.ok() && --until_release == 0)
                    first = {};
            }
            more = steps < 150;
            // Results that were not taken away would outlive the context that they belong to.
            if (locked.ok())
                locked.value() = {};
            if (waiting.ok())
                waiting.value() = {};
            locked.forget_executor();
            waiting.forget_executor();
            next.forget_executor();
            lost.forget_executor();
        }
        BOOST_TEST(lost.handlers() == 0);
        BOOST_TEST(locked.handlers() == 0);
        BOOST_TEST(waiting.handlers() == 0);
        BOOST_TEST(next.handlers() == 0);
        while (etcd.step())
            ;
    }
}

// A handler may own the handle whose operation it waits for: the context breaks the circle.
BOOST_AUTO_TEST_CASE(a_handler_that_owns_its_handle_is_not_leaked)
{
    const auto tracked = std::make_shared<int>(1);
    {
        world w;
        const auto c = w.connect();
        auto held = std::make_shared<held_lock>(w.must_lock(mutex{c, "name"}));
        held->lost([held, tracked](error_code, errc) {});
        held = {};
        auto s = std::make_shared<session>(w.must_open(c));
        s->lost([s, tracked](error_code, errc) {});
        s = {};
        auto changes = std::make_shared<watcher>(c.watch("k"));
        changes->next([changes, tracked](error_code, watch_event) {});
        changes = {};
        {
            const auto other = w.connect();
            const mutex m{other, "name"};
            m.lock([m, other, tracked](error_code, held_lock) {});
        }
        w.run_for(1min);
        BOOST_TEST(tracked.use_count() == 5);
    }
    BOOST_TEST(tracked.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(coroutines_end_with_their_context)
{
    const auto tracked = std::make_shared<int>(1);
    {
        world w;
        const auto c = w.connect();
        auto held = w.must_lock(mutex{c, "name"});
        const auto wait = [](client c, std::shared_ptr<int>) -> asio::awaitable<void> {
            const mutex m{c, "name"};
            const auto mine = co_await m.lock();
            co_await mine.lost();
        };
        for (int i = 0; i < 5; ++i)
            asio::co_spawn(w.io, wait(w.connect(), tracked), asio::detached);
        w.run_for(1s);
        held = {};
        w.run_for(1s);
        BOOST_TEST(tracked.use_count() == 6);
    }
    BOOST_TEST(tracked.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE(work)

BOOST_AUTO_TEST_CASE(idle_handles_do_not_keep_the_context_running)
{
    world w;
    const auto c = w.connect();
    auto s = w.must_open(c);
    auto held = w.must_lock(mutex{s, "name"});
    auto changes = c.watch("k");
    w.run_for(1min);
    w.poll();
    BOOST_TEST(w.io.stopped());
}

// As timers and sockets allow it.
BOOST_AUTO_TEST_CASE(a_signal_may_go_before_its_handler_runs)
{
    world w;
    const auto c = w.connect();
    for (const bool emitted : {true, false}) {
        auto signal = std::make_unique<asio::cancellation_signal>();
        std::optional<error_code> ended;
        c.get(std::string{"k"}, asio::bind_cancellation_slot(
                                    signal->slot(), [&](error_code ec, const get_result&) { ended = ec; }));
        if (emitted)
            signal->emit(asio::cancellation_type::terminal);
        signal.reset();
        BOOST_TEST_REQUIRE(w.run_until([&] { return ended.has_value(); }));
        BOOST_TEST((*ended == asio::error::operation_aborted) == emitted);
    }
}

BOOST_AUTO_TEST_CASE(the_last_request_may_end_by_its_time_out)
{
    world w;
    for (std::size_t m = 0; m < w.etcd.endpoints().size(); ++m)
        w.etcd.stop(m);
    client_options options;
    options.connect_timeout = 200ms;
    // The request is all that keeps the engine, and ends in a timer of the engine.
    auto c = std::make_optional(w.connect(options));
    auto got = w.start<get_result>([&](auto h) { c->get("k", std::move(h)); });
    c.reset();
    MUST_FAIL(w, got, errc::unreachable);
}

BOOST_AUTO_TEST_CASE(the_last_request_may_end_with_its_link)
{
    world w;
    w.etcd.on_message([](const memory::message& m) {
        return m.direction == memory::direction::to_client ? memory::fault::fail(memory::connection_reset())
                                                           : memory::fault::none();
    });
    auto c = std::make_optional(w.connect());
    auto put = w.start<put_result>([&](auto h) { c->put("k", "v", 0, std::move(h)); });
    c.reset();
    MUST_FAIL(w, put, errc::outcome_unknown);
}

BOOST_AUTO_TEST_CASE(pending_operations_do)
{
    world w;
    const auto c = w.connect();
    auto held = w.must_lock(mutex{c, "name"});
    w.settle();
    w.poll();
    BOOST_TEST(w.io.stopped());
    {
        auto lost = w.lost(held);
        w.settle();
        w.poll();
        BOOST_TEST(!w.io.stopped());
        lost.cancel();
        w.poll();
        BOOST_TEST(w.io.stopped());
    }
    // A release in the background too, until it is done.
    held = {};
    w.poll();
    BOOST_TEST(!w.io.stopped());
    w.run_for(1s);
    w.poll();
    BOOST_TEST(w.io.stopped());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
