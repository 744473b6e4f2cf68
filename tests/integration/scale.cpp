// SPDX-License-Identifier: Apache-2.0
// Thousands of locks and watchers on a few threads.
#include "coroutine.hpp"
#include "shared_etcd.hpp"

#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(integration_scale, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

std::size_t threads_of_this_process()
{
    using std::filesystem::directory_iterator;
    return std::size_t(std::distance(directory_iterator{"/proc/self/task"}, directory_iterator{}));
}

struct crowd {
    client c;
    int size;
    std::string prefix;
    asio::experimental::concurrent_channel<void(error_code)> everybody_is_there{c.get_executor()};
    std::atomic<int> there{0};  ///< holders and watchers
    std::atomic<int> released{0};
    std::atomic<int> seen{0};
    std::atomic<int> failed{0};
    std::atomic<std::size_t> most_threads{0};

    void one_is_there()
    {
        if (++there == 2 * size)
            everybody_is_there.close();
    }
};

/// A member of the crowd that fails tells why, and that nobody need wait for it.
auto member_ended(crowd& all)
{
    return [&all](std::exception_ptr e) {
        if (!e)
            return;
        ++all.failed;
        all.everybody_is_there.close();
        try {
            std::rethrow_exception(e);
        } catch (const std::exception& what) {
            BOOST_TEST_MESSAGE("a member of the crowd failed: " << what.what());
        }
    };
}

/// Holds until everybody holds and watches.
asio::awaitable<void> hold_with_all(crowd& all, int i)
{
    const mutex m{all.c, all.prefix + std::to_string(i)};
    auto held = co_await m.lock();
    if (i % 100 == 0)
        all.most_threads = std::max(all.most_threads.load(), threads_of_this_process());
    all.one_is_there();
    co_await all.everybody_is_there.async_receive(asio::as_tuple(asio::use_awaitable));
    if (!held.held())
        throw std::runtime_error{"lost a lock while all of them were taken"};
    co_await held.unlock();
    ++all.released;
}

/// Sees the release of one of the locks above.
asio::awaitable<void> watch_one(crowd& all, int i)
{
    auto changes = all.c.watch(all.prefix + std::to_string(i) + "/", {.prefix = true});
    co_await changes.ready();
    all.one_is_there();
    while (true) {
        const auto e = co_await changes.next();
        if (e.what == watch_event::kind::removed)
            break;
    }
    ++all.seen;
}

void locks_and_watchers(int size, std::size_t threads)
{
    asio::io_context io;
    crowd all{client{io.get_executor(), at(etcd_endpoint())}, size, "crowd-" + std::to_string(threads) + "-"};
    for (int i = 0; i < size; ++i) {
        asio::co_spawn(asio::make_strand(io), watch_one(all, i), member_ended(all));
        asio::co_spawn(asio::make_strand(io), hold_with_all(all, i), member_ended(all));
    }
    run_to_end(io, threads, 120s);
    BOOST_TEST(all.failed == 0);
    BOOST_TEST(all.released == size);
    BOOST_TEST(all.seen == size);
    BOOST_TEST(all.most_threads <= 16u);
    BOOST_TEST_MESSAGE("threads: " << all.most_threads);
}

}  // namespace

BOOST_AUTO_TEST_CASE(five_thousand_locks_and_watchers_on_one_thread)
{
    locks_and_watchers(5000, 1);
}

BOOST_AUTO_TEST_CASE(five_thousand_locks_and_watchers_on_four_threads)
{
    locks_and_watchers(5000, 4);
}

BOOST_AUTO_TEST_SUITE_END()
