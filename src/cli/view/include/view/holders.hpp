// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/kv.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace leasehold::cli {

/**
 * \brief Who holds each of the watched locks, kept up to date from the events of their keys.
 *
 * The holder is the key with the smallest create revision, so others matter only when it goes. Then etcd is
 * asked who had the lock at the revision of that event: so nothing of the waiters is kept, and no state is
 * reported that no revision had, as somebody's who was deleted in the same transaction.
 */
class holders {
public:
    /// A lock is held otherwise than before; `holder` is empty when nobody holds it.
    struct change {
        std::string name;
        std::optional<key_value> holder;
        revision at = 0;  ///< with which it became so, or at which it was found so
    };

    /// To be answered with \ref on_answer, before the next event: who holds the lock at this revision?
    struct question {
        std::string name;
        revision at = 0;
    };

    using step = std::variant<std::monostate, change, question>;

    /// One lock. As in Go, every key that begins with its name and a slash is a place in its queue.
    static holders of_lock(std::string name);

    /// Every lock whose name begins with `prefix`. What is no key of a lock (\ref lock_of) is left out.
    static holders of_locks(std::string prefix);

    /// All holders at a revision. What has changed since the last look; the first time, all that are held,
    /// and the one lock of \ref of_lock even when it is free.
    std::vector<change> on_look(std::map<std::string, key_value> held, revision at);

    step on_put(const key_value& kv);
    step on_removed(std::string_view key, revision at);
    change on_answer(const question& asked, std::optional<key_value> holder);

private:
    explicit holders(bool one, std::string scope) : one_{one}, scope_{std::move(scope)} {}

    std::optional<std::string> name_of(std::string_view key) const;

    bool one_;
    std::string scope_;  // the lock's name, or the prefix
    bool looked_ = false;
    std::map<std::string, key_value> held_;
};

}  // namespace leasehold::cli
