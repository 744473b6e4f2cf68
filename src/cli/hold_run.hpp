// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "signals.hpp"
#include "waiting.hpp"

#include <leasehold/leasehold.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace leasehold::cli {

/// What `leasehold hold` is asked to do.
struct hold_request {
    client_options connection;
    locker_options options;
    std::string name;
    std::string value;
};

/// One run of `leasehold hold`, on the calling thread.
class hold_run {
public:
    /// \throws std::invalid_argument for an option out of range.
    explicit hold_run(hold_request request);
    ~hold_run();
    hold_run(const hold_run&) = delete;
    hold_run& operator=(const hold_run&) = delete;

    /// \return the exit code.
    /// \throws failure
    int run();

private:
    asio::awaitable<int> flow();
    asio::awaitable<void> follow(ownership_watcher changes);
    asio::awaitable<void> release(claim& held);
    void say_farewell();
    std::chrono::milliseconds longest_of_release() const;
    void complain_of_silence(const std::string& why) const;
    void on_signal(signal_event event);

    const hold_request request_;

    // Before whatever has handlers in it, so that those are destroyed first.
    std::optional<int> stopped_by_;
    bool impatient_ = false;  // there was another signal
    std::chrono::steady_clock::time_point release_began_;
    asio::cancellation_signal stop_;
    std::optional<time_limit> clean_up_;

    asio::io_context io_{1};
    std::optional<signals> signals_;
    std::optional<locker> names_;
};

}  // namespace leasehold::cli
