// SPDX-License-Identifier: Apache-2.0
// metrics [--endpoints URL] [--port N]
//     Workers take turns at the locks jobs/1 to jobs/3. How that goes is at http://127.0.0.1:N/metrics, for
//     Prometheus; what takes long is on standard error. docs/grafana.json draws it.
#include <leasehold/leasehold.hpp>
#include <leasehold/prometheus_observer.hpp>

#include <boost/asio.hpp>

#include <csignal>
#include <iostream>
#include <map>
#include <prometheus/exposer.h>
#include <prometheus/registry.h>

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> work(leasehold::mutex lock)
{
    asio::steady_timer job{lock.get_executor()};
    for (;;) {
        const auto held = co_await lock.lock(leasehold::with_diagnostics());
        job.expires_after(5ms);
        co_await job.async_wait(asio::use_awaitable);
    }
}

int main(int argc, char** argv)
try {
    std::map<std::string, std::string> given{{"--endpoints", "127.0.0.1:2379"}, {"--port", "9464"}};
    for (int i = 1; i + 1 < argc; i += 2)
        given.at(argv[i]) = argv[i + 1];

    // [observe]
    const auto registry = std::make_shared<prometheus::Registry>();
    leasehold::client_options options{.endpoints = {given["--endpoints"]}};
    options.observers.push_back(std::make_shared<leasehold::prometheus_observer>(
        registry, leasehold::prometheus_options{.locks = {"jobs/*"}}));
    options.observers.push_back(std::make_shared<leasehold::slow_lock_log>(
        [](std::string_view line) { std::cerr << line << '\n'; },
        leasehold::slow_lock_options{.slow_wait = 500ms, .long_hold = 1s}));
    prometheus::Exposer exposer{"127.0.0.1:" + given["--port"]};
    exposer.RegisterCollectable(registry);
    // [/observe]

    asio::io_context io;
    const leasehold::client client{io.get_executor(), options};
    std::exception_ptr failure;
    for (int i = 0; i < 9; ++i)
        asio::co_spawn(io, work({client, "jobs/" + std::to_string(1 + i % 3)}), [&](std::exception_ptr e) {
            failure = e;
            io.stop();
        });
    asio::signal_set stop{io, SIGINT, SIGTERM};
    stop.async_wait([&](auto, int) { io.stop(); });
    std::cout << "http://127.0.0.1:" << given["--port"] << "/metrics" << std::endl;
    io.run();
    if (failure)
        std::rethrow_exception(failure);
} catch (const std::exception& e) {
    std::cerr << "metrics: " << e.what() << '\n';
    return 1;
}
