// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include "actors.hpp"

namespace leasehold::simulation {

world::world(const simulation::plan& p, std::uint64_t seed, trace t)
    : plan_{p},
      random_{seed},
      trace_{std::move(t)},
      etcd_{{.members = p.members,
             .seed = seed,
             .split_after = p.split_after,
             .lessor_late = p.lessor_late,
             .progress_interval = 1s}}
{
    etcd_.scheduler().chosen_by([this](std::size_t count) { return random_.below(count); });
    processes_.resize(p.clock_ppm.size());
    for (std::size_t i = 0; i < processes_.size(); ++i)
        start_process(i);
}

void world::start_process(std::size_t place)
{
    processes_[place].reset();
    processes_[place] = std::make_unique<process>(*this, next_process_++, plan_.clock_ppm[place]);
    auto& p = *processes_[place];
    tell([&] { return p.name() + ": starts"; });
    for (std::size_t i = 0; i < plan_.keepers; ++i)
        p.spawn(keep_session(p), process::role::worker);
    for (std::size_t i = 0; i < plan_.lockers; ++i)
        p.spawn(use_locks(p), process::role::worker);
    for (std::size_t i = 0; i < plan_.scopes; ++i)
        p.spawn(use_scopes(p), process::role::worker);
    for (std::size_t i = 0; i < plan_.readers; ++i)
        p.spawn(read_changes(p), process::role::reader);
}

std::size_t world::actors(process::role as) const
{
    std::size_t count = 0;
    for (const auto& p : processes_)
        count += p->actors(as);
    return count;
}

// Whose turn it is among those that can run, the cluster's messages being one of them.
bool world::run_somebody()
{
    const auto count = processes_.size() + 1;
    const auto first = random_.below(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto who = (first + i) % count;
        if (who < processes_.size() ? processes_[who]->run_one() : etcd_.step())
            return true;
    }
    return false;
}

bool world::step()
{
    if (!run_somebody())
        return false;
    ++steps_;
    while (!later_.empty() && later_.begin()->first <= steps_) {
        const auto what = std::move(later_.begin()->second);
        later_.erase(later_.begin());
        what();
    }
    checker_.look();
    return true;
}

bool world::run(duration time, const std::function<bool()>& done)
{
    const auto end = now() + time;
    while (!done || !done()) {
        if (step())
            continue;
        if (!advance(end))
            return false;
        checker_.look();
    }
    return true;
}

}  // namespace leasehold::simulation
