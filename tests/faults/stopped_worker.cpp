// SPDX-License-Identifier: Apache-2.0
// stopped_worker ENDPOINT LOCK KEY TTL_MS: holds LOCK until it has been stopped (SIGSTOP) and continued; then
// tells what it sees, and tries a fenced write to KEY.
#include <leasehold/leasehold.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <utility>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

volatile std::sig_atomic_t continued = 0;

asio::awaitable<void> tick()
{
    asio::steady_timer timer{co_await asio::this_coro::executor, 1ms};
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

/// Not cancelled along with the body: what becomes of the request shall be seen.
asio::awaitable<std::string> write_fenced(const leasehold::client& c, const leasehold::transaction& write)
{
    auto token = asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable);
    leasehold::transaction_result result;
    try {
        result = co_await c.txn(write, std::move(token));
    } catch (const boost::system::system_error& e) {
        co_return e.what();
    }
    co_return result.succeeded ? "accepted" : "refused";
}

asio::awaitable<void> body(const leasehold::client& c, const std::string& key, leasehold::held_lock& held)
{
    const leasehold::transaction write{
        .when = {held.ownership()}, .then = {leasehold::put_request{key, "worker", 0}}, .otherwise = {}};
    co_await asio::this_coro::throw_if_cancelled(false);
    std::cout << "holding" << std::endl;
    while (continued == 0)
        co_await tick();
    std::cout << "held: " << std::boolalpha << held.held() << std::endl;
    const auto written = co_await write_fenced(c, write);
    std::cout << "write: " << written << std::endl;
    while ((co_await asio::this_coro::cancellation_state).cancelled() == asio::cancellation_type::none)
        co_await tick();
    std::cout << "cancelled" << std::endl;
}

asio::awaitable<void> work(leasehold::client c, std::string lock, std::string key,
                           std::chrono::milliseconds ttl)
{
    const leasehold::mutex m{c, lock, {.ttl = ttl}};
    try {
        auto hold = [&](leasehold::held_lock& held) { return body(c, key, held); };
        co_await leasehold::with_lock(m, hold);
        std::cout << "end: kept" << std::endl;
    } catch (const boost::system::system_error& e) {
        std::cout << "end: " << (e.code() == leasehold::errc::session_lost ? "lost" : e.what()) << std::endl;
    }
}

}  // namespace

int main(int, char** argv)
try {
    std::signal(SIGCONT, [](int) { continued = 1; });
    asio::io_context io;
    leasehold::client_options options;
    options.endpoints = {argv[1]};
    const leasehold::client c{io.get_executor(), options};
    asio::co_spawn(io, work(c, argv[2], argv[3], std::chrono::milliseconds{std::stoi(argv[4])}),
                   [](std::exception_ptr e) {
                       if (e)
                           std::rethrow_exception(e);
                   });
    io.run();
} catch (const std::exception& e) {
    std::cerr << "stopped_worker: " << e.what() << '\n';
    return 1;
}
