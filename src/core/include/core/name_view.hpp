// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/messages.hpp>
#include <core/name_scope.hpp>

#include <leasehold/name_state.hpp>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leasehold::core {

/**
 * Who owns the names of a scope, as a reading of its keys and the changes since then tell; and the history of
 * that, which is left in `take_changes()`.
 *
 * A name's owner is the oldest key of its queue, so only what happens to that one is a change of the name:
 * the key's end, and every write to it. What waiters do is none, and neither is a state that only existed
 * inside a transaction: the changes of one revision are taken together. A later reading, after a gap in the
 * history, adds what is different.
 */
class name_view {
public:
    explicit name_view(name_scope scope) : scope_{std::move(scope)} {}

    const name_scope& scope() const noexcept { return scope_; }
    /// Everything up to this revision has been taken in.
    revision at() const noexcept { return at_; }

    // All keys of the scope at one revision, in any number of parts. One that was begun before is dropped.
    void begin_reading() { reading_ = {}; }
    void read(key_value kv) { reading_.put(scope_, std::move(kv)); }
    /// Of a scope of one name, the first reading always leaves a change.
    void end_reading(revision at);

    /// Whole revisions, in order; those that are in already are passed over. After a reading.
    void apply(std::vector<watch_event> events);

    std::vector<name_state> take_changes() { return std::exchange(changes_, {}); }

private:
    struct entry {
        /// Create revisions and keys; the keys are those of `table::keys`.
        std::set<std::pair<revision, std::string_view>> queue;
        // The owner's key as it was told last; 0: nobody.
        revision told_created = 0;
        revision told_modified = 0;
    };
    using names = std::map<std::string, entry, std::less<>>;

    struct table {
        std::map<std::string, key_value, std::less<>> keys;
        core::name_view::names names;

        table() = default;
        table(table&&) = default;  // a copy's queues would be of the other's keys
        table& operator=(table&&) = default;

        void put(const name_scope& scope, key_value kv);
        void remove(const name_scope& scope, std::string_view key);
    };

    void tell(names::iterator name, revision at);

    name_scope scope_;
    revision at_ = 0;
    bool read_once_ = false;
    table current_;
    table reading_;
    std::vector<name_state> changes_;
};

}  // namespace leasehold::core
