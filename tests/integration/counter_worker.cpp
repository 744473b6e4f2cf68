// SPDX-License-Identifier: Apache-2.0
// counter_worker ENDPOINT LOCK FILE ROUNDS: adds one to the number in FILE, under the lock, so many times.
#include <leasehold/leasehold.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <fstream>
#include <iostream>
#include <string>

namespace asio = boost::asio;

static asio::awaitable<void> count(leasehold::client c, std::string name, std::string file, int rounds)
{
    const leasehold::mutex m{c, name};
    for (int i = 0; i < rounds; ++i) {
        auto held = co_await m.lock(leasehold::with_diagnostics());
        int n = 0;
        std::ifstream{file} >> n;
        std::ofstream{file, std::ios::trunc} << n + 1 << '\n';
        co_await held.unlock();
    }
}

int main(int, char** argv)
try {
    asio::io_context io;
    leasehold::client_options options;
    options.endpoints = {argv[1]};
    const leasehold::client c{io.get_executor(), options};
    asio::co_spawn(io, count(c, argv[2], argv[3], std::stoi(argv[4])), [](std::exception_ptr e) {
        if (e)
            std::rethrow_exception(e);
    });
    io.run();
} catch (const std::exception& e) {
    std::cerr << "counter_worker: " << e.what() << '\n';
    return 1;
}
