// SPDX-License-Identifier: Apache-2.0
#include <core/status.hpp>
#include <engine/links.hpp>

#include <algorithm>
#include <utility>

namespace leasehold::engine {

links::links(rpc::transport& t, timers& timers, core::jitter& random, const client_options& options,
             authenticator::keeper keep)
    : transport_{t},
      timers_{timers},
      authenticator_{t,
                     timers,
                     random,
                     options,
                     std::move(keep),
                     [this](authenticator::news what, std::size_t endpoint) { on_news(what, endpoint); }}
{
    for (const auto& name : options.endpoints)
        links_.push_back({name, rpc::link_state::idle, {}});
}

std::optional<std::size_t> links::pick()
{
    if (!std::exchange(started_, true))
        for (std::size_t i = 0; i < links_.size(); ++i)
            transport_.connect(i);
    for (std::size_t i = 0; i < links_.size(); ++i) {
        const auto candidate = (current_ + i) % links_.size();
        if (links_[candidate].state == rpc::link_state::ready) {
            current_ = candidate;
            if (authenticator_.admitted())
                return candidate;
            authenticator_.ask(candidate);
            return std::nullopt;
        }
    }
    return std::nullopt;
}

links::waiter links::when_ready(time_point by, std::function<void(bool)> then)
{
    const auto id = ++last_waiter_;
    auto& entry = waiting_[id];
    entry.then = std::move(then);
    if (by != time_point::max())
        entry.timer = timers_.at(by, [this, id] { finish(id, false); });
    if (!pick())
        return id;
    finish(id, true);
    return 0;
}

void links::forget(waiter& w)
{
    if (const auto it = waiting_.find(std::exchange(w, 0)); it != waiting_.end()) {
        timers_.cancel(it->second.timer);
        waiting_.erase(it);
    }
}

void links::finish(waiter id, bool ready)
{
    const auto it = waiting_.find(id);
    if (it == waiting_.end())
        return;
    timers_.cancel(it->second.timer);
    const auto then = std::move(it->second.then);
    waiting_.erase(it);
    then(ready);
}

void links::suspect(std::size_t endpoint)
{
    pass_over(endpoint);
    if (!other_ready(endpoint))
        return;
    authenticator_.give_up(endpoint);
    if (!waiting_.empty())
        pick();
    for (const auto& handler : on_trouble_)
        handler(endpoint);
}

void links::pass_over(std::size_t endpoint)
{
    if (endpoint == current_)
        current_ = (current_ + 1) % links_.size();
}

bool links::any_ready() const
{
    return std::any_of(links_.begin(), links_.end(),
                       [](const link& l) { return l.state == rpc::link_state::ready; });
}

bool links::other_ready(std::size_t than) const
{
    for (std::size_t i = 0; i < links_.size(); ++i)
        if (i != than && links_[i].state == rpc::link_state::ready)
            return true;
    return false;
}

void links::on_link(std::size_t endpoint, rpc::link_state state, std::string why)
{
    auto& l = links_[endpoint];
    const bool lost = l.state == rpc::link_state::ready && state != rpc::link_state::ready;
    l.state = state;
    if (!why.empty() || state == rpc::link_state::ready)
        l.why = std::move(why);
    if (lost)
        for (const auto& handler : on_trouble_)
            handler(endpoint);
    if (state == rpc::link_state::ready && !waiting_.empty() && pick())
        finish_all();
}

// Those who join the wait from inside a callback belong to the next round.
void links::finish_all()
{
    const auto last = last_waiter_;
    while (!waiting_.empty() && waiting_.begin()->first <= last)
        finish(waiting_.begin()->first, true);
}

void links::finish_refused()
{
    std::vector<waiter> bounded;
    for (const auto& [id, w] : waiting_)
        if (w.timer.number != 0)
            bounded.push_back(id);
    for (const auto id : bounded)
        finish(id, false);
}

// ---- the token ----

void links::on_news(authenticator::news what, std::size_t endpoint)
{
    switch (what) {
    case authenticator::news::admitted:
        if (any_ready())
            finish_all();
        break;
    case authenticator::news::refused:
        finish_refused();
        break;
    case authenticator::news::no_answer:
        // Its streams may live on all the same: whether they do is for them to find out.
        pass_over(endpoint);
        break;
    case authenticator::news::rested:
        if (!waiting_.empty())
            pick();
        break;
    }
}

void links::stream_closed(std::size_t endpoint, std::uint64_t token, const core::status& why)
{
    if (core::classify(why) != core::verdict::unauthenticated || !token_refused(token))
        suspect(endpoint);
}

bool links::token_refused(std::uint64_t number)
{
    authenticator_.token_refused(number);
    return authenticates();
}

std::string links::refusal() const
{
    return any_ready() ? authenticator_.refusal() : std::string{};
}

std::string links::describe() const
{
    std::string text;
    for (const auto& l : links_) {
        if (!text.empty())
            text += "; ";
        text += l.name;
        if (l.state == rpc::link_state::ready)
            text += " (connected)";
        else
            text += l.why.empty() ? " (no connection yet)" : " (" + l.why + ")";
    }
    return text;
}

void links::clear()
{
    waiting_.clear();
    on_trouble_.clear();
}

}  // namespace leasehold::engine
