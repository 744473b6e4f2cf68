// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

/// \file
/// What this process uses, as the kernel counts it.

namespace leasehold::bench {

/// User and system time of all threads so far.
double cpu_seconds();

/// Gives back to the system what the allocator keeps for later. Takes time: not for the measured part.
void give_back_free_memory();
double resident_bytes();

std::size_t thread_count();

}  // namespace leasehold::bench
