// SPDX-License-Identifier: Apache-2.0
#include <core/lease_clock.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

BOOST_AUTO_TEST_SUITE(core_lease_clock)

using namespace leasehold::core;
using namespace std::chrono_literals;

namespace {

using time_point = lease_clock::time_point;
using answer = lease_clock::answer;

constexpr time_point start{1000s};
constexpr auto never = time_point::max();

/// A lease of 10 s granted at `start`, of which 1 % and 50 ms are not relied on.
struct granted {
    jitter random{1};
    lease_clock clock;

    granted() { clock.granted(start, 10s, random); }

    answer renewed(time_point sent, time_point answered, std::chrono::seconds ttl = 10s)
    {
        clock.renewal_sent(sent);
        return clock.renewal_answered(answered, ttl, random);
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_lease_not_granted_yet_is_not_relied_on)
{
    const lease_clock clock;
    BOOST_TEST(clock.expired(start));
    BOOST_TEST(clock.expired(time_point{}));
}

BOOST_FIXTURE_TEST_CASE(the_deadline_counts_from_the_sending_less_the_margins, granted)
{
    BOOST_TEST((clock.deadline() == start + 10s - 100ms - 50ms));
    BOOST_TEST((clock.ttl() == 10s));
    BOOST_TEST(!clock.expired(start + 9850ms - 1ns));
    BOOST_TEST(clock.expired(start + 9850ms));
}

BOOST_AUTO_TEST_CASE(margins_are_what_they_are_set_to)
{
    jitter random{1};
    lease_clock clock{lease_margins{.drift = 0.1, .safety = 2s}};
    clock.granted(start, 20s, random);
    BOOST_TEST((clock.deadline() == start + 16s));
}

BOOST_AUTO_TEST_CASE(a_lease_shorter_than_its_margins_is_never_alive)
{
    jitter random{1};
    lease_clock clock{lease_margins{.drift = 0.01, .safety = 2s}};
    clock.granted(start, 2s, random);
    BOOST_TEST(clock.expired(start));
}

BOOST_FIXTURE_TEST_CASE(a_renewal_moves_the_deadline_by_its_sending_however_late_the_answer, granted)
{
    BOOST_TEST((renewed(start + 3s, start + 9s) == answer::renewed));
    BOOST_TEST((clock.deadline() == start + 3s + 9850ms));
}

BOOST_FIXTURE_TEST_CASE(a_shorter_time_to_live_never_moves_the_deadline_back, granted)
{
    BOOST_TEST((renewed(start + 1s, start + 1s, 2s) == answer::renewed));
    BOOST_TEST((clock.deadline() == start + 9850ms));
    BOOST_TEST((clock.ttl() == 2s));
}

BOOST_FIXTURE_TEST_CASE(an_answer_at_the_deadline_is_too_late, granted)
{
    BOOST_TEST((renewed(start + 3s, start + 9850ms) == answer::too_late));
    BOOST_TEST((clock.deadline() == start + 9850ms));
}

BOOST_FIXTURE_TEST_CASE(an_answer_just_before_the_deadline_is_in_time, granted)
{
    BOOST_TEST((renewed(start + 3s, start + 9850ms - 1ns) == answer::renewed));
}

BOOST_FIXTURE_TEST_CASE(a_lease_believed_in_no_more_stays_so, granted)
{
    BOOST_TEST((renewed(start + 9s, start + 10s) == answer::too_late));
    BOOST_TEST((renewed(start + 10s, start + 10s) == answer::too_late));
    BOOST_TEST(clock.expired(start + 10s));
}

BOOST_FIXTURE_TEST_CASE(a_lease_that_the_server_does_not_know_is_gone, granted)
{
    BOOST_TEST((renewed(start + 3s, start + 4s, 0s) == answer::gone));
    BOOST_TEST((renewed(start + 3s, start + 4s, -1s) == answer::gone));
    BOOST_TEST((clock.deadline() == start + 9850ms));
}

BOOST_FIXTURE_TEST_CASE(an_answer_that_nobody_asked_for_changes_nothing, granted)
{
    BOOST_TEST((clock.renewal_answered(start + 1s, 10s, random) == answer::unexpected));
    BOOST_TEST((clock.deadline() == start + 9850ms));
    renewed(start + 3s, start + 3s);
    BOOST_TEST((clock.renewal_answered(start + 4s, 10s, random) == answer::unexpected));
    BOOST_TEST((clock.deadline() == start + 3s + 9850ms));
}

BOOST_FIXTURE_TEST_CASE(answers_belong_to_requests_in_their_order, granted)
{
    clock.renewal_sent(start + 1s);
    clock.renewal_sent(start + 2s);
    clock.renewal_answered(start + 3s, 10s, random);
    BOOST_TEST((clock.deadline() == start + 1s + 9850ms));
    clock.renewal_answered(start + 4s, 10s, random);
    BOOST_TEST((clock.deadline() == start + 2s + 9850ms));
}

BOOST_FIXTURE_TEST_CASE(what_was_asked_on_a_broken_stream_does_not_count_for_the_next, granted)
{
    clock.renewal_sent(start + 1s);
    clock.stream_broken(start + 2s);
    BOOST_TEST((clock.renewal_answered(start + 2s, 10s, random) == answer::unexpected));
    clock.renewal_sent(start + 3s);
    BOOST_TEST((clock.renewal_answered(start + 4s, 10s, random) == answer::renewed));
    BOOST_TEST((clock.deadline() == start + 3s + 9850ms));
}

BOOST_AUTO_TEST_CASE(renewals_are_due_within_a_third_of_the_time_to_live_and_not_all_at_once)
{
    auto first = never;
    auto last = time_point::min();
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        jitter random{seed};
        lease_clock clock;
        clock.granted(start, 9s, random);
        first = std::min(first, clock.renew_at());
        last = std::max(last, clock.renew_at());
    }
    BOOST_TEST((first >= start + 2700ms));
    BOOST_TEST((last < start + 3s));
    BOOST_TEST((last - first > 250ms));
}

BOOST_FIXTURE_TEST_CASE(one_renewal_at_a_time, granted)
{
    const auto due = clock.renew_at();
    clock.renewal_sent(due);
    BOOST_TEST((clock.renew_at() == never));
    clock.renewal_answered(due + 1ms, 10s, random);
    BOOST_TEST((clock.renew_at() >= due + 3s));
    BOOST_TEST((clock.renew_at() < due + 3334ms));
}

BOOST_FIXTURE_TEST_CASE(what_a_broken_stream_left_unanswered_is_due_at_once, granted)
{
    clock.renewal_sent(start + 3s);
    clock.stream_broken(start + 4s);
    BOOST_TEST((clock.renew_at() <= start + 4s));
    BOOST_TEST((clock.stalled_at() == never));
}

BOOST_FIXTURE_TEST_CASE(a_broken_stream_that_owed_no_answer_changes_nothing, granted)
{
    const auto due = clock.renew_at();
    clock.stream_broken(start + 1s);
    BOOST_TEST((clock.renew_at() == due));
}

BOOST_FIXTURE_TEST_CASE(a_silent_stream_is_given_up_in_time_for_another, granted)
{
    BOOST_TEST((clock.stalled_at() == never));
    clock.renewal_sent(start + 3s);
    clock.renewal_sent(start + 4s);
    BOOST_TEST((clock.stalled_at() == start + 3s + lease_clock::duration{10s} / 6));
    BOOST_TEST((clock.stalled_at() < clock.deadline()));
}

BOOST_AUTO_TEST_CASE(a_slow_network_gets_more_time)
{
    lease_clock clock;
    jitter random{1};
    clock.granted(start, 6s, random);
    clock.renewal_sent(start);
    clock.stream_broken(start + 500ms);  // not for being silent
    clock.renewal_sent(start + 500ms);
    BOOST_TEST((clock.stalled_at() == start + 1500ms));
    clock.stream_broken(start + 1500ms);
    clock.renewal_sent(start + 1500ms);
    BOOST_TEST((clock.stalled_at() == start + 3500ms));
    BOOST_TEST((clock.renewal_answered(start + 3s, 6s, random) == answer::renewed));
    // That was slow: it stays patient until an answer is quick.
    clock.renewal_sent(start + 3500ms);
    BOOST_TEST((clock.stalled_at() == start + 5500ms));
    BOOST_TEST((clock.renewal_answered(start + 4500ms, 6s, random) == answer::renewed));
    clock.renewal_sent(start + 6s);
    BOOST_TEST((clock.stalled_at() == start + 7s));
}

BOOST_AUTO_TEST_CASE(no_patience_leaves_no_time_for_another_attempt)
{
    lease_clock clock;
    jitter random{1};
    clock.granted(start, 6s, random);
    clock.renewal_sent(start + 2s);
    BOOST_TEST((clock.stalled_at(start + 4s) == clock.deadline() - 1500ms));
    // But a late one gets its time.
    clock.stream_broken(start + 4s);
    clock.renewal_sent(start + 4s);
    BOOST_TEST((clock.stalled_at(start + 4900ms) == start + 5s));
}

BOOST_AUTO_TEST_CASE(a_stream_that_answers_others_is_not_stalled)
{
    lease_clock clock;
    jitter random{1};
    clock.granted(start, 6s, random);
    clock.renewal_sent(start + 2s);
    BOOST_TEST((clock.stalled_at() == start + 3s));
    BOOST_TEST((clock.stalled_at(start + 2500ms) == start + 3500ms));
    // What came before the question says nothing.
    BOOST_TEST((clock.stalled_at(start + 1s) == start + 3s));
    clock.renewal_answered(start + 4s, 6s, random);
    BOOST_TEST((clock.stalled_at(start + 4s) == never));
}

BOOST_AUTO_TEST_CASE(the_patience_with_a_silent_stream_has_bounds)
{
    jitter random{1};
    lease_clock clock;
    clock.granted(start, 1s, random);
    clock.renewal_sent(start);
    BOOST_TEST((clock.stalled_at() == start + 200ms));
    lease_clock patient;
    patient.granted(start, 600s, random);
    patient.renewal_sent(start);
    BOOST_TEST((patient.stalled_at() == start + 2s));
}

// etcd's longest one; in nanoseconds it does not fit the clock.
BOOST_AUTO_TEST_CASE(the_longest_lease_is_not_in_the_past)
{
    jitter random{1};
    lease_clock clock;
    clock.granted(start, 9'000'000'000s, random);
    BOOST_TEST((clock.deadline() > start + 24h * 365 * 90));
    BOOST_TEST((clock.renew_at() > start + 24h * 365));
    clock.renewal_sent(start);
    BOOST_TEST((clock.stalled_at() == start + 2s));
}

BOOST_AUTO_TEST_SUITE_END()
