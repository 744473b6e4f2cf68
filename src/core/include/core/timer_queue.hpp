// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/boot_clock.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace leasehold::core {

/// Things to do later, by time and then in the order of arrival.
class timer_queue {
public:
    using time_point = boot_clock::time_point;
    struct id {
        time_point at{};
        std::uint64_t number = 0;  ///< 0: no timer
        auto operator<=>(const id&) const = default;
    };

    id add(time_point at, std::function<void()> what)
    {
        const id key{at, ++last_};
        timers_.emplace(key, std::move(what));
        return key;
    }

    /// Does nothing when it has run or been cancelled before. Clears `which`.
    void cancel(id& which) { timers_.erase(std::exchange(which, {})); }

    time_point next() const noexcept
    {
        return timers_.empty() ? time_point::max() : timers_.begin()->first.at;
    }

    /// The first one that is due, taken out; or an empty function.
    std::function<void()> pop(time_point now)
    {
        if (timers_.empty() || next() > now)
            return {};
        auto what = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
        return what;
    }

    void clear() { timers_.clear(); }

private:
    std::uint64_t last_ = 0;
    std::map<id, std::function<void()>> timers_;
};

}  // namespace leasehold::core
