// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace leasehold::cli {

/// In at most six columns: `59s`, `3m12s`, `2h05m`, `3d04h`, `120d`. Less than nothing is `0s`.
std::string short_duration(std::chrono::seconds duration);

/// `2026-11-21T15:35:02Z`.
std::string timestamp(std::chrono::sys_seconds moment);

}  // namespace leasehold::cli
