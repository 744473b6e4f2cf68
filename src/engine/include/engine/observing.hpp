// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/observer.hpp>
#include <leasehold/options.hpp>

namespace leasehold::engine {

/// Calls `f(observer)` for each of a client's observers: nothing is computed for nobody.
template <class F>
void tell(const client_options& options, F f)
{
    for (const auto& o : options.observers)
        f(*o);
}

}  // namespace leasehold::engine
