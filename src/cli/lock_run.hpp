// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "child_process.hpp"
#include "exit_code.hpp"
#include "signals.hpp"
#include "waiting.hpp"

#include <leasehold/leasehold.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace leasehold::cli {

/// What `leasehold lock` is asked to do.
struct lock_request {
    client_options connection;
    std::string name;
    std::chrono::milliseconds ttl{};
    bool try_only = false;
    std::optional<std::chrono::milliseconds> timeout;
    std::optional<std::string> value;
    std::vector<std::string> command;      ///< empty: hold the lock until a signal
    std::vector<std::string> environment;  ///< of the command
};

/**
 * \brief When a command that loses its lock is asked to end, and when it is killed: so long before the
 * deadline.
 *
 * Renewals come at a third of the time to live, so two thirds of it are left just before one; asking at a
 * quarter leaves time for several attempts to renew, and the command time to clean up.
 */
struct ending_plan {
    std::chrono::milliseconds ask_ahead;
    std::chrono::milliseconds kill_ahead;

    explicit ending_plan(std::chrono::milliseconds ttl);
};

/// One run of `leasehold lock`, on the calling thread.
class lock_run {
public:
    explicit lock_run(lock_request request);
    ~lock_run();
    lock_run(const lock_run&) = delete;
    lock_run& operator=(const lock_run&) = delete;

    /// \return the exit code.
    /// \throws failure
    int run();

private:
    asio::awaitable<int> flow();
    asio::awaitable<int> with_session(session s);
    asio::awaitable<std::optional<held_lock>> acquire(const mutex& m);
    asio::awaitable<int> hold(held_lock& held);
    asio::awaitable<int> supervise(held_lock& held, ending_plan plan);
    asio::awaitable<void> end_command(const held_lock& held, ending_plan plan);
    asio::awaitable<void> kill_command(const held_lock& held);
    asio::awaitable<std::optional<errc>> release(held_lock& held);
    asio::awaitable<void> close(session s);
    void begin_clean_up();

    void on_signal(signal_event event);
    void watch_loss(const held_lock& held, std::chrono::milliseconds ahead);
    [[nodiscard]] failure not_acquired() const;

    const lock_request request_;
    const std::chrono::steady_clock::time_point start_;

    // Before whatever has handlers in it, so that those are destroyed first.
    std::optional<int> stopped_by_;  // a signal, while no command ran
    bool impatient_ = false;         // another one came before the release began
    std::optional<errc> lost_;
    asio::cancellation_signal stop_;
    std::optional<child_process> command_;
    std::optional<time_limit> clean_up_;

    asio::io_context io_{1};
    signals signals_;
    notification changed_;
    client client_;
};

}  // namespace leasehold::cli
