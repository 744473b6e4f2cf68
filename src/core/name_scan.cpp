// SPDX-License-Identifier: Apache-2.0
#include <core/name_scan.hpp>

#include <cstddef>
#include <string_view>
#include <tuple>
#include <utility>

namespace leasehold::core {

void name_scan::read(const key_value& kv, revision at)
{
    close_until(kv.key);
    std::size_t depth = 0;
    scope_.for_each_name(kv.key, [&](std::string_view name) {
        // The queues that are open are those of the shortest of these names.
        if (depth == open_.size()) {
            auto& opened = open_.emplace_back();
            opened.prefix = scope_.queue_of(name);
            opened.state.name = name;
            opened.state.revision = at;
        }
        auto& queue = open_[depth++];
        auto& s = queue.state;
        if (!queue.oldest.empty() &&
            std::tie(s.create_revision, queue.oldest) < std::tie(kv.create_revision, kv.key))
            return;
        queue.oldest = kv.key;
        s.create_revision = kv.create_revision;
        s.lease = kv.lease;
        s.value = kv.value;
    });
}

// The keys of a queue are next to each other, those of nested ones among them.
void name_scan::close_until(std::string_view key)
{
    while (!open_.empty() && (key.empty() || !key.starts_with(open_.back().prefix))) {
        auto& done = open_.back();
        // Behind the key of a nested name nobody owns this one, whoever waits.
        if (scope_.is_own(done.state.name, done.oldest))
            found_.push_back(std::move(done.state));
        open_.pop_back();
    }
}

}  // namespace leasehold::core
