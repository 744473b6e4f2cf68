// SPDX-License-Identifier: Apache-2.0
#include <memory/scheduler.hpp>

#include <algorithm>
#include <memory>

namespace leasehold::memory {

scheduler::lane scheduler::open_lane(std::function<bool()> open)
{
    lanes_[++last_lane_].open = std::move(open);
    return last_lane_;
}

void scheduler::close_lane(lane which)
{
    const auto it = lanes_.find(which);
    if (it == lanes_.end())
        return;
    unlist(which, it->second);
    // What the actions own may come back here as it goes.
    const auto gone = std::move(it->second);
    lanes_.erase(it);
}

void scheduler::add(lane to, action what, time_point when)
{
    const auto it = lanes_.find(to);
    if (it == lanes_.end())
        return;
    it->second.queue.push_back({std::move(what), when});
    list(to, it->second);
}

void scheduler::add_first(lane to, action what, time_point when)
{
    const auto it = lanes_.find(to);
    if (it == lanes_.end())
        return;
    unlist(to, it->second);
    it->second.listed = false;
    it->second.queue.push_front({std::move(what), when});
    list(to, it->second);
}

scheduler::lane scheduler::once(action what, time_point when, std::function<bool()> open)
{
    const auto added = open_lane(std::move(open));
    lanes_.at(added).once = true;
    add(added, std::move(what), when);
    return added;
}

void scheduler::list(lane which, state& s)
{
    if (s.listed || s.queue.empty())
        return;
    s.listed = true;
    if (s.queue.front().when <= now())
        ready_.push_back(which);
    else
        timed_.emplace(s.queue.front().when, which);
}

void scheduler::unlist(lane which, const state& s)
{
    if (!s.listed)
        return;
    std::erase(ready_, which);
    timed_.erase({s.queue.front().when, which});
}

bool scheduler::idle() const
{
    return std::none_of(ready_.begin(), ready_.end(), [this](lane l) {
        const auto& open = lanes_.at(l).open;
        return !open || open();
    });
}

bool scheduler::step()
{
    std::vector<std::size_t> candidates;
    for (std::size_t i = 0; i < ready_.size(); ++i)
        if (const auto& open = lanes_.at(ready_[i]).open; !open || open())
            candidates.push_back(i);
    if (candidates.empty())
        return false;
    const auto index = candidates.at(choose_ ? choose_(candidates.size()) : 0);
    const auto which = ready_[index];
    ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(index));
    auto& s = lanes_.at(which);
    s.listed = false;
    const auto what = std::move(s.queue.front().what);
    s.queue.pop_front();
    if (s.once)
        lanes_.erase(which);
    else
        list(which, s);
    ++steps_;
    what();
    return true;
}

void scheduler::advance_to(time_point when)
{
    if (when <= now())
        return;
    now_.store(when.time_since_epoch().count(), std::memory_order_relaxed);
    while (!timed_.empty() && timed_.begin()->first <= when) {
        ready_.push_back(timed_.begin()->second);
        timed_.erase(timed_.begin());
    }
}

void scheduler::at_random(std::uint64_t seed)
{
    const auto random = std::make_shared<core::jitter>(seed);
    choose_ = [random](std::size_t count) {
        return std::min(count - 1, static_cast<std::size_t>(static_cast<double>(count) * random->next()));
    };
}

}  // namespace leasehold::memory
