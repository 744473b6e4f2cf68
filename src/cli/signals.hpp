// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <csignal>
#include <functional>

namespace leasehold::cli {

/// A signal that was sent to this process.
struct signal_event {
    int number = 0;
    /// By the kernel, for a key such as Ctrl-C: every process of the terminal's foreground group got it.
    bool from_terminal = false;
};

/**
 * \brief Signals as events on the io_context (signalfd), and the signal state that children start with.
 *
 * HUP, INT, QUIT, TERM, USR1, USR2 and CHLD are blocked from the construction on, in threads that start later
 * as well, so construct it first of all. A signal that this process was started to ignore (`nohup`, `&` in a
 * script) stays ignored, here and in children.
 */
class signals {
public:
    using handler = std::function<void(signal_event)>;

    /// \throws std::system_error
    explicit signals(boost::asio::io_context& io);

    /// Calls the handler for every signal from now on, those included that arrived before. One at a time:
    /// it replaces the one before.
    void handle(handler h);
    /// Calls it now for what has arrived.
    void poll();
    /// From now on it is called by poll() alone, and the io_context may run out of work.
    void stop_waiting();

    /// In a forked child: the signal mask and dispositions that this process was started with.
    /// Async-signal-safe.
    void restore_in_child() const noexcept;

private:
    void wait();

    sigset_t mask_at_start_;
    sigset_t ignored_at_start_;
    boost::asio::posix::stream_descriptor descriptor_;
    handler handler_;
    bool waits_ = true;
};

}  // namespace leasehold::cli
