// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <source_location>
#include <string>

namespace leasehold::fuzz {

/// Ends the process when it does not hold, in whatever build.
inline void check(bool holds, std::source_location where = std::source_location::current())
{
    if (holds)
        return;
    std::cerr << where.file_name() << ':' << where.line() << ": does not hold\n";
    std::abort();
}

}  // namespace leasehold::fuzz
