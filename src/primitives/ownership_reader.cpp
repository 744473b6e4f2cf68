// SPDX-License-Identifier: Apache-2.0
#include "ownership_reader.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace leasehold::engine {

void ownership_reader::push(ownership_change change)
{
    over_ = change.why == errc::not_held;
    changes_.push(std::move(change));
    deliver();
}

void ownership_reader::wait_next(pending<ownership_change>::pointer op)
{
    if (closed_)
        return op->fail({asio::error::operation_aborted, {}});
    if (next_ && !next_->finished())
        return op->fail(
            {make_error_code(errc::already_waiting), "next() is pending on this ownership watcher"});
    next_ = std::move(op);
    deliver();
}

void ownership_reader::deliver()
{
    if (!next_ || next_->finished())
        return;
    if (!changes_.empty()) {
        auto taken = changes_.pop();
        taken.item.skipped = taken.dropped;
        std::exchange(next_, {})->succeed(std::move(taken.item));
    } else if (over_) {
        std::exchange(next_, {})->fail({make_error_code(errc::not_held), "the claim has been released"});
    }
}

void ownership_reader::close()
{
    closed_ = true;
    if (const auto op = std::exchange(next_, {}))
        op->fail({asio::error::operation_aborted, {}});
}

}  // namespace leasehold::engine
