// SPDX-License-Identifier: Apache-2.0
#include <leasehold/boot_clock.hpp>

#include <time.h>

namespace leasehold {

boot_clock::time_point boot_clock::now() noexcept
{
    timespec t{};
#ifdef CLOCK_BOOTTIME
    ::clock_gettime(CLOCK_BOOTTIME, &t);
#else
    ::clock_gettime(CLOCK_MONOTONIC, &t);
#endif
    return time_point{std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec}};
}

}  // namespace leasehold
