// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/boot_clock.hpp>

#include <functional>
#include <string>
#include <utility>

namespace leasehold::simulation {

/// What happened, line by line; the same lines for the same seed. Costs nothing while nobody listens.
class trace {
public:
    using sink = std::function<void(const std::string&)>;

    explicit trace(sink to) : to_{std::move(to)} {}

    /// `text()` is called only when somebody listens.
    template <class Text>
    void operator()(boot_clock::time_point when, Text text) const
    {
        if (to_)
            to_(stamp(when) + "  " + text());
    }

private:
    static std::string stamp(boot_clock::time_point when);

    sink to_;
};

}  // namespace leasehold::simulation
