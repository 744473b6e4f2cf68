// SPDX-License-Identifier: Apache-2.0
// One direction of a proxied connection, and what goes wrong with it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>

namespace leasehold::test {

/// What happens to the bytes of one direction.
struct fault {
    enum class kind {
        pass,
        /// Nothing arrives any more. What is sent is held back, up to a buffer's size and then in the
        /// sender's own kernel, and arrives once the fault is lifted: as across a network that was cut for a
        /// while, where TCP sends again what was not acknowledged.
        blackhole,
        /// The end that the direction leads to gets a RST; the other end gets no word of it.
        reset,
        /// The end that the direction leads to reads the end of the stream; the other direction goes on.
        half_close,
    };

    kind what = kind::pass;
    std::chrono::milliseconds delay{0};  ///< of each byte, with any `what` that lets bytes through
    std::size_t bytes_per_second = 0;    ///< 0: as fast as it goes

    static fault pass() { return {}; }
    static fault blackhole() { return {.what = kind::blackhole, .delay = {}, .bytes_per_second = 0}; }
    static fault reset() { return {.what = kind::reset, .delay = {}, .bytes_per_second = 0}; }
    static fault half_close() { return {.what = kind::half_close, .delay = {}, .bytes_per_second = 0}; }
    static fault delayed(std::chrono::milliseconds by)
    {
        return {.what = kind::pass, .delay = by, .bytes_per_second = 0};
    }
    static fault throttled(std::size_t bytes_per_second)
    {
        return {.what = kind::pass, .delay = {}, .bytes_per_second = bytes_per_second};
    }
};

/// Carries bytes from one socket to another under a \ref fault. Confined to one thread.
class fault_pipe {
public:
    using socket = boost::asio::ip::tcp::socket;

    /// The sockets outlive the pipe's coroutines.
    fault_pipe(socket& from, socket& to, const fault& now);

    /// Takes effect on everything that has not been delivered yet.
    void set(const fault& now);

    /// The two halves of the work; they end with the stream or with the socket that they use.
    boost::asio::awaitable<void> read();
    boost::asio::awaitable<void> write();

private:
    using clock = std::chrono::steady_clock;

    /// How the stream ended, after everything that came before it.
    enum class ending { none, closed, reset, unheard };

    struct chunk {
        clock::time_point arrived;
        std::string bytes;
        ending end = ending::none;
    };

    void stop();
    boost::asio::awaitable<chunk> receive();
    boost::asio::awaitable<void> deliver();
    boost::asio::awaitable<void> wait_for_change(clock::time_point by);
    boost::asio::awaitable<void> wait_for_stop();
    clock::time_point next_delivery() const;
    void close_for_writing();

    socket& from_;
    socket& to_;
    fault fault_;
    std::deque<chunk> held_;
    std::size_t held_bytes_ = 0;
    clock::time_point paced_until_{};
    bool stopped_ = false;
    // A condition variable for each half: expires at what it waits for, is cancelled at every change.
    boost::asio::steady_timer reader_;
    boost::asio::steady_timer writer_;
};

/// Closes a socket with a RST.
void reset_connection(boost::asio::ip::tcp::socket& s);

}  // namespace leasehold::test
