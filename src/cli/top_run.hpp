// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "screen.hpp"
#include "waiting.hpp"

#include <view/lock_row.hpp>
#include <view/top_view.hpp>

#include <leasehold/client.hpp>
#include <leasehold/options.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <string>

namespace leasehold::cli {

/// What `leasehold top` is asked to do.
struct top_request {
    client_options connection;
    std::string prefix;
    lock_order order = lock_order::by_waiters;
    std::chrono::milliseconds interval{2000};
    bool once = false;  ///< print, and leave; also where there is no terminal to show a screen on
};

/**
 * \brief One run of `leasehold top`, on the calling thread.
 *
 * Keys are obeyed at once, also while etcd does not answer. etcd is asked again an interval after its
 * last answer, for the keys of the queues, the values that have changed and the leases on the screen.
 */
class top_run {
public:
    explicit top_run(top_request request);

    /// \return the exit code.
    /// \throws failure
    int run();

private:
    asio::awaitable<void> flow();
    asio::awaitable<void> refresh();
    asio::awaitable<void> refresh_ttls();
    void print_once() const;

    void open_screen();
    void wait_for_keys();
    void wait_for_signal();
    void obey(top_command command);
    void draw(bool anew = false);
    void end(int code);

    const top_request request_;
    top_view view_;
    std::optional<screen> screen_;
    std::chrono::steady_clock::time_point look_at_;
    bool scrolled_ = false;  // other leases are on the screen now
    int code_ = 0;
    std::exception_ptr error_;

    asio::io_context io_{1};
    notification changed_;
    asio::posix::stream_descriptor keys_;
    asio::signal_set signals_;
    client client_;
};

}  // namespace leasehold::cli
