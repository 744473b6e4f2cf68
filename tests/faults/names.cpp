// SPDX-License-Identifier: Apache-2.0
// A hundred hosts that are killed at random, and a thousand watchers.
#include "name_service.hpp"
#include "shared_etcd.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <random>

BOOST_AUTO_TEST_SUITE(faults_names, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold::test;

BOOST_AUTO_TEST_CASE(every_watcher_is_told_exactly_what_happened)
{
    const char* worker = std::getenv("LEASEHOLD_NAME_HOST");
    BOOST_REQUIRE(worker != nullptr);
    name_service_plan plan;
    plan.endpoint = etcd_endpoint();
    plan.worker = worker;
    plan.seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << plan.seed);
    const auto found = run_name_service(plan);
    BOOST_TEST_MESSAGE(found.kills << " kills, " << found.changes << " changes, told " << found.told);
    BOOST_TEST(found.wrong == 0u, found.first_wrong);
    // It would be no test without these. How long they take is the machine's affair.
    BOOST_TEST(found.kills >= plan.least_kills);
    BOOST_TEST(found.changes >= plan.least_changes);
    BOOST_TEST(found.told > plan.watchers);
}

BOOST_AUTO_TEST_SUITE_END()
