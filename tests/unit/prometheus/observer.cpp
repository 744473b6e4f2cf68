// SPDX-License-Identifier: Apache-2.0
#include <leasehold/prometheus_observer.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <stdexcept>
#include <string>

BOOST_AUTO_TEST_SUITE(prometheus_observer)

using namespace leasehold;
using namespace std::chrono_literals;

namespace {

struct fixture {
    std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
    leasehold::prometheus_observer o{registry, {.locks = {"orders/*", "*/nightly", "a[bc]"}}};

    bool shows(const std::string& line) const
    {
        const auto page = "\n" + prometheus::TextSerializer{}.Serialize(registry->Collect());
        return page.find("\n" + line + "\n") != std::string::npos;
    }
    void acquire(const std::string& lock)
    {
        o.on_requested({lock});
        o.on_acquired({lock, {7, 0}, 3ms});
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_lock_counts_under_the_first_pattern_that_matches, fixture)
{
    acquire("orders/1");
    acquire("orders/nightly");
    acquire("backup/nightly");
    acquire("ab");
    acquire("ad");
    acquire("");
    acquire("orders/" + std::string(1000, 'x'));
    BOOST_TEST(shows(R"(leasehold_lock_wait_seconds_count{lock="orders/*"} 3)"));
    BOOST_TEST(shows(R"(leasehold_lock_wait_seconds_count{lock="*/nightly"} 1)"));
    BOOST_TEST(shows(R"(leasehold_lock_wait_seconds_count{lock="a[bc]"} 1)"));
    BOOST_TEST(shows(R"(leasehold_lock_wait_seconds_count{lock="other"} 2)"));
    BOOST_TEST(shows(R"(leasehold_lock_held{lock="orders/*"} 3)"));
    BOOST_TEST(shows(R"(leasehold_lock_waiting{lock="orders/*"} 0)"));
}

BOOST_FIXTURE_TEST_CASE(waits_and_holds_fall_into_buckets_of_seconds, fixture)
{
    acquire("orders/1");
    o.on_released({"orders/1", {7, 0}, 2s, {}});
    BOOST_TEST(shows(R"(leasehold_lock_wait_seconds_bucket{lock="orders/*",le="0.0025"} 0)"));
    BOOST_TEST(shows(R"(leasehold_lock_wait_seconds_bucket{lock="orders/*",le="0.005"} 1)"));
    BOOST_TEST(shows(R"(leasehold_lock_hold_seconds_bucket{lock="orders/*",le="1"} 0)"));
    BOOST_TEST(shows(R"(leasehold_lock_hold_seconds_bucket{lock="orders/*",le="2.5"} 1)"));
    BOOST_TEST(shows(R"(leasehold_lock_held{lock="orders/*"} 0)"));
}

BOOST_FIXTURE_TEST_CASE(every_end_of_a_wait_has_its_count, fixture)
{
    for (int i = 0; i < 5; ++i)
        o.on_requested({"orders/1"});
    o.on_queued({"orders/1", 4});
    o.on_refused({"orders/1"});
    o.on_timed_out({"orders/1", 1s});
    o.on_cancelled({"orders/1", 1s});
    o.on_failed({"orders/1", 1s, make_error_code(errc::unreachable), "no"});
    BOOST_TEST(shows(R"(leasehold_lock_waiting{lock="orders/*"} 1)"));
    for (const std::string outcome : {"refused", "timed_out", "cancelled", "failed"})
        BOOST_TEST(shows("leasehold_lock_failures_total{lock=\"orders/*\",outcome=\"" + outcome + "\"} 1"),
                   outcome);
    BOOST_TEST(shows(R"(leasehold_lock_queue_position_sum{lock="orders/*"} 4)"));
}

BOOST_FIXTURE_TEST_CASE(losses_are_told_apart, fixture)
{
    for (const auto why : {errc::session_lost, errc::session_lost, errc::key_deleted, errc::session_closed}) {
        acquire("orders/1");
        o.on_lost({"orders/1", {7, 0}, 1s, make_error_code(why), ""});
    }
    BOOST_TEST(shows(R"(leasehold_lock_lost_total{lock="orders/*",reason="session_lost"} 2)"));
    BOOST_TEST(shows(R"(leasehold_lock_lost_total{lock="orders/*",reason="session_closed"} 1)"));
    BOOST_TEST(shows(R"(leasehold_lock_lost_total{lock="orders/*",reason="key_deleted"} 1)"));
    BOOST_TEST(shows(R"(leasehold_lock_held{lock="orders/*"} 0)"));
}

BOOST_FIXTURE_TEST_CASE(sessions_streams_and_batches_are_counted, fixture)
{
    o.on_session_opened({1, 15s});
    o.on_session_opened({2, 15s});
    o.on_session_opened({3, 15s});
    o.on_session_renewed({1, 2ms, 14s});
    o.on_session_ended({2, make_error_code(errc::session_lost), ""});
    o.on_session_ended({3, make_error_code(errc::session_closed), ""});
    o.on_stream_reopened({observer::stream::watch, "a:1"});
    o.on_batch_sent({42, "a:1"});
    BOOST_TEST(shows("leasehold_sessions 1"));
    BOOST_TEST(shows("leasehold_sessions_lost_total 1"));
    BOOST_TEST(shows("leasehold_session_left_seconds 14"));
    BOOST_TEST(shows(R"(leasehold_session_renewal_seconds_bucket{le="0.0025"} 1)"));
    BOOST_TEST(shows(R"(leasehold_streams_reopened_total{stream="watch"} 1)"));
    BOOST_TEST(shows(R"(leasehold_streams_reopened_total{stream="keep_alive"} 0)"));
    BOOST_TEST(shows("leasehold_batch_size_sum 42"));
}

BOOST_FIXTURE_TEST_CASE(a_registry_is_needed, fixture)
{
    BOOST_CHECK_THROW(leasehold::prometheus_observer{nullptr}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
