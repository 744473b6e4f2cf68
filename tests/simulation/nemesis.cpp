// SPDX-License-Identifier: Apache-2.0
#include "nemesis.hpp"

#include "world.hpp"

#include <core/key_layout.hpp>

#include <algorithm>
#include <vector>

namespace leasehold::simulation {

using memory::fault;
using memory::message;

namespace {

const char* name_of(fault::kind k)
{
    switch (k) {
    case fault::kind::none:
        return "arrives";
    case fault::kind::lose:
        return "is lost";
    case fault::kind::fail:
        return "fails";
    case fault::kind::delay:
        return "comes later";
    case fault::kind::late:
        return "fails, and comes later";
    case fault::kind::twice:
        return "comes twice";
    }
    return "?";
}

}  // namespace

nemesis::nemesis(world& w) : world_{w}
{
    auto& etcd = world_.etcd();
    etcd.on_message([this](const message& m) { return judge(m); });
    etcd.on_publish([this] { return !over_ && world_.chance().chance(world_.plan().lag); });
    arm();
}

void nemesis::end()
{
    over_ = true;
    auto& etcd = world_.etcd();
    for (std::size_t m = 0; m < world_.plan().members; ++m)
        etcd.start(m);
    for (const auto& [client, member] : cuts_)
        etcd.mend(client, member);
    if (!etcd.has_leader())
        etcd.elect();
    for (const auto& p : world_.processes())
        p->resume();
    world_.tell([] { return "--- all is well from here on ---"; });
}

// ---- messages ----

fault nemesis::judge(const message& m)
{
    auto& r = world_.chance();
    auto f = !over_ && r.chance(world_.plan().trouble) ? any_fault() : fault::none();
    // A network that is slower than this costs leases without any fault.
    const auto latency = over_ ? std::min<duration>(world_.plan().latency, 40ms) : world_.plan().latency;
    if (f.what == fault::kind::none && latency > 0s)
        f = fault::delay(r.up_to(latency));
    world_.tell([&] {
        auto text = memory::to_string(m) + " " + name_of(f.what);
        if (!f.status.text.empty())
            text += ": " + f.status.text;
        if (f.by > 0s)
            text += ", after " + std::to_string(f.by / 1us) + " us";
        return text;
    });
    return f;
}

fault nemesis::any_fault()
{
    auto& r = world_.chance();
    const auto by = r.mostly_short(world_.plan().latest_effect);
    switch (r.below(12)) {
    case 0:
    case 1:
        return fault::lose();
    case 2:
    case 3:
        return fault::fail(memory::connection_reset());
    case 4:
        return fault::fail({core::status_code::unavailable, "etcdserver: no leader"});
    case 5:
        return fault::fail({core::status_code::unknown, "etcdserver: too many requests"});
    case 6:
    case 7:
        return fault::late(by, memory::connection_reset());
    case 8:
        return fault::twice();
    case 9:
        // Said after it was done (quotaApplierV3).
        return fault::late(
            0s, {core::status_code::resource_exhausted, "etcdserver: mvcc: database space exceeded"});
    default:
        return fault::delay(by);
    }
}

// ---- the cluster and its clients ----

void nemesis::later(duration time, std::function<void()> what)
{
    world_.etcd().scheduler().once(
        [this, what = std::move(what)] {
            if (!over_)
                what();
        },
        world_.now() + time);
}

void nemesis::arm()
{
    if (const auto pause = world_.plan().between_events; pause > 0s)
        later(world_.chance().up_to(2 * pause), [this] {
            strike();
            arm();
        });
}

void nemesis::strike()
{
    switch (world_.chance().below(12)) {
    case 0:
    case 1:
        return stop_member();
    case 2:
        return freeze_member();
    case 3:
        return cut_link();
    case 4:
        return change_leader();
    case 5:
    case 6:
        return break_streams();
    case 7:
        return compact();
    case 8:
        return disturb_waiter();
    case 9:
    case 10:
        return pause_process();
    default:
        return kill_process();
    }
}

std::size_t nemesis::any_member()
{
    return world_.chance().below(world_.plan().members);
}

bool nemesis::begin_outage(duration time)
{
    if (time <= 0s)
        return false;
    if (outages_ == 0)
        outage_since_ = world_.now();
    if (world_.now() + time > outage_since_ + 2 * world_.plan().longest_outage)
        return false;
    ++outages_;
    later(time, [this] { --outages_; });
    return true;
}

void nemesis::stop_member()
{
    const auto m = any_member();
    if (!members_in_trouble_.insert(m).second)
        return;
    world_.tell([&] { return "member " + std::to_string(m) + " stops"; });
    world_.etcd().stop(m);
    later(world_.chance().mostly_short(10s), [this, m] {
        members_in_trouble_.erase(m);
        world_.tell([&] { return "member " + std::to_string(m) + " starts"; });
        world_.etcd().start(m);
    });
}

void nemesis::freeze_member()
{
    const auto m = any_member();
    const auto time = world_.chance().mostly_short(world_.plan().longest_outage);
    if (members_in_trouble_.contains(m) || !begin_outage(time))
        return;
    members_in_trouble_.insert(m);
    world_.tell([&] { return "member " + std::to_string(m) + " freezes"; });
    world_.etcd().freeze(m);
    later(time, [this, m] {
        members_in_trouble_.erase(m);
        world_.tell([&] { return "member " + std::to_string(m) + " thaws"; });
        world_.etcd().thaw(m);
    });
}

void nemesis::cut_link()
{
    const auto& processes = world_.processes();
    const auto client = processes[world_.chance().below(processes.size())]->number();
    const std::pair link{client, any_member()};
    const auto time = world_.chance().mostly_short(world_.plan().longest_outage);
    if (cuts_.contains(link) || !begin_outage(time))
        return;
    cuts_.insert(link);
    world_.tell([&] {
        return "client " + std::to_string(link.first) + " is cut off from member " +
               std::to_string(link.second);
    });
    world_.etcd().cut(link.first, link.second);
    later(time, [this, link] {
        cuts_.erase(link);
        world_.etcd().mend(link.first, link.second);
    });
}

void nemesis::change_leader()
{
    // An election takes the cluster no longer than this.
    const auto time = std::min<duration>(world_.chance().mostly_short(world_.plan().longest_outage), 5s);
    if (!world_.etcd().has_leader() || !begin_outage(time))
        return;
    world_.tell([] { return "the leader is lost"; });
    world_.etcd().lose_leader();
    later(time, [this] {
        world_.tell([] { return "a new leader"; });
        world_.etcd().elect();
    });
}

void nemesis::break_streams()
{
    const auto m = any_member();
    world_.tell([&] { return "the streams of member " + std::to_string(m) + " break"; });
    world_.etcd().break_streams(m);
}

void nemesis::compact()
{
    const auto& h = world_.etcd().store().history();
    if (h.current() == h.compacted())
        return;
    world_.tell([&] { return "compaction at " + std::to_string(h.current()); });
    world_.etcd().compact(h.current());
}

// An operator deletes the place, or ends the lease, of somebody who waits. Nobody can keep an operator from
// giving away what somebody holds.
void nemesis::disturb_waiter()
{
    std::vector<key_value> waiters;
    std::set<lease_id> owners;
    const auto& h = world_.etcd().store().history();
    for (std::size_t i = 0; i < world_.plan().locks; ++i) {
        const auto prefix = core::queue_prefix(world::lock_name(i));
        std::vector<key_value> queue;
        h.for_each(prefix, prefix_end(prefix), h.current(),
                   [&](const key_value& kv) { queue.push_back(kv); });
        std::sort(queue.begin(), queue.end(),
                  [](const auto& a, const auto& b) { return a.create_revision < b.create_revision; });
        if (queue.empty())
            continue;
        owners.insert(queue.front().lease);
        waiters.insert(waiters.end(), queue.begin() + 1, queue.end());
    }
    if (waiters.empty())
        return;
    const auto& victim = waiters[world_.chance().below(waiters.size())];
    const bool key_only = owners.contains(victim.lease) || world_.chance().chance(0.5);
    world_.tell(
        [&] { return std::string{"an operator "} + (key_only ? "deletes " : "expires ") + victim.key; });
    if (key_only)
        world_.etcd().remove(victim.key);
    else
        world_.etcd().expire(victim.lease);
}

void nemesis::pause_process()
{
    auto& processes = world_.processes();
    const auto place = world_.chance().below(processes.size());
    auto& p = *processes[place];
    if (p.paused())
        return;
    world_.tell([&] { return p.name() + " is paused"; });
    p.pause();
    later(world_.chance().mostly_short(2 * world_.plan().ttl), [this, place, number = p.number()] {
        auto& now_there = *world_.processes()[place];
        if (now_there.number() != number)
            return;
        world_.tell([&] { return now_there.name() + " goes on"; });
        now_there.resume();
    });
}

void nemesis::kill_process()
{
    const auto place = world_.chance().below(world_.processes().size());
    world_.tell([&] { return world_.processes()[place]->name() + " is killed"; });
    world_.start_process(place);
}

}  // namespace leasehold::simulation
