// SPDX-License-Identifier: Apache-2.0
// A client's process stopped for longer than its lease lives, and continued.
#define BOOST_TEST_MODULE faults stopped_client
#include "coroutine.hpp"
#include "etcdctl.hpp"
#include "shared_etcd.hpp"

#include <cstdlib>
#include <signal.h>
#include <string>

using namespace leasehold;
using namespace leasehold::test;

BOOST_TEST_GLOBAL_FIXTURE(shared_etcd);

BOOST_AUTO_TEST_CASE(a_holder_stopped_past_its_time_to_live_knows_it_at_the_first_look_and_writes_nothing)
{
    const char* program = std::getenv("LEASEHOLD_STOPPED_WORKER");
    BOOST_REQUIRE(program != nullptr);
    child_process worker{{program, etcd_endpoint(), "stopped", "stopped-data", "2000"}};
    worker.read_until("holding");
    worker.send_signal(SIGSTOP);

    asio::io_context io;
    const client c{io.get_executor(), at(etcd_endpoint())};
    run(io, [&]() -> asio::awaitable<void> {
        const mutex m{c, "stopped"};
        auto held = co_await m.lock();
        transaction write{.when = {held.ownership()},
                          .then = {put_request{"stopped-data", "contender", 0}},
                          .otherwise = {}};
        const auto written = co_await c.txn(write);
        BOOST_TEST(written.succeeded);
        co_await held.unlock();
    });

    worker.send_signal(SIGCONT);
    BOOST_TEST(worker.read_line().value_or("") == "held: false");
    BOOST_TEST(worker.read_line().value_or("") == "write: refused");
    BOOST_TEST(worker.read_line().value_or("") == "cancelled");
    BOOST_TEST(worker.read_line().value_or("") == "end: lost");
    BOOST_TEST(worker.wait() == 0);
    BOOST_TEST(run_etcdctl(etcd_endpoint(), {"get", "--print-value-only", "stopped-data"}).out ==
               "contender\n");
}
