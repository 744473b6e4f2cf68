// SPDX-License-Identifier: Apache-2.0
#include <core/backoff.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

BOOST_AUTO_TEST_SUITE(core_backoff)

using namespace leasehold::core;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(pauses_double_up_to_the_longest_and_at_least_half_of_each_is_kept)
{
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        jitter random{seed};
        backoff b{20ms, 100ms};
        for (const backoff::duration whole : {20ms, 40ms, 80ms, 100ms, 100ms}) {
            const auto pause = b.pause(random);
            BOOST_TEST((pause >= whole / 2));
            BOOST_TEST((pause < whole));
        }
    }
}

BOOST_AUTO_TEST_CASE(after_a_success_they_are_short_again)
{
    jitter random{1};
    backoff b{20ms, 100ms};
    for (int i = 0; i < 5; ++i)
        b.pause(random);
    b.reset();
    BOOST_TEST((b.pause(random) < 20ms));
    BOOST_TEST((b.pause(random) >= 20ms));
}

BOOST_AUTO_TEST_CASE(pauses_of_many_clients_spread_over_the_random_half)
{
    auto shortest = backoff::duration::max();
    auto longest = backoff::duration::min();
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        jitter random{seed};
        const auto pause = backoff{1s, 1s}.pause(random);
        shortest = std::min(shortest, pause);
        longest = std::max(longest, pause);
    }
    BOOST_TEST((shortest < 510ms));
    BOOST_TEST((longest > 990ms));
}

BOOST_AUTO_TEST_CASE(equal_seeds_replay)
{
    jitter a{42};
    jitter b{42};
    jitter other{43};
    for (int i = 0; i < 100; ++i) {
        const auto bits = a.bits();
        BOOST_TEST(bits == b.bits());
        BOOST_TEST(bits != other.bits());
    }
}

// The reference values of SplitMix64 for the seed 1234567.
BOOST_AUTO_TEST_CASE(the_generator_is_splitmix64)
{
    jitter random{1234567};
    BOOST_TEST(random.bits() == 6457827717110365317u);
    BOOST_TEST(random.bits() == 3203168211198807973u);
    BOOST_TEST(random.bits() == 9817491932198370423u);
}

BOOST_AUTO_TEST_CASE(numbers_stay_below_one)
{
    jitter random{7};
    double least = 1;
    double most = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto n = random.next();
        least = std::min(least, n);
        most = std::max(most, n);
    }
    BOOST_TEST(least >= 0);
    BOOST_TEST(least < 0.01);
    BOOST_TEST(most < 1);
    BOOST_TEST(most > 0.99);
}

BOOST_AUTO_TEST_SUITE_END()
