// SPDX-License-Identifier: Apache-2.0
#include "fault_pipe.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <utility>

namespace leasehold::test {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t held_limit = 1 << 20;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
/// Throttled bytes go in this many portions a second.
constexpr std::size_t portions = 50;

}  // namespace

fault_pipe::fault_pipe(socket& from, socket& to, const fault& now)
    : from_{from},
      to_{to},
      fault_{now},
      reader_{from.get_executor(), clock::time_point::max()},
      writer_{from.get_executor(), clock::time_point::max()}
{}

void fault_pipe::set(const fault& now)
{
    fault_ = now;
    writer_.cancel();
}

void fault_pipe::stop()
{
    stopped_ = true;
    reader_.cancel();
    writer_.cancel();
}

asio::awaitable<void> fault_pipe::read()
{
    while (!stopped_) {
        if (held_bytes_ >= held_limit) {
            reader_.expires_at(clock::time_point::max());
            co_await reader_.async_wait(as_result);
            continue;
        }
        auto next = co_await receive();
        const bool last = next.end != ending::none;
        held_bytes_ += next.bytes.size();
        held_.push_back(std::move(next));
        writer_.cancel();
        if (last)
            break;
    }
}

asio::awaitable<fault_pipe::chunk> fault_pipe::receive()
{
    chunk next;
    next.bytes.resize(16 * 1024);
    const auto buffer = asio::buffer(next.bytes);
    const auto [ec, n] = co_await from_.async_read_some(buffer, as_result);
    next.bytes.resize(n);
    next.arrived = clock::now();
    if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor)
        next.end = ending::unheard;  // closed on this side: whoever did that has told whom he wanted
    else if (ec)
        next.end = ec == asio::error::eof ? ending::closed : ending::reset;
    co_return next;
}

asio::awaitable<void> fault_pipe::write()
{
    while (!stopped_) {
        switch (fault_.what) {
        case fault::kind::blackhole:
            co_await wait_for_change(clock::time_point::max());
            break;
        case fault::kind::reset:
            reset_connection(to_);
            co_await wait_for_stop();
            break;
        case fault::kind::half_close:
            close_for_writing();
            co_await wait_for_stop();
            break;
        case fault::kind::pass:
            const auto at = next_delivery();
            if (clock::now() < at)
                co_await wait_for_change(at);
            else
                co_await deliver();
            break;
        }
    }
}

fault_pipe::clock::time_point fault_pipe::next_delivery() const
{
    if (held_.empty())
        return clock::time_point::max();
    return std::max(held_.front().arrived + fault_.delay, paced_until_);
}

asio::awaitable<void> fault_pipe::deliver()
{
    auto& next = held_.front();
    if (next.end != ending::none) {
        if (next.end == ending::reset)
            reset_connection(to_);
        else if (next.end == ending::closed)
            close_for_writing();
        stop();
        co_return;
    }
    auto size = next.bytes.size();
    if (const auto rate = fault_.bytes_per_second; rate != 0) {
        size = std::min(size, std::max<std::size_t>(1, rate / portions));
        paced_until_ = clock::now() + std::chrono::nanoseconds{1'000'000'000 * size / rate};
    }
    const auto portion = asio::buffer(next.bytes, size);
    const auto [ec, written] = co_await asio::async_write(to_, portion, as_result);
    if (ec) {  // the other direction's reader has the word of it, and passes it on
        stop();
        co_return;
    }
    held_bytes_ -= written;
    next.bytes.erase(0, written);
    if (next.bytes.empty())
        held_.pop_front();
    reader_.cancel();
}

asio::awaitable<void> fault_pipe::wait_for_change(clock::time_point by)
{
    writer_.expires_at(by);
    co_await writer_.async_wait(as_result);
}

asio::awaitable<void> fault_pipe::wait_for_stop()
{
    while (!stopped_)
        co_await wait_for_change(clock::time_point::max());
}

void fault_pipe::close_for_writing()
{
    error_code gone_already;
    to_.shutdown(socket::shutdown_send, gone_already);
}

void reset_connection(asio::ip::tcp::socket& s)
{
    error_code gone_already;
    s.set_option(asio::socket_base::linger{true, 0}, gone_already);
    s.close(gone_already);
}

}  // namespace leasehold::test
