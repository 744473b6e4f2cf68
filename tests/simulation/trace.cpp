// SPDX-License-Identifier: Apache-2.0
#include "trace.hpp"

#include <chrono>
#include <cstdio>

namespace leasehold::simulation {

// Seconds since the virtual clock's begin, which is at one hour.
std::string trace::stamp(boot_clock::time_point when)
{
    const auto since = (when.time_since_epoch() - std::chrono::hours{1}).count();
    char text[32];
    std::snprintf(text, sizeof text, "%5lld.%09lld", static_cast<long long>(since / 1'000'000'000),
                  static_cast<long long>(since % 1'000'000'000));
    return text;
}

}  // namespace leasehold::simulation
