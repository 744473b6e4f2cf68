// SPDX-License-Identifier: Apache-2.0
// Every operation with its default token, and with the tokens that users reach for. Compiled, never run.
#include <leasehold/leasehold.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/version.hpp>
#if BOOST_VERSION >= 108600
#include <boost/asio/cancel_after.hpp>
#endif

#include <exception>
#include <future>
#include <memory>
#include <sstream>
#include <type_traits>

namespace asio = boost::asio;
using namespace leasehold;
using namespace std::chrono_literals;

static_assert(!std::is_copy_constructible_v<held_lock>);
static_assert(std::is_nothrow_move_constructible_v<held_lock>);
static_assert(!std::is_copy_constructible_v<watcher>);
static_assert(!std::is_copy_constructible_v<claim>);
static_assert(std::is_nothrow_move_constructible_v<claim>);
static_assert(std::is_copy_constructible_v<locker>);
static_assert(std::is_copy_constructible_v<client> && std::is_copy_constructible_v<mutex>);
static_assert(std::is_constructible_v<client, asio::io_context&>);
static_assert(std::is_constructible_v<client, asio::io_context&, client_options>);
static_assert(!std::is_convertible_v<asio::any_io_executor, client>, "a mutex is not made of an executor");
static_assert(static_cast<int>(errc::invalid_name) != 0, "0 would read as success");

asio::awaitable<void> default_tokens(client c, mutex m, session s, held_lock h, watcher w)
{
    get_request range;
    transaction t;
    remove_request r;
    static_cast<void>(co_await c.get("k"));
    static_cast<void>(co_await c.get(range));
    static_cast<void>(co_await c.put("k", "v"));
    static_cast<void>(co_await c.put("k", "v", leasehold::lease_id{1}));
    static_cast<void>(co_await c.put("k", "v", 1));
    static_cast<void>(co_await c.put("k", "v", boost::asio::use_awaitable));
    static_cast<void>(co_await c.put("k", "v", leasehold::with_diagnostics()));
    static_cast<void>(co_await c.remove("k"));
    static_cast<void>(co_await c.remove(r));
    static_cast<void>(co_await c.txn(t));
    static_cast<void>(co_await c.grant_lease(5s));
    co_await c.revoke_lease(1);
    static_cast<void>(co_await c.lease_time_to_live(1));
    s = co_await session::open(c);
    s = co_await session::open(c, {.ttl = 5s});
    s = co_await session::open(c, with_diagnostics());
    s = co_await session::adopt(c, 1);
    static_cast<void>(co_await s.lost());
    co_await s.close();
    h = co_await m.lock();
    static_cast<void>(co_await m.try_lock());
    static_cast<void>(co_await m.try_lock_for(1s));
    static_cast<void>(co_await m.try_lock_for(std::chrono::duration<double>{0.5}));
    static_cast<void>(co_await m.try_lock_until(std::chrono::steady_clock::now()));
    static_cast<void>(co_await m.queue());
    static_cast<void>(co_await h.lost());
    static_cast<void>(co_await h.lost(1s));
    co_await h.unlock();
    static_cast<void>(co_await w.ready());
    static_cast<void>(co_await w.next());
}

asio::awaitable<void> default_tokens(locker l, claim mine, ownership_watcher changes, name_watcher names,
                                     name_lister list)
{
    std::string text;
    static_cast<void>(co_await l.get(text));
    static_cast<void>(co_await mine.set_value(text));
    co_await mine.release();
    static_cast<void>(co_await changes.next());
    static_cast<void>(co_await names.next());
    static_cast<void>(co_await list.next());
}

asio::awaitable<void> other_tokens(mutex m, held_lock h)
{
    h = co_await m.lock(asio::use_awaitable);
    h = co_await m.lock(with_diagnostics());
    std::ostringstream text;
    text << h.token() << errc::not_held;
    auto [ec, got] = co_await m.lock(asio::as_tuple(asio::deferred));
    diagnostics d;
    auto [ec2, got2] = co_await m.lock(asio::as_tuple(redirect_diagnostics(d)));
    std::future<held_lock> future = m.lock(asio::use_future);
    m.lock([](error_code, held_lock) {});
    m.lock(asio::bind_executor(m.get_executor(), [](error_code, const held_lock&) {}));
    m.try_lock(asio::detached);
    m.lock(redirect_diagnostics(d, [only = std::make_unique<int>()](error_code, held_lock) {}));
    m.lock(with_diagnostics([only = std::make_unique<int>()](std::exception_ptr, held_lock) {}));
}

#if BOOST_VERSION >= 108600
asio::awaitable<void> time_limits(client c, mutex m)
{
    diagnostics d;
    held_lock h = co_await m.lock(asio::cancel_after(1s));
    h = co_await m.lock(asio::cancel_after(1s, asio::use_awaitable));
    h = co_await m.lock(asio::cancel_after(1s, with_diagnostics()));
    h = co_await m.lock(with_diagnostics(asio::cancel_after(1s, asio::use_awaitable)));
    h = co_await m.lock(redirect_diagnostics(d, asio::cancel_after(1s, asio::use_awaitable)));
    static_cast<void>(co_await c.get("k", asio::cancel_after(1s)));
}
#endif
