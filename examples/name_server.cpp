// SPDX-License-Identifier: Apache-2.0
// name_server publish --name NAME --address ADDRESS [--endpoints URL] [--ttl S]
//     A host: publishes its address under the name, or waits until those before it have gone.
// name_server resolve [--name NAME] [--prefix PREFIX] [--endpoints URL]
//     Follows the addresses of a name, or of all names that begin with the prefix.
#include <leasehold/leasehold.hpp>

#include <boost/asio.hpp>

#include <csignal>
#include <iostream>
#include <map>

namespace asio = boost::asio;

void say(const std::string& line)
{
    std::cout << line << std::endl;
}

// [publish]
asio::awaitable<void> follow(leasehold::ownership_watcher ownership)
{
    for (;;) {
        const auto change = co_await ownership.next();
        if (change.owned)
            say("publishing, token=" + to_string(change.token));
        else if (change.why == leasehold::errc::not_held)
            co_return;
        else
            say(change.why ? "trying again: " + change.text : "waiting");
    }
}

asio::awaitable<void> publish(leasehold::locker names, std::string name, std::string address)
{
    auto claim = names.claim(std::move(name), std::move(address));
    asio::co_spawn(names.get_executor(), follow(claim.ownership()), asio::detached);

    asio::signal_set stop{names.get_executor(), SIGINT, SIGTERM};
    co_await stop.async_wait(asio::use_awaitable);
    co_await claim.release();  // whoever comes next need not wait for the time to live
    say("released");
}
// [/publish]

// [resolve]
asio::awaitable<void> resolve(leasehold::name_watcher changes)
{
    for (;;) {
        const auto state = co_await changes.next(leasehold::with_diagnostics());
        say(state.name + (state.value ? " is at " + *state.value : " is nowhere"));
    }
}
// [/resolve]

int main(int argc, char** argv)
try {
    std::map<std::string, std::string> given{{"--endpoints", "127.0.0.1:2379"},
                                             {"--name", ""},
                                             {"--prefix", ""},
                                             {"--address", ""},
                                             {"--ttl", "5"}};
    for (int i = 2; i + 1 < argc; i += 2)
        given.at(argv[i]) = argv[i + 1];
    const std::string role = argc > 1 ? argv[1] : "";

    asio::io_context io;
    leasehold::client_options where{.endpoints = {given["--endpoints"]}};
    leasehold::locker_options options{.ttl = std::chrono::seconds{std::stoi(given["--ttl"])}};
    leasehold::locker names{{io.get_executor(), where}, options};

    asio::awaitable<void> work;
    if (role == "publish")
        work = publish(names, given["--name"], given["--address"]);
    else if (role == "resolve" && !given["--name"].empty())
        work = resolve(names.watch(given["--name"]));
    else if (role == "resolve")
        work = resolve(names.watch_prefix(given["--prefix"]));
    else
        throw std::invalid_argument{"publish or resolve?"};
    asio::co_spawn(io, std::move(work), [](std::exception_ptr failure) {
        if (failure)
            std::rethrow_exception(failure);
    });
    io.run();
    return 0;
} catch (const std::exception& e) {
    say("failed: " + std::string{e.what()});
    return 1;
}
