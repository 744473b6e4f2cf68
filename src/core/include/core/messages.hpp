// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/kv.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

/// \file
/// etcd's lease and watch messages as plain structs: the vocabulary between the
/// decision machines, the engine and the transports.

namespace leasehold::core {

using watch_id = std::int64_t;

/// Of a user of etcd's.
struct credentials {
    std::string user;
    std::string password;
};

struct lease_grant_result {
    lease_id lease = 0;
    std::chrono::seconds ttl{};  ///< what the server granted, at least its own minimum
};

struct lease_time_to_live_result {
    std::chrono::seconds ttl{};  ///< remaining; below 0: no such lease
    std::chrono::seconds granted_ttl{};
    std::vector<std::string> keys;
};

/// One answer on a keep-alive stream.
struct lease_renewal {
    lease_id lease = 0;
    std::chrono::seconds ttl{};  ///< 0: no such lease
};

struct watch_create {
    watch_id id = 0;  ///< chosen by the client, at least 1, never used twice on one stream
    std::string key;
    std::string range_end;
    revision start = 0;  ///< 0: from now
    bool prev_kv = false;
    bool puts = true;
    bool removes = true;
    bool progress = false;  ///< every now and then, say how far a watch has come that has nothing to say
};

struct watch_event {
    bool removed = false;  ///< otherwise put
    key_value kv;          ///< of a removal: the key and, as mod_revision, the revision of the removal
    key_value prev;        ///< only when asked for
};

struct watch_message {
    watch_id id = 0;                   ///< -1: about the whole stream, or a refused creation
    leasehold::revision revision = 0;  ///< of the store when the message was made
    bool created = false;
    bool cancelled = false;
    bool fragment = false;  ///< more of the same response follows
    leasehold::revision compact_revision = 0;
    std::string cancel_reason;
    std::vector<watch_event> events;
};

}  // namespace leasehold::core
