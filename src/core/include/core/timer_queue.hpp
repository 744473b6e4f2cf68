// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/boot_clock.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace leasehold::core {

/// Things to do later, by time and then in the order of arrival: a binary heap whose entries know their
/// places, so that a lock, which has a timer or two, allocates no node for them.
class timer_queue {
public:
    using time_point = boot_clock::time_point;
    struct id {
        time_point at{};
        std::uint64_t number = 0;  ///< 0: no timer
        std::size_t slot = 0;
        bool operator==(const id&) const = default;
    };

    id add(time_point at, std::function<void()> what)
    {
        if (free_ == slots_.size())
            slots_.push_back({{}, 0, slots_.size() + 1});
        const id added{at, ++last_, free_};
        heap_.push_back(added);
        auto& in = slots_[added.slot];
        free_ = in.position;
        in.what = std::move(what);
        in.number = added.number;
        rise(heap_.size() - 1);
        return added;
    }

    /// Does nothing when it has run or been cancelled before. Clears `which`.
    void cancel(id& which)
    {
        const auto cancelled = std::exchange(which, {});
        if (cancelled.number != 0 && cancelled.slot < slots_.size() &&
            slots_[cancelled.slot].number == cancelled.number)
            take(slots_[cancelled.slot].position);
    }

    time_point next() const noexcept { return heap_.empty() ? time_point::max() : heap_.front().at; }

    /// The first one that is due, taken out; or an empty function.
    std::function<void()> pop(time_point now)
    {
        if (heap_.empty() || next() > now)
            return {};
        return take(0);
    }

    void clear() noexcept
    {
        // What is destroyed may have timers to cancel.
        free_ = 0;
        heap_ = {};
        const auto gone = std::exchange(slots_, {});
    }

private:
    static constexpr std::size_t worth_giving_back = 1024;

    struct slot {
        std::function<void()> what;
        std::uint64_t number = 0;  ///< of the timer in it; 0: none
        std::size_t position = 0;  ///< in the heap; of a free one, the next free one
    };

    static bool earlier(const id& a, const id& b) { return a.at != b.at ? a.at < b.at : a.number < b.number; }

    void put(std::size_t position, const id& timer)
    {
        heap_[position] = timer;
        slots_[timer.slot].position = position;
    }

    void rise(std::size_t position)
    {
        const auto timer = heap_[position];
        while (position != 0 && earlier(timer, heap_[(position - 1) / 2])) {
            put(position, heap_[(position - 1) / 2]);
            position = (position - 1) / 2;
        }
        put(position, timer);
    }

    void sink(std::size_t position)
    {
        const auto timer = heap_[position];
        for (auto child = 2 * position + 1; child < heap_.size(); child = 2 * position + 1) {
            if (child + 1 < heap_.size() && earlier(heap_[child + 1], heap_[child]))
                ++child;
            if (!earlier(heap_[child], timer))
                break;
            put(position, heap_[child]);
            position = child;
        }
        put(position, timer);
    }

    std::function<void()> take(std::size_t position)
    {
        const auto taken = heap_[position].slot;
        const auto last = heap_.back();
        heap_.pop_back();
        if (position < heap_.size()) {
            heap_[position] = last;
            rise(position);
            sink(slots_[last.slot].position);
        }
        slots_[taken].number = 0;
        slots_[taken].position = std::exchange(free_, taken);
        auto what = std::exchange(slots_[taken].what, {});
        if (heap_.empty() && slots_.size() > worth_giving_back)
            clear();
        return what;
    }

    std::uint64_t last_ = 0;
    std::vector<id> heap_;
    std::vector<slot> slots_;
    std::size_t free_ = 0;  ///< the first free slot, or the one after the last
};

}  // namespace leasehold::core
