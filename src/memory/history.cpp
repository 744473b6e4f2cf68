// SPDX-License-Identifier: Apache-2.0
#include <memory/history.hpp>

#include <algorithm>
#include <utility>

namespace leasehold::memory {

namespace {
bool to_the_end(std::string_view end)
{
    return end.size() == 1 && end.front() == '\0';
}
}  // namespace

bool in_range(std::string_view key, std::string_view begin, std::string_view end)
{
    if (end.empty())
        return key == begin;
    return key >= begin && (to_the_end(end) || key < end);
}

const history::version* history::last_until(const versions& list, revision at)
{
    for (auto it = list.rbegin(); it != list.rend(); ++it)
        if (it->at <= at)
            return &*it;
    return nullptr;
}

const key_value* history::find(const std::string& key, revision at) const
{
    const auto it = keys_.find(key);
    if (it == keys_.end())
        return nullptr;
    const auto* last = last_until(it->second, at);
    return last != nullptr && !last->removed ? &last->kv : nullptr;
}

void history::for_each(const std::string& begin, const std::string& end, revision at,
                       const std::function<void(const key_value&)>& visit) const
{
    for (auto it = keys_.lower_bound(begin); it != keys_.end() && in_range(it->first, begin, end); ++it) {
        const auto* last = last_until(it->second, at);
        if (last != nullptr && !last->removed)
            visit(last->kv);
    }
}

std::vector<core::watch_event> history::changes(revision from, revision to) const
{
    const auto begin = std::lower_bound(log_.begin(), log_.end(), from,
                                        [](const auto& e, revision r) { return e.kv.mod_revision < r; });
    std::vector<core::watch_event> list;
    for (auto it = begin; it != log_.end() && it->kv.mod_revision <= to; ++it)
        list.push_back(*it);
    return list;
}

revision history::write()
{
    if (!std::exchange(written_, true))
        ++current_;
    return current_;
}

void history::put(const put_request& r)
{
    const auto at = write();
    auto& list = keys_[r.key];
    const key_value* before = list.empty() || list.back().removed ? nullptr : &list.back().kv;
    core::watch_event event;
    if (before != nullptr)
        event.prev = *before;
    event.kv = {r.key,
                r.value,
                before != nullptr ? before->create_revision : at,
                at,
                before != nullptr ? before->version + 1 : 1,
                r.lease};
    list.push_back({at, false, event.kv});
    log_.push_back(std::move(event));
}

std::vector<std::string> history::remove(const std::string& begin, const std::string& end)
{
    std::vector<std::string> gone;
    for_each(begin, end, current_, [&gone](const key_value& kv) { gone.push_back(kv.key); });
    for (const auto& key : gone) {
        const auto at = write();
        auto& list = keys_.find(key)->second;
        core::watch_event event;
        event.removed = true;
        event.prev = list.back().kv;
        event.kv.key = key;
        event.kv.mod_revision = at;
        list.push_back({at, true, {}});
        log_.push_back(std::move(event));
    }
    return gone;
}

void history::compact(revision at)
{
    compacted_ = at;
    for (auto& [key, list] : keys_) {
        const auto* kept = last_until(list, at);
        const auto last = kept != nullptr && !kept->removed ? kept->at : 0;
        std::erase_if(list, [at, last](const version& v) { return v.at <= at && v.at != last; });
    }
    std::erase_if(keys_, [](const auto& entry) { return entry.second.empty(); });
    while (!log_.empty() && log_.front().kv.mod_revision < at)
        log_.pop_front();
}

}  // namespace leasehold::memory
