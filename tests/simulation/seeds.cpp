// SPDX-License-Identifier: Apache-2.0
// The simulation as a test: many seeds keep every promise, a seed replays exactly, and what is said to go
// wrong does go wrong.
#define BOOST_TEST_MODULE simulation
#include "run.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

using namespace leasehold::simulation;

namespace {

std::vector<std::string> trace_of(std::uint64_t seed)
{
    std::vector<std::string> lines;
    run(seed, default_steps, trace{[&lines](const std::string& line) { lines.push_back(line); }});
    return lines;
}

std::uint64_t seeds_to_run()
{
    const auto* count = std::getenv("LEASEHOLD_SEEDS");
    return count != nullptr ? std::strtoull(count, nullptr, 10) : 2000;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_seed_keeps_every_promise)
{
    std::size_t grants = 0;
    const auto count = seeds_to_run();
    for (std::uint64_t seed = 1; seed <= count; ++seed) {
        const auto v = run(seed, default_steps, trace{{}});
        grants += v.grants;
        if (v.broken)
            BOOST_FAIL(*v.broken << "\nreplay: ./dev sim --seed " << seed << " --trace");
    }
    BOOST_TEST(grants > 10 * count);
}

BOOST_AUTO_TEST_CASE(a_seed_replays_exactly)
{
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const auto first = trace_of(seed);
        // Other addresses the second time.
        std::vector<std::unique_ptr<char[]>> moved;
        for (std::size_t i = 1; i < 2000; ++i)
            moved.push_back(std::make_unique<char[]>(i % 300));
        const auto second = trace_of(seed);
        BOOST_TEST(first.size() > 100u);
        BOOST_TEST((first == second), "the traces of seed " << seed << " differ");
    }
}

BOOST_AUTO_TEST_CASE(whatever_may_go_wrong_does)
{
    std::vector<std::string> expected{
        "is lost",
        "fails: Connection reset",
        "fails: etcdserver: no leader",
        "fails: etcdserver: too many requests",
        "fails, and comes later",
        "comes twice",
        "comes later",
        " stops",
        " freezes",
        "is cut off from member",
        "the leader is lost",
        "the streams of member",
        "compaction at",
        "an operator deletes",
        "an operator expires",
        "is paused",
        "is killed",
        "cancels #",
        "believes in it no more",
        "puts fenced/",
        "with_lock",
        "adopt: done",
        "compacted",
    };
    for (std::uint64_t seed = 1; seed <= 300 && !expected.empty(); ++seed)
        run(seed, default_steps, trace{[&expected](const std::string& line) {
                std::erase_if(expected, [&line](const std::string& e) { return line.find(e) != line.npos; });
            }});
    for (const auto& e : expected)
        BOOST_ERROR("never seen in 300 runs: " << e);
}
