// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/name_scope.hpp>

#include <leasehold/name_state.hpp>

#include <string>
#include <utility>
#include <vector>

namespace leasehold::core {

/// Finds who owns which name in a directory that is read in the order of its keys, and remembers no more of
/// it than the oldest key of the queue that it is in (and of those that this one is nested in).
class name_scan {
public:
    explicit name_scan(name_scope scope) : scope_{std::move(scope)} {}

    const name_scope& scope() const noexcept { return scope_; }

    /// The next key; `at` is the revision of the reading.
    void read(const key_value& kv, revision at);
    /// There are no more keys.
    void end() { close_until({}); }

    /// The owned names whose queues have been read to their end.
    std::vector<name_state> take() { return std::exchange(found_, {}); }

private:
    struct open_queue {
        std::string prefix;
        std::string oldest;  ///< key
        name_state state;
    };

    void close_until(std::string_view key);

    name_scope scope_;
    std::vector<open_queue> open_;  ///< each nested in the one before
    std::vector<name_state> found_;
};

}  // namespace leasehold::core
