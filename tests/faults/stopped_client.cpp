// SPDX-License-Identifier: Apache-2.0
#include "stopped_client.hpp"

#include "shared_etcd.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>

BOOST_AUTO_TEST_SUITE(faults_stopped_client, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold::test;

BOOST_AUTO_TEST_CASE(a_holder_stopped_past_its_time_to_live_knows_it_at_the_first_look_and_writes_nothing)
{
    const char* worker = std::getenv("LEASEHOLD_STOPPED_WORKER");
    BOOST_REQUIRE(worker != nullptr);
    const auto result = stop_holder(etcd_endpoint(), worker, "stopped", std::chrono::seconds{2});
    BOOST_TEST(result.first_look == "held: false");
    BOOST_TEST(result.write == "write: refused");
    BOOST_TEST(result.body == "cancelled");
    BOOST_TEST(result.end == "end: lost");
    BOOST_TEST(result.exit_code == 0);
    BOOST_TEST(result.stored == "contender");
}

BOOST_AUTO_TEST_SUITE_END()
