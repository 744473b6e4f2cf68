// SPDX-License-Identifier: Apache-2.0
#include "coroutine.hpp"
#include "shared_etcd.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

BOOST_AUTO_TEST_SUITE(integration_lock, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

struct fixture {
    asio::io_context io;
    client c{io.get_executor(), at(etcd_endpoint())};

    client other_client() { return client{io.get_executor(), at(etcd_endpoint())}; }
};

template <class F>
void in_coroutine(fixture& f, F body)
{
    run(f.io, [&f, body]() -> asio::awaitable<void> { co_await body(f); });
}

/// Enters the lock `rounds` times, checking that nobody else is inside.
asio::awaitable<void> take_turns(mutex m, int rounds, int& inside, int& total)
{
    for (int i = 0; i < rounds; ++i) {
        auto held = co_await m.lock(with_diagnostics());
        BOOST_TEST(++inside == 1);
        BOOST_TEST(held.held());
        ++total;
        // Others get every chance to run while this one is inside.
        co_await asio::post(asio::use_awaitable);
        BOOST_TEST(--inside == 0);
        co_await held.unlock();
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(uncontended_lock_is_held_until_unlocked)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        const mutex m{f.c, "single"};
        auto held = co_await m.lock();
        BOOST_TEST(held.held());
        BOOST_TEST(held.token().revision > 0);
        BOOST_TEST(held.key().starts_with("single/"));
        BOOST_TEST((held.deadline() > boot_clock::now()));
        co_await held.unlock();
        BOOST_TEST(!held.held());
        const auto left = co_await queue_length(m);
        BOOST_TEST(left == 0u);
    });
}

BOOST_AUTO_TEST_CASE(two_coroutines_of_one_session_exclude_each_other)
{
    fixture f;
    int inside = 0;
    int total = 0;
    const mutex m{f.c, "coroutines"};
    for (int i = 0; i < 2; ++i)
        asio::co_spawn(f.io, take_turns(m, 200, inside, total), asio::detached);
    run_to_end(f.io);
    BOOST_TEST(total == 400);
}

BOOST_AUTO_TEST_CASE(two_sessions_of_one_client_exclude_each_other)
{
    fixture f;
    int inside = 0;
    int total = 0;
    in_coroutine(f, [&](fixture& f) -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        auto a = co_await session::open(f.c);
        auto b = co_await session::open(f.c);
        const mutex on_a{a, "sessions"};
        const mutex on_b{b, "sessions"};
        co_await (take_turns(on_a, 50, inside, total) && take_turns(on_b, 50, inside, total));
    });
    BOOST_TEST(total == 100);
}

BOOST_AUTO_TEST_CASE(two_clients_exclude_each_other)
{
    fixture f;
    int inside = 0;
    int total = 0;
    for (int i = 0; i < 4; ++i)
        asio::co_spawn(f.io, take_turns(mutex{f.other_client(), "clients"}, 50, inside, total),
                       asio::detached);
    run_to_end(f.io);
    BOOST_TEST(total == 200);
}

BOOST_AUTO_TEST_CASE(waiters_of_several_clients_are_served_in_the_order_of_the_queue)
{
    fixture f;
    std::vector<int> served;
    in_coroutine(f, [&](fixture& f) -> asio::awaitable<void> {
        const mutex first{f.c, "order"};
        auto held = co_await first.lock();
        for (int i = 0; i < 5; ++i) {
            asio::co_spawn(
                f.io,
                [&served, i, m = mutex{f.other_client(), "order"}]() -> asio::awaitable<void> {
                    auto mine = co_await m.lock();
                    served.push_back(i);
                    co_await mine.unlock();
                },
                asio::detached);
            co_await queue_reaches(f.c, "order", std::size_t(i) + 2);
        }
        co_await held.unlock();
    });
    BOOST_TEST(served == (std::vector{0, 1, 2, 3, 4}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(tokens_grow_from_holder_to_holder)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        const auto other = f.other_client();
        fencing_token last;
        for (int i = 0; i < 20; ++i) {
            const mutex m{i % 3 == 0 ? other : f.c, "tokens"};
            auto held = co_await m.lock();
            BOOST_TEST((held.token() > last));
            last = held.token();
            co_await held.unlock();
        }
    });
}

