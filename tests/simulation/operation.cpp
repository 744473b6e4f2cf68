// SPDX-License-Identifier: Apache-2.0
#include "operation.hpp"

namespace leasehold::simulation {

void cancel_later(const std::shared_ptr<running_operation>& op)
{
    auto& w = op->owner.world();
    if (w.calm() || !w.chance().chance(w.plan().cancellations))
        return;
    // From the first steps, where the engine has hardly begun, to long after.
    const auto steps = w.chance().chance(0.5) ? w.chance().below(12) : w.chance().below(200);
    const auto type = w.chance().one_of({asio::cancellation_type::terminal, asio::cancellation_type::partial,
                                         asio::cancellation_type::total});
    w.after_steps(steps, [weak = std::weak_ptr{op}, type] {
        const auto alive = weak.lock();
        if (!alive || alive->owner.dying() || alive->owner.paused())
            return;
        asio::post(alive->owner.io(), [weak, type] {
            if (const auto op = weak.lock(); op && op->owner.world().checker().cancelling(op->number))
                op->signal.emit(type);
        });
    });
}

}  // namespace leasehold::simulation
