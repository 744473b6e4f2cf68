// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <memory>

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

/// Cancels what waits with its slot, once, when the time is over or `end()` is called.
class time_limit {
public:
    time_limit(asio::io_context& io, std::chrono::milliseconds duration)
        : timer_{io, duration}, state_{std::make_shared<state>()}
    {
        timer_.async_wait([state = state_](const boost::system::error_code& ec) {
            if (!ec)
                state->end();
        });
    }

    void end() { state_->end(); }
    bool over() const noexcept { return state_->over; }
    asio::cancellation_slot slot() { return state_->signal.slot(); }

private:
    struct state {
        asio::cancellation_signal signal;
        bool over = false;

        void end()
        {
            over = true;
            signal.emit(asio::cancellation_type::terminal);
        }
    };

    asio::steady_timer timer_;
    std::shared_ptr<state> state_;
};

}  // namespace leasehold::cli