BOOST_AUTO_TEST_CASE(try_lock_is_refused_while_held_and_writes_nothing)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        auto held = co_await mutex{f.c, "try"}.lock();
        const mutex other{f.other_client(), "try"};
        auto warm_up = co_await other.try_lock();  // opens the session
        BOOST_TEST(!warm_up.has_value());
        const auto before = co_await f.c.get("try-nothing");
        auto mine = co_await other.try_lock();
        const auto after = co_await f.c.get("try-nothing");
        BOOST_TEST(!mine.has_value());
        BOOST_TEST(before.revision == after.revision);
        auto again = co_await mutex{f.c, "try"}.try_lock();
        BOOST_TEST(!again.has_value());
        co_await held.unlock();
        mine = co_await other.try_lock();
        BOOST_TEST(mine.has_value());
        co_await mine->unlock();
    });
}

BOOST_AUTO_TEST_CASE(bounded_attempts_time_out_and_leave_nothing)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        const mutex m{f.c, "bounded"};
        auto held = co_await m.lock();
        const mutex other{f.other_client(), "bounded"};
        auto none = co_await other.try_lock();  // connected from here on
        BOOST_TEST(!none.has_value());
        none = co_await other.try_lock_for(50ms);
        BOOST_TEST(!none.has_value());
        none = co_await other.try_lock_until(std::chrono::steady_clock::now() + 50ms);
        BOOST_TEST(!none.has_value());
        none = co_await other.try_lock_until(std::chrono::system_clock::now() - 1h);
        BOOST_TEST(!none.has_value());
        co_await queue_reaches(f.c, "bounded", 1);
        BOOST_TEST(held.held());
        co_await held.unlock();
        auto some = co_await other.try_lock_for(60s);
        BOOST_TEST(some.has_value());
    });
}

BOOST_AUTO_TEST_CASE(a_waiter_that_gives_up_lets_the_next_one_through)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        auto held = co_await mutex{f.c, "gives-up"}.lock();
        asio::cancellation_signal stop;
        auto middle = [&]() -> asio::awaitable<void> {
            auto token = asio::bind_cancellation_slot(stop.slot(), asio::as_tuple(asio::use_awaitable));
            const mutex m{f.other_client(), "gives-up"};
            const auto [ec, none] = co_await m.lock(token);
            BOOST_TEST(ec == asio::error::operation_aborted);
        };
        auto last = [&f]() -> asio::awaitable<void> {
            co_await queue_reaches(f.c, "gives-up", 2);
            auto mine = co_await mutex{f.other_client(), "gives-up"}.lock();
            BOOST_TEST(mine.held());
        };
        auto first = [&]() -> asio::awaitable<void> {
            co_await queue_reaches(f.c, "gives-up", 3);
            stop.emit(asio::cancellation_type::terminal);
            co_await queue_reaches(f.c, "gives-up", 2);
            co_await held.unlock();
        };
        co_await (middle() && last() && first());
    });
}

BOOST_AUTO_TEST_CASE(unlock_twice_is_an_error_and_deletes_nothing)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        const mutex m{f.c, "twice"};
        auto held = co_await m.lock();
        co_await held.unlock();
        auto next = co_await m.lock();
        const auto [ec] = co_await held.unlock(as_result);
        BOOST_TEST(ec == make_error_code(errc::not_held));
        BOOST_TEST(next.held());
        const auto left = co_await queue_length(m);
        BOOST_TEST(left == 1u);
        held_lock nothing;
        const auto [empty] = co_await nothing.unlock(as_result);
        BOOST_TEST(empty == make_error_code(errc::not_held));
    });
}

BOOST_AUTO_TEST_CASE(destroyed_and_overwritten_handles_release_in_the_background)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        const mutex m{f.c, "raii"};
        {
            auto held = co_await m.lock();
        }
        auto held = co_await m.lock();
        auto other = co_await mutex{f.c, "raii-other"}.lock();
        held = std::move(other);
        BOOST_TEST(held.key().starts_with("raii-other/"));
        co_await queue_reaches(f.c, "raii", 0);
    });
}

