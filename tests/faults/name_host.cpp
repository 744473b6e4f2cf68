// SPDX-License-Identifier: Apache-2.0
// name_host ENDPOINT DIRECTORY NAMES FIRST COUNT TTL: hosts FIRST to FIRST + COUNT - 1, each a client with a
// claim of one of so many names, whose value it changes now and then while it owns it. Prints "ready" once
// SIGUSR1 makes it leave the values alone.
#include <leasehold/leasehold.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <list>
#include <random>
#include <string>
#include <unistd.h>
#include <utility>

namespace asio = boost::asio;

namespace {

struct host {
    std::string who;
    leasehold::claim held;
};

asio::awaitable<void> change_values(asio::io_context& io, host& h, const bool& quiet)
{
    std::mt19937 random{std::random_device{}()};
    asio::steady_timer pause{io};
    int last = 0;
    while (!quiet) {
        pause.expires_after(std::chrono::milliseconds{50 + random() % 400});
        co_await pause.async_wait(asio::use_awaitable);
        if (!h.held.owned() || quiet)
            continue;
        auto value = h.who + "#" + std::to_string(++last);
        co_await h.held.set_value(std::move(value), asio::as_tuple(asio::use_awaitable));
    }
}

}  // namespace

int main(int, char** argv)
try {
    asio::io_context io;
    bool quiet = false;
    asio::signal_set told{io, SIGUSR1};
    told.async_wait([&](leasehold::error_code, int) { quiet = true; });
    std::cout << "ready" << std::endl;

    leasehold::client_options where;
    where.endpoints = {argv[1]};
    leasehold::locker_options options;
    options.directory = argv[2];
    options.ttl = std::chrono::seconds{std::stoi(argv[6])};
    const int names = std::stoi(argv[3]);
    const int first = std::stoi(argv[4]);
    std::list<host> hosts;
    for (int i = first; i < first + std::stoi(argv[5]); ++i) {
        const leasehold::locker locker{{io.get_executor(), where}, options};
        auto& h = hosts.emplace_back();
        h.who = "host-" + std::to_string(i) + "." + std::to_string(::getpid());
        h.held = locker.claim("name-" + std::to_string(i % names), h.who);
        asio::co_spawn(io, change_values(io, h, quiet), [](std::exception_ptr e) {
            if (e)
                std::rethrow_exception(e);
        });
    }
    const auto keep_running = asio::make_work_guard(io);
    io.run();
} catch (const std::exception& e) {
    std::cerr << "name_host: " << e.what() << '\n';
    return 1;
}
