// SPDX-License-Identifier: Apache-2.0
#include <memory/watch_server.hpp>

#include <algorithm>
#include <utility>

namespace leasehold::memory {

core::watch_message watch_server::about(core::watch_id id) const
{
    core::watch_message m;
    m.id = id;
    m.revision = history_.current();
    return m;
}

void watch_server::refuse(const std::string& reason)
{
    auto m = about(-1);
    m.created = m.cancelled = true;
    m.cancel_reason = reason;
    messages_.push_back(std::move(m));
}

void watch_server::create(const core::watch_create& r)
{
    if (!r.range_end.empty() && r.range_end != std::string(1, '\0') && r.range_end <= r.key)
        return refuse("mvcc: watcher range is empty");
    if (r.start < 0)
        return refuse("etcdserver: mvcc: required revision has been compacted");
    auto id = r.id;
    if (id == 0) {
        do
            id = ++last_picked_;
        while (watches_.contains(id));
    } else if (watches_.contains(id)) {
        return refuse("mvcc: duplicate watch ID provided on the WatchStream");
    }
    auto& w = watches_[id];
    w.request = r;
    w.next = r.start == 0 ? history_.current() + 1 : r.start;
    w.synced = w.next > history_.current();
    w.late = !w.synced;
    auto m = about(id);
    m.created = true;
    messages_.push_back(std::move(m));
}

void watch_server::cancel(core::watch_id id)
{
    const auto it = watches_.find(id);
    if (it == watches_.end())
        return;
    const bool told = it->second.dead;
    watches_.erase(it);
    if (told)
        return;
    auto m = about(id);
    m.cancelled = true;
    messages_.push_back(std::move(m));
}

void watch_server::publish(const std::function<bool()>& lags)
{
    for (auto& [id, w] : watches_) {
        if (!w.synced || w.dead || w.next > history_.current())
            continue;
        if (lags && lags())
            w.synced = false;
        else
            deliver(id, w, false);
    }
}

void watch_server::sync()
{
    for (auto& [id, w] : watches_) {
        if (w.synced || w.dead)
            continue;
        w.synced = true;
        if (w.next >= history_.compacted()) {
            deliver(id, w, true);
            continue;
        }
        w.dead = true;
        auto m = about(id);
        m.cancelled = true;
        m.compact_revision = history_.compacted();
        m.cancel_reason = "etcdserver: mvcc: required revision has been compacted";
        messages_.push_back(std::move(m));
    }
}

bool watch_server::synced() const
{
    return std::all_of(watches_.begin(), watches_.end(),
                       [](const auto& entry) { return entry.second.synced; });
}

void watch_server::report_progress()
{
    for (auto& [id, w] : watches_)
        if (w.request.progress && w.synced && !w.dead && !std::exchange(w.heard, false))
            messages_.push_back(about(id));
}

bool watch_server::wants_progress() const
{
    return std::any_of(watches_.begin(), watches_.end(),
                       [](const auto& entry) { return entry.second.request.progress; });
}

// What a synced watch sees comes revision by revision; a backlog comes at once.
void watch_server::deliver(core::watch_id id, watch& w, bool whole_backlog)
{
    auto list = history_.changes(w.next, history_.current());
    w.next = std::max(w.next, history_.current() + 1);
    const bool late = std::exchange(w.late, false);
    std::erase_if(list, [&](const core::watch_event& e) {
        const auto& r = w.request;
        // Before 3.4.36 and 3.5.18 a deletion at the very revision of a compaction is forgotten (etcd#18089).
        const bool forgotten = late && e.removed && e.kv.mod_revision == history_.compacted();
        return forgotten || !in_range(e.kv.key, r.key, r.range_end) || !(e.removed ? r.removes : r.puts);
    });
    auto m = about(id);
    for (auto& e : list) {
        if (!w.request.prev_kv)
            e.prev = {};
        if (!whole_backlog && !m.events.empty() && m.events.back().kv.mod_revision != e.kv.mod_revision) {
            send(std::move(m));
            m = about(id);
        }
        m.events.push_back(std::move(e));
    }
    if (m.events.empty())
        return;
    w.heard = true;
    send(std::move(m));
}

void watch_server::send(core::watch_message message)
{
    while (split_after_ != 0 && message.events.size() > split_after_) {
        auto part = about(message.id);
        part.fragment = true;
        const auto middle = message.events.begin() + static_cast<std::ptrdiff_t>(split_after_);
        part.events.assign(message.events.begin(), middle);
        message.events.erase(message.events.begin(), middle);
        messages_.push_back(std::move(part));
    }
    messages_.push_back(std::move(message));
}

}  // namespace leasehold::memory
