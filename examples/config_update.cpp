// SPDX-License-Identifier: Apache-2.0
// config_update [--endpoints URL] [--name NAME] [--ttl S] [--timeout S] [--work S]
// Exit code 0: did its work; 75: somebody else held the lock all the time; 1: anything else.
#include <leasehold/leasehold.hpp>

#include <boost/asio.hpp>

#include <cmath>
#include <iostream>
#include <map>

namespace asio = boost::asio;
using namespace std::chrono_literals;

void say(const std::string& line)
{
    std::cout << line << std::endl;
}

asio::awaitable<void> write_config(leasehold::fencing_token token, std::chrono::milliseconds time)
{
    // A real program sends the token along, and its storage refuses a smaller one.
    say("acquired token=" + to_string(token));
    asio::steady_timer timer{co_await asio::this_coro::executor, time};
    co_await timer.async_wait(asio::use_awaitable);
}

struct settings {
    std::string name = "app";
    std::chrono::milliseconds ttl = 15s, timeout = 10s, work = 1s;
};

// [update_config]
asio::awaitable<bool> update_config(leasehold::client client, settings my)
{
    leasehold::mutex mutex{client, "/my-app/locks/config-update", {.ttl = my.ttl, .value = my.name}};

    say("waiting for " + mutex.name());
    auto held = co_await mutex.try_lock_for(my.timeout, leasehold::with_diagnostics());
    if (!held)
        co_return false;

    // Works, then unlocks. If the lock is lost meanwhile, the work is cancelled before somebody else can
    // have it, and this throws.
    co_await leasehold::with_lock(*std::move(held), [&](leasehold::held_lock& lock) -> asio::awaitable<void> {
        co_await write_config(lock.token(), my.work);
    });
    say("released");
    co_return true;
}
// [/update_config]

int main(int argc, char** argv)
try {
    std::map<std::string, std::string> given{{"--endpoints", "http://127.0.0.1:2379"}, {"--name", "app"}};
    for (int i = 1; i + 1 < argc; i += 2)
        given[argv[i]] = argv[i + 1];
    settings my{.name = given["--name"]};
    for (auto [option, target] : {std::pair{"--ttl", &my.ttl}, {"--timeout", &my.timeout}, {"--work", &my.work}})
        if (given.contains(option))
            *target = std::chrono::milliseconds{std::lround(std::stod(given[option]) * 1000)};

    asio::io_context io;
    bool done = false;
    leasehold::client_options options;
    options.endpoints = {given["--endpoints"]};
    asio::co_spawn(io, update_config({io.get_executor(), options}, my), [&](std::exception_ptr failure, bool result) {
        if (failure)
            std::rethrow_exception(failure);  // out of run()
        done = result;
    });
    io.run();
    if (!done)
        say("timed out after " + std::to_string(my.timeout / 1s) + " s");
    return done ? 0 : 75;
} catch (const boost::system::system_error& e) {
    const bool lost = e.code() == leasehold::errc::session_lost || e.code() == leasehold::errc::key_deleted;
    say((lost ? "lost: " : "failed: ") + std::string{e.what()});
    return 1;
} catch (const std::exception& e) {
    say("failed: " + std::string{e.what()});
    return 1;
}
