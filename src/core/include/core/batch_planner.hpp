// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/batch_member.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <iterator>
#include <utility>
#include <vector>

namespace leasehold::core {

/**
 * Which transactions travel together (docs/design.md, "Group commit").
 *
 * What gathers while others are on their way goes next, as one outer transaction with nested ones; at most a
 * few are in flight. `Payload` is whatever the owner wants back with a member.
 */
template <class Payload>
class batch_planner {
public:
    using time_point = boot_clock::time_point;
    using member = batch_member<Payload>;
    using batch = std::vector<member>;

    struct limits {
        std::size_t in_flight = 4;
        std::size_t members = 100;
        std::size_t operations = 128;    ///< etcd's `--max-txn-ops`, by default
        std::size_t bytes = 512 * 1024;  ///< a third of etcd's `--max-request-bytes`, by default
        std::size_t scan = 400;          ///< how many to look at for members of one batch
        /// The nearest time limit of the members is the batch's: who has less than this travels alone.
        boot_clock::duration company = std::chrono::milliseconds{100};
    };

    batch_planner() = default;
    explicit batch_planner(limits l) : limits_{l} {}

    void add(member m) { waiting_.push_back(std::move(m)); }

    /// What to send now; empty when there is nothing, or enough in flight. Whoever sends it says on_done()
    /// afterwards, whatever comes of it.
    batch next(time_point now)
    {
        if (in_flight_ >= limits_.in_flight || (in_flight_ > 0 && halves_.empty() && !full()))
            return {};
        auto b = halves_.empty() ? gather(now) : take_half();
        if (!b.empty())
            ++in_flight_;
        return b;
    }

    void on_done() { --in_flight_; }

    /// The server refused a batch of several as a whole; nothing of it took effect. The reason may be any one
    /// of its members, which is found by halving.
    /// \pre on_done() was called for it, and it has two members at least.
    void on_refused(batch b, refusal why)
    {
        if (why == refusal::too_many_operations)
            limits_.operations = std::min(limits_.operations, operations_of(b) / 2);
        if (why == refusal::too_large)
            limits_.bytes = std::min(limits_.bytes, bytes_of(b) / 2);
        const auto middle = b.begin() + static_cast<std::ptrdiff_t>((b.size() + 1) / 2);
        batch second{std::make_move_iterator(middle), std::make_move_iterator(b.end())};
        b.erase(middle, b.end());
        halves_.push_front(std::move(second));
        halves_.push_front(std::move(b));
    }

    /// Nothing waits to be sent.
    bool empty() const noexcept { return waiting_.empty() && halves_.empty(); }

private:
    /// What the server counts for a batch: each member has the budget that the outer transaction leaves.
    static std::size_t operations_of(const batch& b)
    {
        std::size_t deepest = 0;
        for (const auto& m : b)
            deepest = std::max(deepest, m.size.operations);
        return b.size() + deepest;
    }

    static std::size_t bytes_of(const batch& b)
    {
        std::size_t all = 0;
        for (const auto& m : b)
            all += m.size.bytes;
        return all;
    }

    bool full() const noexcept { return waiting_.size() >= limits_.members; }

    batch take_half()
    {
        auto b = std::move(halves_.front());
        halves_.pop_front();
        return b;
    }

    batch gather(time_point now)
    {
        batch b;
        b.reserve(std::min(waiting_.size(), limits_.members));
        prefix_set taken;
        std::size_t bytes = 0, deepest = 0;
        std::deque<member> passed_over;
        for (std::size_t looked = 0; !waiting_.empty() && looked < limits_.scan && b.size() < limits_.members;
             ++looked) {
            auto& m = waiting_.front();
            const bool fits =
                b.empty() || (bytes + m.size.bytes <= limits_.bytes &&
                              b.size() + 1 + std::max(deepest, m.size.operations) <= limits_.operations &&
                              m.deadline(now) - now >= limits_.company);
            if (fits && taken.add(m.prefix)) {
                bytes += m.size.bytes;
                deepest = std::max(deepest, m.size.operations);
                b.push_back(std::move(m));
            } else {
                passed_over.push_back(std::move(m));
            }
            waiting_.pop_front();
            if (b.size() == 1 && b.front().deadline(now) - now < limits_.company)
                break;
        }
        waiting_.insert(waiting_.begin(), std::make_move_iterator(passed_over.begin()),
                        std::make_move_iterator(passed_over.end()));
        return b;
    }

    limits limits_;
    std::deque<member> waiting_;
    std::deque<batch> halves_;
    std::size_t in_flight_ = 0;
};

}  // namespace leasehold::core
