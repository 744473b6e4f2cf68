// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/backoff.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace leasehold::simulation {

using namespace std::chrono_literals;
using duration = std::chrono::nanoseconds;

/// The one source of chance in a run.
class random {
public:
    explicit random(std::uint64_t seed) noexcept : bits_{seed} {}

    std::uint64_t bits() noexcept { return bits_.bits(); }
    bool chance(double p) noexcept { return p > 0 && bits_.next() < p; }
    /// One of [0, n).
    std::size_t below(std::size_t n) noexcept
    {
        return static_cast<std::size_t>(bits_.next() * static_cast<double>(n));
    }
    int between(int least, int most) noexcept
    {
        return least + static_cast<int>(below(static_cast<std::size_t>(most - least + 1)));
    }
    /// Of [0, most), in whole microseconds.
    duration up_to(duration most) noexcept
    {
        return std::chrono::microseconds{below(static_cast<std::size_t>(most / 1us))};
    }
    /// As up_to, most often much shorter.
    duration mostly_short(duration most) noexcept
    {
        const auto x = bits_.next();
        return std::chrono::microseconds{
            static_cast<std::int64_t>(x * x * x * static_cast<double>(most / 1us))};
    }
    template <class T>
    T one_of(std::initializer_list<T> list) noexcept
    {
        return list.begin()[below(list.size())];
    }

private:
    core::jitter bits_;
};

}  // namespace leasehold::simulation
