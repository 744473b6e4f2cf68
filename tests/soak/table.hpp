// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace leasehold::test {

/// What a suite found.
struct row {
    std::string suite;
    std::size_t trials = 0;
    std::uint64_t violations = 0;
    std::optional<std::chrono::nanoseconds>
        worst_margin;  ///< told before the next one acquired, at least so long
    std::optional<std::chrono::milliseconds> recovery;  ///< of the throughput, at worst
    std::string note;
};

/// As Markdown.
std::string heading();
std::string to_string(const row& r);

}  // namespace leasehold::test