BOOST_AUTO_TEST_CASE(fenced_transaction_is_refused_after_release)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        const mutex m{f.c, "fenced"};
        auto held = co_await m.lock();
        transaction write{
            .when = {held.ownership()}, .then = {put_request{"fenced-data", "mine", 0}}, .otherwise = {}};
        auto result = co_await f.c.txn(write);
        BOOST_TEST(result.succeeded);
        co_await held.unlock();
        auto next = co_await m.lock();
        result = co_await f.c.txn(write);
        BOOST_TEST(!result.succeeded);
    });
}

BOOST_AUTO_TEST_CASE(fenced_holder_is_never_followed_under_the_same_key)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        const mutex m{f.c, "no-pass", {.local_turn = 10s}};
        auto held = co_await m.lock();
        const auto first = held.token();
        transaction late{
            .when = {held.ownership()}, .then = {put_request{"no-pass-data", "late", 0}}, .otherwise = {}};
        auto second = [&]() -> asio::awaitable<void> {
            auto mine = co_await m.lock();
            BOOST_TEST(mine.token().revision > first.revision);
            const auto result = co_await f.c.txn(late);
            BOOST_TEST(!result.succeeded);
        };
        auto release = [&]() -> asio::awaitable<void> { co_await held.unlock(); };
        co_await (second() && release());
    });
}

BOOST_AUTO_TEST_CASE(queue_lists_holder_and_waiters_with_their_values)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        const mutex first{f.c, "listed", {.value = "the holder"}};
        const mutex second{f.other_client(), "listed", {.value = "a waiter"}};
        auto held = co_await first.lock();
        asio::co_spawn(f.io, second.lock(asio::use_awaitable), asio::detached);
        co_await queue_reaches(f.c, "listed", 2);
        const auto entries = co_await mutex{f.c, "listed"}.queue();
        BOOST_TEST(entries[0].value == "the holder");
        BOOST_TEST(entries[0].key == held.key());
        BOOST_TEST(entries[0].create_revision == held.token().revision);
        BOOST_TEST(entries[1].value == "a waiter");
        BOOST_TEST(entries[1].position == 1u);
        BOOST_TEST(entries[1].lease != entries[0].lease);
    });
}

BOOST_AUTO_TEST_CASE(foreign_key_under_the_prefix_is_a_place_in_the_queue)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        co_await f.c.put("foreign/somebody", "not a lock");
        const mutex m{f.c, "foreign"};
        const auto refused = co_await m.try_lock();
        BOOST_TEST(!refused.has_value());
        auto waiter = [&]() -> asio::awaitable<void> {
            auto held = co_await m.lock();
            BOOST_TEST(held.held());
        };
        auto operator_ = [&]() -> asio::awaitable<void> {
            co_await queue_reaches(f.c, "foreign", 2);
            co_await f.c.remove("foreign/somebody");
        };
        co_await (waiter() && operator_());
    });
}

BOOST_AUTO_TEST_CASE(deleting_the_holders_key_tells_the_holder)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        auto held = co_await mutex{f.c, "deleted"}.lock();
        auto told = [&]() -> asio::awaitable<void> {
            const auto why = co_await held.lost();
            BOOST_TEST((why == errc::key_deleted));
            BOOST_TEST(!held.held());
        };
        auto operator_ = [&]() -> asio::awaitable<void> { co_await f.c.remove(held.key()); };
        co_await (told() && operator_());
        const auto [ec] = co_await held.unlock(as_result);
        BOOST_TEST(ec == make_error_code(errc::key_deleted));
    });
}

