// SPDX-License-Identifier: Apache-2.0
// examples/metrics: what Prometheus would read, and that the dashboard asks for nothing else.
#include "coroutine.hpp"
#include "free_port.hpp"
#include "http_get.hpp"
#include "shared_etcd.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

BOOST_AUTO_TEST_SUITE(examples_metrics, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold::test;

namespace {

struct served {
    std::uint16_t port = reserve_port().number;
    child_process program;

    served()
        : program{{std::getenv("LEASEHOLD_EXAMPLE"), "--endpoints", etcd_endpoint(), "--port",
                   std::to_string(port)}}
    {
        program.read_until("http://");
    }

    std::string page() const { return http_get(port, "/metrics", 10s); }
};

/// Of a line `name value`; -1 if there is none.
double value_of(const std::string& page, const std::string& name)
{
    const auto at = page.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::strtod(page.c_str() + at + name.size() + 2, nullptr);
}

std::set<std::string> names_in(const std::string& text)
{
    const std::regex name{"leasehold_[a-z_]+"};
    return {std::sregex_token_iterator{text.begin(), text.end(), name}, std::sregex_token_iterator{}};
}

}  // namespace

BOOST_AUTO_TEST_CASE(locks_are_counted_under_their_pattern)
{
    const served s;
    std::string page;
    const auto patience = std::chrono::steady_clock::now() + 60s;
    do
        page = s.page();
    while (value_of(page, R"(leasehold_lock_wait_seconds_count{lock="jobs/*"})") < 20 &&
           std::chrono::steady_clock::now() < patience);
    BOOST_TEST(value_of(page, R"(leasehold_lock_wait_seconds_count{lock="jobs/*"})") >= 20);
    BOOST_TEST(value_of(page, R"(leasehold_lock_wait_seconds_count{lock="other"})") == 0);
    BOOST_TEST(value_of(page, R"(leasehold_lock_hold_seconds_count{lock="jobs/*"})") > 0);
    BOOST_TEST(value_of(page, R"(leasehold_lock_handed_on_total{lock="jobs/*"})") > 0);
    BOOST_TEST(value_of(page, R"(leasehold_lock_lost_total{lock="jobs/*",reason="key_deleted"})") == 0);
    BOOST_TEST(value_of(page, "leasehold_sessions") == 1);
    BOOST_TEST(value_of(page, "leasehold_batch_size_count") > 0);
    // Of nine workers at three locks.
    const auto held = value_of(page, R"(leasehold_lock_held{lock="jobs/*"})");
    const auto waiting = value_of(page, R"(leasehold_lock_waiting{lock="jobs/*"})");
    BOOST_TEST((held >= 0 && held <= 3));
    BOOST_TEST((waiting >= 0 && held + waiting <= 9));
}

BOOST_AUTO_TEST_CASE(the_dashboard_asks_for_what_is_served)
{
    std::ifstream file{std::getenv("LEASEHOLD_DASHBOARD")};
    const std::string dashboard{std::istreambuf_iterator<char>{file}, {}};
    const auto asked = names_in(dashboard);
    BOOST_TEST(asked.size() > 10u);
    const served s;
    const auto there = names_in(s.page());
    for (const auto& name : asked)
        BOOST_TEST(there.contains(name), name << " is in the dashboard and not in the metrics");
}

BOOST_AUTO_TEST_SUITE_END()
