// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/kv.hpp>

#include <compare>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace leasehold {

/**
 * \brief A number that grows strictly from holder to holder of one lock.
 *
 * Send it along with every write to a storage that remembers the largest token
 * it has seen and refuses smaller ones; then a holder that was paused beyond
 * its lease can do no harm (docs/guarantees.md has a worked example).
 *
 * `revision` is the create revision of the lock's key, ordered among all
 * processes. `sequence` counts the hand-offs inside one process that happened
 * under that key (`mutex_options::local_turn`), from 0. Tokens of different
 * locks must not be compared.
 */
struct fencing_token {
    leasehold::revision revision = 0;
    std::uint64_t sequence = 0;

    friend auto operator<=>(const fencing_token&, const fencing_token&) = default;
};

/// `"REVISION"`, with `".SEQUENCE"` behind it unless that is 0. For people and
/// logs: a storage should compare the two numbers, not the text.
std::string to_string(const fencing_token& token);
std::ostream& operator<<(std::ostream& to, const fencing_token& token);

}  // namespace leasehold
