// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "random.hpp"
#include "trace.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace leasehold::simulation {

/// What a run came to.
struct verdict {
    std::optional<std::string> broken;  ///< the promise that was
    std::uint64_t steps = 0;
    std::size_t grants = 0;
    duration time{};  ///< virtual
};

/// One run: a storm of at most `steps` steps, then calm, then everybody leaves. The same for the same seed.
verdict run(std::uint64_t seed, std::uint64_t steps, trace t);

inline constexpr std::uint64_t default_steps = 2500;

}  // namespace leasehold::simulation
