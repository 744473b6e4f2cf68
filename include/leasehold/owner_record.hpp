// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leasehold {

/**
 * \brief Who holds a lock or waits for it: what the lock's key says by default.
 *
 * `mutex_options::value` replaces it. The text is one line for people and `etcdctl get`:
 *
 *     host=web-3 pid=4711 program=backup since=2026-11-21T10:03:02Z
 *
 * \par Thread-safety
 * Distinct objects: safe. Shared objects: the const members are safe.
 */
struct owner_record {
    std::string host;      ///< as `uname -n` prints it
    std::int64_t pid = 0;  ///< in that host's, or container's, numbering
    std::string program;   ///< its name without folders

    /// When the lock was asked for, by the wall clock of that host, in whole seconds: who did not have to
    /// wait holds it since then. Where a lock is handed on inside a process (`mutex_options::local_turn`),
    /// the record stays that of the first in the turn.
    std::chrono::sys_seconds since{};

    /// Of the calling process, now.
    static owner_record of_this_process();

    friend bool operator==(const owner_record&, const owner_record&) = default;
};

/// The text of a record. Spaces, control characters and `%` in the names are written as `%20` and so on.
/// \pre `since` is in the years 0 to 9999.
std::string to_string(const owner_record& record);

/**
 * \brief Reads what \ref to_string wrote; nothing for any other text.
 *
 * Whatever programs write there is a value like any other: it is never an error. Further fields behind the
 * known ones, as a later version may write them, are passed over.
 */
std::optional<owner_record> parse_owner_record(std::string_view text);

}  // namespace leasehold
