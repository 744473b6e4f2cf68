// SPDX-License-Identifier: Apache-2.0
// config_update [--endpoints URL] [--name NAME] [--ttl S] [--timeout S] [--work S]
// Exit code 0: did its work; 75: somebody else held the lock all the time; 1: anything else.
#include <leasehold/leasehold.hpp>

#include <boost/asio.hpp>

#include <iostream>
#include <map>

namespace asio = boost::asio;
using std::chrono::milliseconds;

void say(const std::string& line)
{
    std::cout << line << std::endl;
}

asio::awaitable<void> write_config(leasehold::fencing_token token, milliseconds time)
{
    // A real program sends the token along, and its storage refuses a smaller one.
    say("acquired token=" + to_string(token));
    asio::steady_timer timer{co_await asio::this_coro::executor, time};
    co_await timer.async_wait(asio::use_awaitable);
}

// [update_config]
asio::awaitable<bool> update_config(leasehold::client client, std::string name, milliseconds ttl,
                                    milliseconds timeout, milliseconds work)
{
    leasehold::mutex mutex{client, "/my-app/locks/config-update", {.ttl = ttl, .value = name}};

    say("waiting for " + mutex.name());
    auto held = co_await mutex.try_lock_for(timeout, leasehold::with_diagnostics());
    if (!held)
        co_return false;

    // Works, then unlocks. Should the lock be lost meanwhile, the work is cancelled before anybody else can
    // have it.
    co_await leasehold::with_lock(*std::move(held), [&](leasehold::held_lock& lock) -> asio::awaitable<void> {
        co_await write_config(lock.token(), work);
    });
    say("released");
    co_return true;
}
// [/update_config]

int main(int argc, char** argv)
try {
    std::map<std::string, std::string> given{{"--endpoints", "127.0.0.1:2379"},
                                             {"--name", "app"},
                                             {"--ttl", "15"},
                                             {"--timeout", "10"},
                                             {"--work", "1"}};
    for (int i = 1; i + 1 < argc; i += 2)
        given.at(argv[i]) = argv[i + 1];
    const auto time = [&](const char* option) {
        return milliseconds{static_cast<int>(1000 * std::stod(given[option]))};
    };

    asio::io_context io;
    leasehold::client_options options{.endpoints = {given["--endpoints"]}};
    auto work = update_config({io.get_executor(), options}, given["--name"], time("--ttl"), time("--timeout"),
                              time("--work"));
    auto done = asio::co_spawn(io, std::move(work), asio::use_future);
    io.run();
    if (done.get())
        return 0;
    say("timed out after " + given["--timeout"] + " s");
    return 75;
} catch (const boost::system::system_error& e) {
    const bool lost = e.code() == leasehold::errc::session_lost || e.code() == leasehold::errc::key_deleted;
    say((lost ? "lost: " : "failed: ") + std::string{e.what()});
    return 1;
} catch (const std::exception& e) {
    say("failed: " + std::string{e.what()});
    return 1;
}
