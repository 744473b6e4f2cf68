// SPDX-License-Identifier: Apache-2.0
#include "plan.hpp"

namespace leasehold::simulation {

namespace {

// docs/guarantees.md: clocks differ by no more than 1 %.
constexpr std::int64_t most_drift_ppm = 9'000;

std::int64_t some_drift(random& r)
{
    return r.one_of<std::int64_t>({0, most_drift_ppm, -most_drift_ppm, r.between(-9'000, 9'000)});
}

}  // namespace

plan plan::of(std::uint64_t seed)
{
    random r{seed};
    plan p;
    p.members = r.one_of<std::size_t>({1, 3, 3, 3});
    p.split_after = r.one_of<std::size_t>({0, 0, 1, 2});
    p.lessor_late = r.one_of<duration>({0ms, 0ms, 500ms});

    p.locks = r.one_of<std::size_t>({1, 1, 2, 3});
    const auto clients = r.between(1, 4);
    for (int i = 0; i < clients; ++i)
        p.clock_ppm.push_back(some_drift(r));
    p.lockers = r.one_of<std::size_t>({1, 2, 3, 6});
    p.scopes = r.below(2);
    p.readers = r.below(2);
    p.keepers = r.below(3);
    p.ttl = r.one_of<std::chrono::milliseconds>({2s, 3s, 5s, 8s, 15s});
    p.local_turn = r.one_of<std::chrono::milliseconds>({0ms, 20ms, 20ms, 300ms});
    p.longest_hold = r.one_of<duration>({5ms, 300ms, 4s, 60s});
    p.longest_think = r.one_of<duration>({5ms, 300ms, 3s});

    p.storm = r.one_of<duration>({3s, 10s, 25s});
    p.trouble = r.one_of({0.0, 0.01, 0.05, 0.2});
    p.latency = r.one_of<duration>({0ms, 2ms, 40ms, 250ms});
    p.lag = r.one_of({0.0, 0.1, 0.4});
    p.cancellations = r.one_of({0.0, 0.05, 0.3});
    p.between_events = r.one_of<duration>({0s, 300ms, 1s, 2s});
    // Together less than the half minute in which a request whose answer was lost takes effect or never does.
    p.longest_outage = r.one_of<duration>({0s, 10s});
    p.latest_effect = p.longest_outage == 0s ? 25s : 4s;
    return p;
}

}  // namespace leasehold::simulation
