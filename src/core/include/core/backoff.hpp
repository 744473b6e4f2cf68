// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace leasehold::core {

/// A small generator for jitter; any seed will do, and equal seeds replay.
class jitter {
public:
    explicit jitter(std::uint64_t seed) noexcept : state_{seed} {}

    /// A number of [0, 1). SplitMix64 (Steele, Lea, Flood 2014).
    double next() noexcept { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

    std::uint64_t bits() noexcept
    {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

private:
    std::uint64_t state_;
};

/// Growing pauses between attempts, with "equal jitter": half fixed, half random.
class backoff {
public:
    using duration = std::chrono::nanoseconds;

    backoff(duration first, duration most) noexcept : first_{first}, next_{first}, most_{most} {}

    /// Something went well: the next pause is a short one.
    void reset() noexcept { next_ = first_; }

    duration pause(jitter& random) noexcept
    {
        const auto whole = next_;
        next_ = std::min(next_ * 2, most_);
        return whole / 2 +
               duration{static_cast<duration::rep>(static_cast<double>(whole.count()) / 2 * random.next())};
    }

private:
    duration first_;
    duration next_;
    duration most_;
};

}  // namespace leasehold::core
