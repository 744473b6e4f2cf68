// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace leasehold {

/**
 * \brief A monotonic clock that also runs while the machine sleeps.
 *
 * etcd's lease timers keep running when a laptop is closed or a virtual machine
 * is suspended; `std::chrono::steady_clock` (`CLOCK_MONOTONIC` on Linux) does
 * not. Everything about lease validity is therefore counted on
 * `CLOCK_BOOTTIME`. Meets the standard's *TrivialClock* requirements.
 *
 * \par Thread-safety
 * `now()` may be called from any thread.
 */
struct boot_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<boot_clock>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept;
};

}  // namespace leasehold
