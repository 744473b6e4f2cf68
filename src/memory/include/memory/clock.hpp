// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/boot_clock.hpp>

#include <chrono>
#include <cstdint>

namespace leasehold::memory {

/// A client's clock beside the cluster's: both begin together, and this one runs faster by so many parts per
/// million (slower when negative).
class clock {
public:
    using time_point = boot_clock::time_point;

    explicit clock(std::int64_t faster_ppm = 0) noexcept : ppm_{faster_ppm} {}

    time_point local(time_point world) const noexcept
    {
        const auto since = world - epoch;
        return world + since / 1'000'000 * ppm_ + since % 1'000'000 * ppm_ / 1'000'000;
    }

    /// The first moment at which this clock shows `local` or more.
    time_point world(time_point local) const noexcept
    {
        if (ppm_ == 0 || local >= time_point::max() - std::chrono::hours{1})
            return local;
        const auto rate = 1 + static_cast<double>(ppm_) * 1e-6;
        const auto since = static_cast<double>((local - epoch).count()) / rate;
        auto at = epoch + boot_clock::duration{static_cast<boot_clock::rep>(since)};
        while (this->local(at) < local)
            at += boot_clock::duration{1};
        while (this->local(at - boot_clock::duration{1}) >= local)
            at -= boot_clock::duration{1};
        return at;
    }

private:
    static constexpr time_point epoch{std::chrono::hours{1}};

    std::int64_t ppm_;
};

}  // namespace leasehold::memory
