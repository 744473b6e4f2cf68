// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <view/lock_row.hpp>

#include <leasehold/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace leasehold::cli {

namespace asio = boost::asio;

/// \file
/// What the subcommands read from etcd. Ranges are read a page of keys at a time, all pages at one revision,
/// and begun anew when etcd compacts that away meanwhile. Values are asked for apart from the keys, and only
/// those that are wanted: a range may be full of other people's keys. One that was written while we looked
/// may be found in place of the one of that revision. All throw what the client throws, with diagnostics.

/// Who holds a lock at a revision.
struct holding {
    std::optional<key_value> holder;
    revision at = 0;
};

/// Who holds the lock: the oldest of all keys that begin with its name and a slash.
/// \param at a revision; 0: now.
asio::awaitable<holding> find_holder(client c, std::string name, revision at = 0);

/// The same among those keys that are written as keys of locks are (`lock_of`).
asio::awaitable<holding> find_proper_holder(client c, std::string name, revision at);

/// What \ref find_locks does, for messages.
std::string listing_of(const std::string& prefix);

/// Every lock whose name begins with `prefix`, by name, with values.
/// \param known what an earlier look found: values that are the same still are not asked for again.
asio::awaitable<lock_listing> find_locks(client c, std::string prefix, std::vector<lock_row> known = {});

/// The names of these locks alone.
asio::awaitable<std::vector<std::string>> find_names(client c, std::string prefix);

/// The queue of a lock in its order, with values: all keys that begin with its name and a slash.
asio::awaitable<std::vector<key_value>> find_queue(client c, std::string name);

/// What is left of leases; those that have ended are left out.
asio::awaitable<std::unordered_map<lease_id, std::chrono::seconds>> find_ttls(client c,
                                                                              std::vector<lease_id> leases);

}  // namespace leasehold::cli
