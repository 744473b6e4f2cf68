// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/messages.hpp>

#include <leasehold/kv.hpp>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace leasehold::memory {

/// Whether `key` is in the range of a request; an empty end means the one key, a zero byte "to the end".
bool in_range(std::string_view key, std::string_view begin, std::string_view end);

/// Every version of every key, as etcd's mvcc store keeps them, and nothing about requests.
class history {
public:
    revision current() const noexcept { return current_; }
    /// What happened before this revision cannot be read any more.
    revision compacted() const noexcept { return compacted_; }

    /// The state of one key at a revision; null when it did not exist.
    const key_value* find(const std::string& key, revision at) const;
    void for_each(const std::string& begin, const std::string& end, revision at,
                  const std::function<void(const key_value&)>& visit) const;
    /// The changes of revision `from` and later, in order, up to and including `to`.
    std::vector<core::watch_event> changes(revision from, revision to) const;

    /// What is changed from here to the next call has one revision, and takes one only if there is any
    /// change.
    void begin() noexcept { written_ = false; }
    void put(const put_request& r);
    /// Tells which keys there were.
    std::vector<std::string> remove(const std::string& begin, const std::string& end);

    void compact(revision at);

private:
    struct version {
        revision at;
        bool removed;
        key_value kv;
    };
    using versions = std::vector<version>;

    static const version* last_until(const versions& list, revision at);
    revision write();

    revision current_ = 1;  // an empty etcd begins there
    revision compacted_ = 0;
    bool written_ = false;
    std::map<std::string, versions, std::less<>> keys_;
    std::deque<core::watch_event> log_;
};

}  // namespace leasehold::memory
