// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

namespace leasehold::cli {

namespace asio = boost::asio;

/// The token of an operation that ends early, without throwing, when `slot` says so.
inline auto quietly(asio::cancellation_slot slot)
{
    return asio::bind_cancellation_slot(slot, asio::as_tuple(asio::use_awaitable));
}

/// Wakes the one coroutine that waits for something to change; it looks for itself what that was.
class notification {
public:
    explicit notification(asio::io_context& io) : timer_{io} {}

    void notify() { timer_.cancel(); }

    asio::awaitable<void> wait() { return wait_until(std::chrono::steady_clock::time_point::max()); }

    asio::awaitable<void> wait_until(std::chrono::steady_clock::time_point moment)
    {
        timer_.expires_at(moment);
        constexpr auto token = asio::as_tuple(asio::use_awaitable);
        co_await timer_.async_wait(token);
    }

private:
    asio::steady_timer timer_;
};

/// Cancels what waits with its slot, once, when the time is over.
class time_limit {
public:
    time_limit(asio::io_context& io, std::chrono::milliseconds duration)
        : duration_{duration},
          timer_{io, duration},
          hurried_{timer_.expiry() - duration + std::min(duration, at_least)},
          state_{std::make_shared<state>()}
    {
        begin();
    }

    /// Somebody is impatient, or has told a whole group of processes to end, which may bring us the same
    /// signal twice in a moment (`timeout` does). So a second is left, counted from the beginning.
    void hurry()
    {
        if (over())
            return;
        was_hurried_ = true;
        timer_.expires_at(std::min(timer_.expiry(), hurried_));
        begin();
    }
    bool over() const noexcept { return state_->over; }
    /// What to say of an operation that it ended, or may have.
    std::string why() const
    {
        if (!over())
            return {};
        return was_hurried_ ? ", hurried by another signal,"
                            : " within " + std::to_string(duration_.count()) + " ms";
    }
    asio::cancellation_slot slot() { return state_->signal.slot(); }

private:
    static constexpr std::chrono::milliseconds at_least{1000};

    void begin()
    {
        timer_.async_wait([state = state_](const boost::system::error_code& ec) {
            if (!ec)
                state->end();
        });
    }

    struct state {
        asio::cancellation_signal signal;
        bool over = false;

        void end()
        {
            over = true;
            signal.emit(asio::cancellation_type::terminal);
        }
    };

    std::chrono::milliseconds duration_;
    asio::steady_timer timer_;
    std::chrono::steady_clock::time_point hurried_;
    bool was_hurried_ = false;
    std::shared_ptr<state> state_;
};

}  // namespace leasehold::cli
