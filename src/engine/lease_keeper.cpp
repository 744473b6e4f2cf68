// SPDX-License-Identifier: Apache-2.0
#include <core/status.hpp>
#include <engine/cluster.hpp>
#include <engine/lease_keeper.hpp>
#include <engine/observing.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace leasehold::engine {

using namespace std::chrono_literals;

lease_keeper::lease_keeper(cluster& c) : cluster_{c}, pause_{20ms, 500ms}
{
    c.links().on_trouble([this](std::size_t endpoint) {
        if (stream_ && endpoint_ == endpoint)
            break_stream();
    });
}

void lease_keeper::add(lease_id lease, core::lease_clock clock, events e)
{
    auto& placed = leases_[lease];
    placed.clock = std::move(clock);
    placed.on = std::move(e);
    schedule(lease, placed);
}

void lease_keeper::remove(lease_id lease)
{
    const auto it = leases_.find(lease);
    if (it == leases_.end())
        return;
    cluster_.timers().cancel(it->second.timer);
    leases_.erase(it);
    if (!leases_.empty())
        return;
    stream_.reset();
    cluster_.links().forget(waiting_for_link_);
}

void lease_keeper::schedule(lease_id lease, entry& e)
{
    cluster_.timers().cancel(e.timer);
    // While there is no stream, its reopening sends what is due.
    const auto renew_at = stream_ || (waiting_for_link_ == 0 && reopen_.number == 0)
                              ? e.clock.renew_at()
                              : boot_clock::time_point::max();
    const auto next = std::min({renew_at, e.clock.stalled_at(heard_), e.clock.deadline()});
    e.timer = cluster_.timers().at(next, [this, lease] { step(lease); });
}

void lease_keeper::step(lease_id lease)
{
    const auto it = leases_.find(lease);
    if (it == leases_.end())
        return;
    auto& e = it->second;
    const auto now = cluster_.now();
    if (e.clock.expired(now))
        return lose(lease, "it could not be renewed before its deadline");
    if (now >= e.clock.stalled_at(heard_)) {
        // One silent member must not cost the lease: everything unanswered is asked again, elsewhere if
        // possible.
        cluster_.links().suspect(endpoint_);
        if (stream_)
            break_stream();
        return;
    }
    if (now >= e.clock.renew_at())
        renew(lease, e);
    schedule(lease, e);
}

void lease_keeper::renew(lease_id lease, entry& e)
{
    if (!open())
        return;
    e.clock.renewal_sent(cluster_.now());
    stream_->send(lease);
}

bool lease_keeper::open()
{
    if (stream_)
        return true;
    if (reopen_.number != 0)
        return false;
    const auto endpoint = cluster_.links().pick();
    if (!endpoint) {
        if (waiting_for_link_ == 0)
            waiting_for_link_ = cluster_.links().when_ready(boot_clock::time_point::max(), [this](bool) {
                waiting_for_link_ = 0;
                schedule_all();
            });
        return false;
    }
    endpoint_ = *endpoint;
    token_ = cluster_.links().token_number();
    rpc::stream_handler<core::lease_renewal> handler;
    handler.on_message = cluster_.keeping([this](const core::lease_renewal& r) { on_renewal(r); });
    handler.on_closed = cluster_.keeping([this](const core::status& why) { on_closed(why); });
    stream_ = cluster_.transport().open_keep_alive(endpoint_, std::move(handler));
    if (std::exchange(broken_, false))
        tell(cluster_.options(), [&](observer& o) {
            o.on_stream_reopened({observer::stream::keep_alive, cluster_.options().endpoints[endpoint_]});
        });
    return true;
}

void lease_keeper::on_closed(const core::status& why)
{
    // Asked again after a pause: the member may be without a leader, or going away; another may do better.
    reopen_ = cluster_.timers().at(cluster_.now() + pause_.pause(cluster_.random()), [this] {
        reopen_ = {};
        schedule_all();
    });
    break_stream();
    cluster_.links().stream_closed(endpoint_, token_, why);
}

// Whatever was asked on the stream is due again at once.
void lease_keeper::break_stream()
{
    stream_.reset();
    broken_ = true;
    const auto now = cluster_.now();
    for (auto& [lease, e] : leases_)
        e.clock.stream_broken(now);
    schedule_all();
}

// Those with the nearest deadline come first on the next stream.
void lease_keeper::schedule_all()
{
    std::vector<std::pair<boot_clock::time_point, lease_id>> order;
    for (const auto& [lease, e] : leases_)
        order.emplace_back(e.clock.deadline(), lease);
    std::sort(order.begin(), order.end());
    for (const auto& [deadline, lease] : order)
        schedule(lease, leases_.at(lease));
}

void lease_keeper::on_renewal(const core::lease_renewal& r)
{
    heard_ = cluster_.now();
    const auto it = leases_.find(r.lease);
    if (it == leases_.end())
        return;
    auto& e = it->second;
    switch (e.clock.renewal_answered(cluster_.now(), r.ttl, cluster_.random())) {
    case core::lease_clock::answer::renewed:
        pause_.reset();
        schedule(r.lease, e);
        if (!e.on.renewed(e.clock))
            lose(r.lease, "its deadline had passed");
        break;
    case core::lease_clock::answer::gone:
        lose(r.lease, "the server does not know it any more");
        break;
    case core::lease_clock::answer::too_late:
        lose(r.lease, "it was renewed too late");
        break;
    case core::lease_clock::answer::unexpected:
        break;
    }
}

void lease_keeper::lose(lease_id lease, const std::string& why)
{
    const auto lost = leases_.at(lease).on.lost;
    remove(lease);
    lost(why);
}

void lease_keeper::clear()
{
    stream_.reset();
    leases_.clear();
}

}  // namespace leasehold::engine
