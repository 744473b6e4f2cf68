// SPDX-License-Identifier: Apache-2.0
// Watchers and sessions that come and go on four threads while keys change.
#include "coroutine.hpp"
#include "shared_etcd.hpp"

#include <boost/asio/strand.hpp>

#include <atomic>
#include <optional>
#include <string>

BOOST_AUTO_TEST_SUITE(race_watches, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

constexpr std::size_t threads = 4;

void report(std::exception_ptr e)
{
    if (e)
        std::rethrow_exception(e);
}

asio::awaitable<void> watch_some(asio::io_context& io, client c, std::string key, std::atomic<long>& seen)
{
    for (int i = 0; i < 10; ++i) {
        auto w = std::make_shared<watcher>(c.watch(key));
        co_await w->ready(asio::use_awaitable);
        co_await c.put(key, std::to_string(i), lease_id{0}, asio::use_awaitable);
        const auto event = co_await w->next(asio::use_awaitable);
        seen += event.kv.key == key;
        // The last owner is whoever comes last.
        asio::post(io, [w] {});
    }
}

asio::awaitable<void> open_and_close(client c, std::string name, std::atomic<long>& opened)
{
    for (int i = 0; i < 10; ++i) {
        auto s = co_await session::open(c, {}, asio::use_awaitable);
        const mutex m{s, name};
        auto held = co_await m.lock(asio::use_awaitable);
        if (i % 2 == 0)
            co_await s.close(asio::use_awaitable);
        opened += s.lease() != 0;
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(watchers_and_sessions_come_and_go_on_any_thread)
{
    asio::io_context io;
    std::atomic<long> seen{0};
    std::atomic<long> opened{0};
    {
        client c{io.get_executor(), at(etcd_endpoint())};
        for (int i = 0; i < 24; ++i) {
            const auto number = std::to_string(i);
            asio::co_spawn(asio::make_strand(io), watch_some(io, c, "watched-" + number, seen), report);
            asio::co_spawn(asio::make_strand(io), open_and_close(c, "opened-" + number, opened), report);
        }
    }
    run_to_end(io, threads);
    BOOST_TEST(seen == 240);
    BOOST_TEST(opened == 240);
}

BOOST_AUTO_TEST_SUITE_END()
