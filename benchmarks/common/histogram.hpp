// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace leasehold::bench {

/// Counts durations in buckets that are 3 % wide, whatever the magnitude. To record one costs a single
/// relaxed addition from any thread, so that measuring does not show in what is measured.
class histogram {
public:
    struct bar {
        double from_us;
        double to_us;
        std::uint64_t count;
    };

    void record(std::chrono::nanoseconds d) noexcept
    {
        const auto ns = d.count() > 0 ? static_cast<std::uint64_t>(d.count()) : 0;
        buckets_[bucket_of(ns)].fetch_add(1, std::memory_order_relaxed);
    }

    std::uint64_t count() const noexcept
    {
        std::uint64_t all = 0;
        for (const auto& b : buckets_)
            all += b.load(std::memory_order_relaxed);
        return all;
    }

    /// The buckets that are not empty, in ascending order.
    std::vector<bar> bars() const
    {
        std::vector<bar> out;
        for (std::size_t i = 0; i < buckets_.size(); ++i)
            if (const auto n = buckets_[i].load(std::memory_order_relaxed))
                out.push_back({begin_of(i), begin_of(i + 1), n});
        return out;
    }

    /// The middle of the bucket that the given part (0 to 1) of the durations reaches into; 0 without any.
    double percentile_us(double part) const
    {
        const auto wanted = part * double(count());
        double passed = 0;
        double us = 0;
        for (const bar& b : bars()) {
            us = (b.from_us + b.to_us) / 2;
            passed += double(b.count);
            if (passed >= wanted)
                break;
        }
        return us;
    }

private:
    // 32 buckets for each power of two, counted in nanoseconds; below 32 ns, one for each value.
    static constexpr unsigned fine_bits = 5;
    static constexpr std::size_t fine = 1U << fine_bits;

    static std::size_t bucket_of(std::uint64_t ns) noexcept
    {
        if (ns < fine)
            return ns;
        const unsigned shift = static_cast<unsigned>(std::bit_width(ns)) - 1 - fine_bits;
        return shift * fine + (ns >> shift);
    }

    static double begin_of(std::size_t bucket) noexcept
    {
        if (bucket < 2 * fine)
            return double(bucket) * 1e-3;
        const auto shift = bucket / fine - 1;
        return double(std::uint64_t{fine + bucket % fine} << shift) * 1e-3;
    }

    std::array<std::atomic<std::uint64_t>, 50 * fine> buckets_{};  // up to 200 days
};

}  // namespace leasehold::bench
