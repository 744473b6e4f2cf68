// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory/store.hpp>

#include <leasehold/errc.hpp>
#include <leasehold/fencing_token.hpp>
#include <leasehold/held_lock.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::simulation {

class process;
class world;

using operation_number = std::uint64_t;

/// A promise of docs/guarantees.md that was broken. Ends the run.
struct broken_promise {
    std::string text;
};

/// Knows the promises, is told what the actors see, and compares both with the store.
class checker {
public:
    explicit checker(world& w) : world_{w} {}

    /// After every step. \throws broken_promise
    void look();
    /// For what is found where nothing may be thrown; look() throws it.
    void fail(std::string text);
    /// At the end, once all faults are over. \throws broken_promise
    void all_served() const;
    void nothing_left(const std::string& when) const;
    void no_lease_left() const;
    void forget(const process& p);

    // ---- operations: each ends once ----
    operation_number begun(const process& p, const std::string& what);
    /// False when it has ended before.
    bool cancelling(operation_number n);
    void ended(operation_number n, error_code ec);
    void dropped(operation_number n);

    // ---- first come, first served, among the coroutines of one session ----
    using line = std::pair<std::string, std::string>;  ///< session and lock
    std::uint64_t queued(const process& p, const line& where);
    void left_queue(const line& where, std::uint64_t place);
    void served(const line& where, std::uint64_t place);

    // ---- ownership ----
    std::uint64_t granted(const process& p, const std::string& lock, const held_lock& held);
    /// The holder begins to release: from here on it does not believe in its lock.
    void releasing(std::uint64_t holding);
    void gone(std::uint64_t holding) { holdings_.erase(holding); }
    /// From here on work is done under with_lock's protection.
    void scoped(std::uint64_t holding) { holdings_.at(holding).scoped = true; }
    /// Somebody waits to hear of the loss; `told` when that has ended.
    void waits_for_loss(std::uint64_t holding) { holdings_.at(holding).waits = true; }
    void told(std::uint64_t holding);
    std::size_t grants() const noexcept { return grants_; }

    // ---- watches ----
    const std::deque<core::watch_event>& changes() const noexcept { return changes_; }

    /// What a fenced write of a holder stores, and where.
    static std::string fenced_key(const std::string& lock) { return "fenced/" + lock; }
    static std::string fenced_value(const fencing_token& token);

private:
    struct operation {
        const process* owner = nullptr;
        std::string what;
        bool cancelling = false;
    };
    struct holding {
        const process* owner = nullptr;
        std::string lock;
        const held_lock* handle = nullptr;
        fencing_token token;
        bool believed = true;  ///< held() was true at the last look
        bool scoped = false;
        bool waits = false;      ///< somebody waits for the loss
        bool releasing = false;  ///< by the holder's own wish
        boot_clock::time_point lost;
    };
    struct turn {
        revision at = 0;
        boot_clock::time_point seen;      ///< by the first holder
        boot_clock::time_point released;  ///< by the latest one that began to release
    };
    struct lock_history {
        fencing_token newest;
        std::set<fencing_token> tokens;
        fencing_token last_write;
        turn current;
    };

    void take_changes();
    void look_at(holding& h);
    void check_told(const holding& h);
    void check_turn(const holding& h);
    std::string owner_of(const std::string& lock, revision& created) const;
    std::string describe(const holding& h) const;

    world& world_;
    std::optional<std::string> failure_;
    operation_number last_operation_ = 0;
    std::map<operation_number, operation> operations_;
    std::uint64_t last_holding_ = 0;
    std::map<std::uint64_t, holding> holdings_;
    std::map<std::string, lock_history> locks_;
    std::size_t grants_ = 0;
    std::uint64_t last_place_ = 0;
    std::map<line, std::map<std::uint64_t, const process*>> lines_;
    revision seen_ = 1;
    std::deque<core::watch_event> changes_;
};

}  // namespace leasehold::simulation
