// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <vector>

namespace leasehold::cli {

/// Every process that descends from `root` at this moment, parents before children. Read from /proc.
std::vector<pid_t> descendants(pid_t root);

}  // namespace leasehold::cli
