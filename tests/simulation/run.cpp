// SPDX-License-Identifier: Apache-2.0
#include "run.hpp"

#include "actors.hpp"
#include "nemesis.hpp"
#include "world.hpp"

#include <string>
#include <utility>
#include <vector>

namespace leasehold::simulation {

namespace {

std::vector<session> open_sessions(world& w)
{
    std::vector<session> list;
    for (const auto& p : w.processes())
        for (const auto& s : p->sessions())
            // One that an operator has expired may not know it yet.
            if (s.alive() && w.etcd().store().leases().all().contains(s.lease()))
                list.push_back(s);
    return list;
}

void calm(world& w)
{
    w.calm_down();
    for (const auto& p : w.processes())
        p->wake_sleepers();
    const auto finished = [&w](process::role as) { return [&w, as] { return w.actors(as) == 0; }; };
    if (!w.run(90s, finished(process::role::worker)))
        w.checker().all_served();
    // What was on the brink at the last fault is lost by now; together long enough for the latest effect of a
    // request whose answer was lost.
    w.run(20s);
    const auto open = open_sessions(w);
    w.run(25s);
    w.checker().nothing_left("while their sessions live");
    for (const auto& s : open)
        if (!s.alive())
            throw broken_promise{"the session " + std::to_string(s.lease()) +
                                 " was lost though nothing is wrong"};
    const auto end = w.now() + 60s;
    do {
        if (w.now() >= end)
            w.checker().all_served();
        w.etcd().put(bell, "");
    } while (!w.run(1s, finished(process::role::reader)));
}

void everybody_leaves(world& w)
{
    for (const auto& p : w.processes())
        p->let_go();
    w.run(2s);
    w.checker().no_lease_left();
    for (const auto& p : w.processes())
        if (const auto open = p->ledger().open(); !open.empty())
            throw broken_promise{p->name() + ": an observer was told of a beginning without an end: " + open};
}

}  // namespace

verdict run(std::uint64_t seed, std::uint64_t steps, trace t)
{
    world w{plan::of(seed), seed, std::move(t)};
    nemesis n{w};
    const auto begin = w.now();
    verdict v;
    try {
        w.run(w.plan().storm, [&w, steps] { return w.steps() >= steps; });
        n.end();
        calm(w);
        everybody_leaves(w);
    } catch (const broken_promise& b) {
        v.broken = b.text;
        w.tell([&b] { return "*** " + b.text; });
    }
    v.steps = w.steps();
    v.grants = w.checker().grants();
    v.time = w.now() - begin;
    return v;
}

}  // namespace leasehold::simulation
