// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/timer_queue.hpp>
#include <rpc/transport.hpp>

#include <chrono>
#include <functional>
#include <utility>

namespace leasehold::engine {

/// The engine's timers on the transport's one alarm. They do not count as outstanding work of the executor,
/// which is why they are not Asio timers: a session that is kept alive must not keep `io_context::run()` from
/// returning.
class timers {
public:
    using time_point = boot_clock::time_point;
    using id = core::timer_queue::id;

    explicit timers(rpc::transport& t) : transport_{t} {}

    time_point now() const noexcept { return transport_.now(); }

    id at(time_point when, std::function<void()> what)
    {
        const auto added = queue_.add(when, std::move(what));
        arm();
        return added;
    }

    /// The transport's alarm has come.
    void on_alarm()
    {
        armed_ = time_point::max();
        // A few at a time: what they set in motion need not wait for all the others.
        constexpr int few = 64;
        for (int i = 0; i < few; ++i) {
            const auto what = queue_.pop(now());
            if (!what)
                break;
            what();
        }
        arm();
    }

    void cancel(id& which) { queue_.cancel(which); }
    void clear() { queue_.clear(); }

private:
    // The alarm may run on a clock that stops while the machine sleeps. Looking at the time now and then
    // tells the holders of a lease soon after the machine woke up that it has expired meanwhile.
    static constexpr auto longest_nap = std::chrono::milliseconds{500};

    void arm()
    {
        const auto next = queue_.next();
        if (next == time_point::max() || next >= armed_)
            return;
        armed_ = next;
        // Not std::min, nor a conditional operator: g++ 14 takes both for dangling pointers.
        if (const auto nap = now() + longest_nap; nap < armed_)
            armed_ = nap;
        transport_.alarm_at(armed_);
    }

    rpc::transport& transport_;
    core::timer_queue queue_;
    time_point armed_ = time_point::max();
};

}  // namespace leasehold::engine