BOOST_AUTO_TEST_CASE(deleting_a_waiters_key_ends_that_waiter_alone)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        auto held = co_await mutex{f.c, "waiter-key"}.lock();
        const auto second = f.other_client();
        const auto third = f.other_client();
        auto victim = [&]() -> asio::awaitable<void> {
            const auto [ec, none] = co_await mutex{second, "waiter-key"}.lock(as_result);
            BOOST_TEST(ec == make_error_code(errc::key_deleted));
        };
        auto bystander = [&]() -> asio::awaitable<void> {
            co_await queue_reaches(f.c, "waiter-key", 2);
            auto mine = co_await mutex{third, "waiter-key"}.lock();
            BOOST_TEST(mine.held());
        };
        auto operator_ = [&]() -> asio::awaitable<void> {
            co_await queue_reaches(f.c, "waiter-key", 3);
            const auto entries = co_await mutex{f.c, "waiter-key"}.queue();
            co_await f.c.remove(entries[1].key);
            BOOST_TEST(held.held());
            co_await held.unlock();
        };
        co_await (victim() && bystander() && operator_());
    });
}

BOOST_AUTO_TEST_CASE(io_context_ends_with_the_last_operation)
{
    // A default session and its keep-alive do not hold run() back: the watchdog would end this otherwise.
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        auto held = co_await mutex{f.c, "ends"}.lock();
        co_await held.unlock();
    });
    BOOST_TEST(f.io.stopped());
}

BOOST_AUTO_TEST_CASE(bad_names_and_options_are_named)
{
    fixture f;
    const auto says = [](const char* part) {
        return [part](const std::invalid_argument& e) {
            return std::string{e.what()}.find(part) != std::string::npos;
        };
    };
    BOOST_CHECK_EXCEPTION((mutex{f.c, ""}), std::invalid_argument, says("\"\""));
    BOOST_CHECK_EXCEPTION((mutex{f.c, "n", {.ttl = 999ms}}), std::invalid_argument, says("0.999s"));
    BOOST_CHECK_EXCEPTION((mutex{f.c, "n", {.ttl = std::chrono::seconds{9'000'000'001}}}),
                          std::invalid_argument, says("9e+09"));
    BOOST_CHECK_EXCEPTION((mutex{session{}, "n"}), std::invalid_argument, says("\"n\""));
    BOOST_CHECK_EXCEPTION((client{f.io.get_executor(), {.endpoints = {}}}), std::invalid_argument,
                          says("endpoints"));
    BOOST_CHECK_EXCEPTION((client{f.io.get_executor(), {.endpoints = {"http://host"}}}),
                          std::invalid_argument, says("http://host"));
    BOOST_CHECK_EXCEPTION((client{f.io.get_executor(), {.tls = {.server_name = "etcd"}}}),
                          std::invalid_argument, says("http://127.0.0.1:2379"));
    BOOST_CHECK_EXCEPTION((client{f.io.get_executor(), {.tls = {.ca_certificates = "ca.pem"}}}),
                          std::invalid_argument, says("read_tls_files"));
    BOOST_CHECK_EXCEPTION((client{f.io.get_executor(),
                                  {.endpoints = {"host:1"}, .tls = {.private_key = "-----BEGIN KEY-----"}}}),
                          std::invalid_argument, says("without a certificate"));
    BOOST_CHECK_EXCEPTION((client{f.io.get_executor(), {.user = "web"}}), std::invalid_argument, says("web"));
    BOOST_CHECK_EXCEPTION(
        (client{f.io.get_executor(),
                {.endpoints = {"https://a:1", "b:1"}, .user = "web", .password = "secret"}}),
        std::invalid_argument, says("\"b:1\""));
    BOOST_CHECK_EXCEPTION((client{f.io.get_executor(), {.password = "secret"}}), std::invalid_argument,
                          says("without a user"));
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        diagnostics d;
        const auto [bad_ttl, no_session] =
            co_await session::open(f.c, {.ttl = 500ms}, asio::as_tuple(redirect_diagnostics(d)));
        BOOST_TEST(bad_ttl == make_error_code(errc::invalid_ttl));
        BOOST_TEST(d.message.find("0.5s") != std::string::npos);
        const auto [bad_key, nothing] = co_await f.c.get("", as_result);
        BOOST_TEST(bad_key == make_error_code(errc::invalid_name));
    });
}

BOOST_AUTO_TEST_SUITE_END()
