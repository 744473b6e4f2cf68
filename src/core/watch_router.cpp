// SPDX-License-Identifier: Apache-2.0
#include <core/key_layout.hpp>
#include <core/watch_router.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace leasehold::core {

subscription_id watch_router::subscribe(watch_spec spec)
{
    const auto sub = ++last_subscription_;
    if (const auto shared = shareable_.find(spec); spec.start == 0 && shared != shareable_.end()) {
        const auto id = (*shared)->first;
        auto& w = watches_.at(id);
        subscriptions_.emplace(sub, id);
        if (kept_.erase(id) != 0)
            w.useful = false;
        w.subscribers.push_back({sub, w.next != 0});
        // Events up to `next` have been handed out already: the newcomer sees what follows them.
        if (w.next != 0)
            deliveries_.emplace_back(watch_delivery::covered{sub, w.next - 1});
        return sub;
    }
    const auto id = ++last_watch_;
    const bool from_now = spec.start == 0;
    server_watch w;
    w.next = spec.start;
    w.spec = std::move(spec);
    w.subscribers.push_back({sub, false});
    const auto& placed = *watches_.emplace(id, std::move(w)).first;
    subscriptions_.emplace(sub, id);
    if (from_now)
        shareable_.insert(&placed);
    if (open_)
        create(id, placed.second);
    return sub;
}

void watch_router::unsubscribe(subscription_id sub)
{
    const auto it = subscriptions_.find(sub);
    if (it == subscriptions_.end())
        return;
    const auto id = it->second;
    subscriptions_.erase(it);
    auto& w = watches_.at(id);
    std::erase_if(w.subscribers, [sub](const subscriber& s) { return s.id == sub; });
    if (w.subscribers.empty() && !keep(id, w))
        cancel(id);
}

bool watch_router::keep(watch_id id, const server_watch& w)
{
    constexpr std::size_t most = 128;
    const auto shared = shareable_.find(w.spec);
    if (!open_ || !w.spec.recurring || !w.useful || shared == shareable_.end() || (*shared)->first != id)
        return false;
    kept_.insert(id);
    if (kept_.size() > most)
        cancel(*kept_.begin());
    return true;
}

void watch_router::cancel(watch_id id)
{
    if (open_)
        commands_.emplace_back(watch_command::cancel{id});
    forget(id);
}

void watch_router::create(watch_id id, const server_watch& w)
{
    watch_create request;
    request.id = id;
    request.key = prefix_begin(w.spec.key);
    if (w.spec.prefix)
        request.range_end = prefix_end(w.spec.key);
    // Before 3.4.36 and 3.5.18, etcd forgets a deletion at the very revision of a compaction, and a watch
    // from there on is not told (etcd#18089, #19179). Asked for one revision more, which on_events() drops,
    // it says that this one is compacted. That costs up to 100 ms: etcd serves what is not the future in
    // rounds.
    const bool resumes = (w.spec.goes_on || w.next != w.spec.start) && w.next > 1;
    request.start = resumes ? w.next - 1 : w.next;
    request.prev_kv = w.spec.prev_kv;
    request.puts = w.spec.puts;
    request.removes = w.spec.removes;
    request.progress = w.spec.progress;
    commands_.emplace_back(watch_command::create{std::move(request)});
    unanswered_.push_back(id);
}

void watch_router::on_stream_opened()
{
    open_ = true;
    unanswered_.clear();
    std::vector<watch_id> order;
    for (const auto& entry : watches_)
        order.push_back(entry.first);
    std::sort(order.begin(), order.end());
    for (const auto id : order)
        create(id, watches_.at(id));
}

void watch_router::on_stream_closed()
{
    open_ = false;
    unanswered_.clear();
    commands_.clear();
    while (!kept_.empty())
        forget(*kept_.begin());
    // Part of a response is nothing: its revision will be delivered again, whole.
    for (auto& [id, w] : watches_)
        w.fragments.reset();
}

// Refused creations carry the id -1, or in some releases the one asked for; answers keep the order of
// requests.
watch_id watch_router::next_refused()
{
    if (unanswered_.empty())
        return 0;
    const auto id = unanswered_.front();
    unanswered_.pop_front();
    return id;
}

void watch_router::on_message(watch_message m)
{
    if (m.created && m.cancelled) {
        const auto id = next_refused();
        if (watches_.contains(id))
            end(id, m.compact_revision, m.cancel_reason);
        return;
    }
    if (m.created)
        std::erase(unanswered_, m.id);
    const auto it = watches_.find(m.id);
    if (it == watches_.end())
        return;  // cancelled by us before; or about the whole stream
    if (m.created)
        on_created(it->first, it->second, m);
    if (!m.events.empty())
        on_events(it->second, m);
    else if (!m.created && !m.cancelled)
        on_progress(it->second, m.revision);
    if (kept_.contains(m.id) && !m.events.empty())
        return cancel(m.id);
    if (m.cancelled) {
        // etcd keeps the id of a watch that fell behind a compaction until it is cancelled by name.
        commands_.emplace_back(watch_command::cancel{m.id});
        end(m.id, m.compact_revision, m.cancel_reason);
    }
}

void watch_router::on_created(watch_id, server_watch& w, const watch_message& m)
{
    if (w.next == 0)
        w.next = m.revision + 1;
    for (auto& s : w.subscribers)
        if (!std::exchange(s.told_covered, true))
            deliveries_.emplace_back(watch_delivery::covered{s.id, w.next - 1});
}

void watch_router::on_events(server_watch& w, watch_message& m)
{
    if (w.fragments || m.fragment) {
        if (!w.fragments)
            w.fragments = std::make_unique<std::vector<watch_event>>();
        std::move(m.events.begin(), m.events.end(), std::back_inserter(*w.fragments));
        if (m.fragment)
            return;
        m.events = std::move(*std::exchange(w.fragments, {}));
    }
    // A member that lags, or a watch resumed twice, may repeat what was delivered.
    std::erase_if(m.events, [&w](const watch_event& e) { return e.kv.mod_revision < w.next; });
    if (m.events.empty())
        return;
    // The last one's, if the server keeps the order that it promises.
    for (const auto& e : m.events)
        w.next = std::max(w.next, e.kv.mod_revision + 1);
    w.useful = true;
    for (std::size_t i = 0; i < w.subscribers.size(); ++i) {
        const bool last = i + 1 == w.subscribers.size();
        deliveries_.emplace_back(watch_delivery::events{
            w.subscribers[i].id, last ? std::move(m.events) : std::vector<watch_event>{m.events}, w.next});
    }
}

// etcd says so of a watch that has been given everything up to this revision.
void watch_router::on_progress(server_watch& w, revision reached)
{
    if (w.next != 0 && !w.fragments)
        w.next = std::max(w.next, reached + 1);
}

void watch_router::end(watch_id id, revision compacted, const std::string& reason)
{
    for (const auto& s : watches_.at(id).subscribers) {
        deliveries_.emplace_back(watch_delivery::ended{s.id, compacted, reason});
        subscriptions_.erase(s.id);
    }
    forget(id);
}

void watch_router::forget(watch_id id)
{
    const auto it = watches_.find(id);
    if (const auto shared = shareable_.find(&*it); shared != shareable_.end() && *shared == &*it)
        shareable_.erase(shared);
    kept_.erase(id);
    watches_.erase(it);
}

}  // namespace leasehold::core
