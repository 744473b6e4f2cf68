// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace leasehold::detail {

/// In nanoseconds, or the nearest that these can say: `hours::max()` means for ever.
template <class Rep, class Period>
constexpr std::chrono::nanoseconds saturated(std::chrono::duration<Rep, Period> d) noexcept
{
    using std::chrono::nanoseconds;
    using wide = std::chrono::duration<long double, std::nano>;
    if (wide{d} >= wide{nanoseconds::max()})
        return nanoseconds::max();
    if (wide{d} <= wide{nanoseconds::min()})
        return nanoseconds::min();
    return std::chrono::duration_cast<nanoseconds>(d);
}

/// How long it is from `now` to `moment`, which may be the last one that its type can say.
template <class Clock, class Later, class Now>
constexpr std::chrono::nanoseconds saturated_between(std::chrono::time_point<Clock, Now> now,
                                                     std::chrono::time_point<Clock, Later> moment) noexcept
{
    using std::chrono::nanoseconds;
    const auto from = saturated(now.time_since_epoch());
    const auto to = saturated(moment.time_since_epoch());
    if (from < nanoseconds::zero() && to > nanoseconds::max() + from)
        return nanoseconds::max();
    if (from > nanoseconds::zero() && to < nanoseconds::min() + from)
        return nanoseconds::min();
    return to - from;
}

}  // namespace leasehold::detail
