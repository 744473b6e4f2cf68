// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/backoff.hpp>

#include <leasehold/boot_clock.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace leasehold::memory {

/**
 * \brief Everything that is on its way, and a clock that only moves when it is told to.
 *
 * Deliveries of one lane keep their order; among lanes a policy chooses, so that a seed fixes a whole run.
 */
class scheduler {
public:
    using time_point = boot_clock::time_point;
    using action = std::function<void()>;
    using lane = std::uint64_t;
    /// Picks one of `count` ready deliveries, the oldest being 0.
    using policy = std::function<std::size_t(std::size_t count)>;

    scheduler() = default;
    scheduler(const scheduler&) = delete;
    scheduler& operator=(const scheduler&) = delete;

    /// From any thread.
    time_point now() const noexcept
    {
        return time_point{boot_clock::duration{now_.load(std::memory_order_relaxed)}};
    }

    /// `open`, where there is one, says whether anything may be delivered on it at this moment.
    lane open_lane(std::function<bool()> open = {});
    void close_lane(lane which);
    void add(lane to, action what, time_point when = {});
    /// In front of everything else: for one that has to be tried again.
    void add_first(lane to, action what, time_point when);
    /// A lane for one delivery only; close_lane() takes it back.
    lane once(action what, time_point when = {}, std::function<bool()> open = {});

    /// Runs one delivery whose time has come; false when there is none.
    bool step();
    bool idle() const;
    /// The time of the first delivery that has to wait.
    time_point next() const noexcept { return timed_.empty() ? time_point::max() : timed_.begin()->first; }
    void advance_to(time_point when);

    /// The oldest first.
    void in_order() { choose_ = {}; }
    void at_random(std::uint64_t seed);
    void chosen_by(policy p) { choose_ = std::move(p); }

    std::uint64_t steps() const noexcept { return steps_; }

private:
    struct delivery {
        action what;
        time_point when;
    };
    struct state {
        std::deque<delivery> queue;
        std::function<bool()> open;
        bool once = false;
        bool listed = false;
    };

    void list(lane which, state& s);
    void unlist(lane which, const state& s);

    std::atomic<boot_clock::rep> now_{boot_clock::duration{std::chrono::hours{1}}.count()};
    lane last_lane_ = 0;
    std::uint64_t steps_ = 0;
    policy choose_;
    std::map<lane, state> lanes_;
    std::vector<lane> ready_;  ///< those whose first delivery is due, in the order in which it became so
    std::set<std::pair<time_point, lane>> timed_;
};

}  // namespace leasehold::memory
