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

    /**
     * When the *process* began, in whole seconds; not when it got the lock.
     *
     * With it host and pid name one process for ever, though pids are used again. And it is the one moment
     * that all waiters of a process have in common: a lock is handed on inside a process under one key only
     * among waiters that write the same value there (`mutex_options::local_turn`), so a moment of each
     * waiter's own would send every such hand-on through etcd, and one of the hand-on itself would be another
     * write for each lock. Who must say since when it holds a lock writes a value of its own.
     */
    std::chrono::sys_seconds since{};

    /// Of the calling process. Reads /proc; `mutex` does so once in each process.
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
