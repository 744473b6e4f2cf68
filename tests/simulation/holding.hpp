// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checker.hpp"
#include "process.hpp"
#include "world.hpp"

#include <leasehold/held_lock.hpp>

#include <cstdint>
#include <string>

namespace leasehold::simulation {

/// Has the checker look at a handle as long as this lives.
class holding {
public:
    holding(process& p, const std::string& lock, const held_lock& held)
        : checker_{p.world().checker()}, number_{checker_.granted(p, lock, held)}
    {}
    ~holding() { checker_.gone(number_); }
    holding(const holding&) = delete;
    holding& operator=(const holding&) = delete;

    std::uint64_t number() const noexcept { return number_; }

private:
    simulation::checker& checker_;
    const std::uint64_t number_;
};

}  // namespace leasehold::simulation
