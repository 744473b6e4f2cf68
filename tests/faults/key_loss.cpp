// SPDX-License-Identifier: Apache-2.0
// An operator deletes keys of a queue.
#include "key_loss.hpp"

#include "coroutine.hpp"
#include "etcdctl.hpp"
#include "shared_etcd.hpp"
#include "waiter.hpp"

#include <string>
#include <utility>

BOOST_AUTO_TEST_SUITE(faults_key_loss, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

asio::awaitable<void> delete_by_etcdctl(std::string key)
{
    BOOST_TEST(run_etcdctl(etcd_endpoint(), {"del", key}).out == "1\n");
    co_return;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_holder_whose_key_is_deleted_is_told_so)
{
    asio::io_context io;
    run(io, [&]() -> asio::awaitable<void> {
        const client c{io.get_executor(), at(etcd_endpoint())};
        const auto result = co_await lose_key(c, "holders-key", 50ms, delete_by_etcdctl);
        BOOST_TEST((result.why == errc::key_deleted));
        BOOST_TEST(!result.still_held);
    });
}

BOOST_AUTO_TEST_CASE(a_waiter_whose_key_is_deleted_is_told_so_and_nobody_else_is_disturbed)
{
    asio::io_context io;
    run(io, [&]() -> asio::awaitable<void> {
        const auto fresh = [&] { return client{io.get_executor(), at(etcd_endpoint())}; };
        const queue_of_three who{fresh(), fresh(), fresh(), "waiters-key", 15s};
        const auto result = co_await end_waiter(who, delete_by_etcdctl);
        BOOST_TEST(result.why == make_error_code(errc::key_deleted));
        BOOST_TEST(!result.holder_disturbed);
        BOOST_TEST(!result.behind_disturbed);
    });
}

BOOST_AUTO_TEST_SUITE_END()
