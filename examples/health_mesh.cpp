// SPDX-License-Identifier: Apache-2.0
// health_mesh --name NAME [--needs NAME,NAME...] [--cascade yes] [--endpoints URL] [--ttl S]
//
// A service that answers calls, publishes its address under its name, and calls the services that it needs,
// as long as they are there. With --cascade it withdraws its own name while one of them is missing, so that
// those who need it hear of it too; services that need each other must not all do that, or none of them
// begins.
#include <leasehold/leasehold.hpp>

#include <boost/asio.hpp>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

void say(const std::string& line)
{
    std::cout << line << std::endl;
}

void rethrow(std::exception_ptr failure)
{
    if (failure)
        std::rethrow_exception(failure);
}

std::string to_string(const tcp::endpoint& e)
{
    std::ostringstream text;
    text << e;
    return text.str();
}

tcp::endpoint to_endpoint(const std::string& address)
{
    const auto colon = address.rfind(':');
    return {asio::ip::make_address(address.substr(0, colon)),
            static_cast<unsigned short>(std::stoi(address.substr(colon + 1)))};
}

class service {
public:
    service(leasehold::locker names, std::string name, std::vector<std::string> needs, bool cascade)
        : names_{std::move(names)},
          name_{std::move(name)},
          cascade_{cascade},
          acceptor_{names_.get_executor(), tcp::endpoint{asio::ip::address_v4::loopback(), 0}}
    {
        for (const auto& need : needs)
            needs_[need] = {};
    }

    void start()
    {
        asio::co_spawn(names_.get_executor(), answer(), rethrow);
        for (const auto& [need, known] : needs_) {
            asio::co_spawn(names_.get_executor(), follow(need), rethrow);
            asio::co_spawn(names_.get_executor(), call(need), rethrow);
        }
        review();
    }

    asio::awaitable<void> stop()
    {
        if (own_)
            co_await own_->release();
    }

private:
    // [follow]
    /// Keeps the address of a service that we need.
    asio::awaitable<void> follow(std::string need)
    {
        auto changes = names_.watch(need);
        for (;;) {
            const auto state = co_await changes.next(leasehold::with_diagnostics());
            needs_[need] = {state.value, ""};
            say(need + (state.value ? " is at " + *state.value : " is missing"));
            review();
        }
    }

    /// Is in the mesh itself, unless something that it needs is missing and it is to pass that on.
    void review()
    {
        const auto missing =
            std::find_if(needs_.begin(), needs_.end(), [](const auto& need) { return !need.second.address; });
        const bool wanted = !cascade_ || missing == needs_.end();
        if (wanted && !own_) {
            own_ = names_.claim(name_, to_string(acceptor_.local_endpoint()));
            asio::co_spawn(names_.get_executor(), report(own_->ownership()), rethrow);
        } else if (!wanted && own_) {
            say("withdrawing: " + missing->first + " is missing");
            own_.reset();
        }
    }
    // [/follow]

    asio::awaitable<void> report(leasehold::ownership_watcher ownership)
    {
        for (;;) {
            const auto change = co_await ownership.next();
            if (change.owned)
                say("in the mesh");
            else if (change.why == leasehold::errc::not_held)
                co_return;
            else if (change.why)
                say("out of the mesh: " + change.text);
        }
    }

    /// Calls a service ten times a second while there is one, and nobody else's address.
    asio::awaitable<void> call(std::string need)
    {
        asio::steady_timer pause{names_.get_executor()};
        peer& callee = needs_[need];
        for (;;) {
            if (const auto address = callee.address) {
                auto attempt = call_once(to_endpoint(*address));
                const bool answered = co_await std::move(attempt);
                const std::string heard = answered ? " answers" : " does not answer";
                if (callee.address == address && std::exchange(callee.heard, heard) != heard)
                    say(need + heard);
            }
            pause.expires_after(100ms);
            co_await pause.async_wait(asio::use_awaitable);
        }
    }

    asio::awaitable<bool> call_once(tcp::endpoint address)
    {
        constexpr auto token = asio::as_tuple(asio::use_awaitable);
        const auto peer = std::make_shared<tcp::socket>(names_.get_executor());
        // Who does not answer in time does not answer.
        asio::steady_timer limit{names_.get_executor(), 500ms};
        limit.async_wait([peer](leasehold::error_code ec) {
            if (!ec)
                peer->close();
        });
        const auto connected = co_await peer->async_connect(address, token);
        if (std::get<0>(connected))
            co_return false;
        char hello = 0;
        const auto buffer = asio::buffer(&hello, 1);
        const auto heard = co_await peer->async_receive(buffer, token);
        co_return !std::get<0>(heard);
    }

    asio::awaitable<void> answer()
    {
        for (;;) {
            tcp::socket caller = co_await acceptor_.async_accept(asio::use_awaitable);
            const auto hello = asio::buffer("!", 1);
            co_await caller.async_send(hello, asio::as_tuple(asio::use_awaitable));
        }
    }

    struct peer {
        std::optional<std::string> address;
        std::string heard;  ///< from that address, last
    };

    leasehold::locker names_;
    std::string name_;
    bool cascade_;
    tcp::acceptor acceptor_;
    std::map<std::string, peer> needs_;
    std::optional<leasehold::claim> own_;
};

asio::awaitable<void> until_told_to_stop(asio::io_context& io, service& self)
{
    asio::signal_set signals{io, SIGINT, SIGTERM};
    co_await signals.async_wait(asio::use_awaitable);
    co_await self.stop();
    say("stopped");
    io.stop();
}

int main(int argc, char** argv)
try {
    std::map<std::string, std::string> given{{"--endpoints", "127.0.0.1:2379"},
                                             {"--name", ""},
                                             {"--needs", ""},
                                             {"--cascade", "no"},
                                             {"--ttl", "5"}};
    for (int i = 1; i + 1 < argc; i += 2)
        given.at(argv[i]) = argv[i + 1];

    asio::io_context io;
    leasehold::client_options where{.endpoints = {given["--endpoints"]}};
    leasehold::locker_options options{.directory = "mesh/",
                                      .ttl = std::chrono::seconds{std::stoi(given["--ttl"])}};
    leasehold::locker names{{io.get_executor(), where}, options};
    std::vector<std::string> needs;
    std::istringstream list{given["--needs"]};
    for (std::string need; std::getline(list, need, ',');)
        needs.push_back(need);

    service self{names, given["--name"], needs, given["--cascade"] == "yes"};
    self.start();
    asio::co_spawn(io, until_told_to_stop(io, self), rethrow);
    io.run();
} catch (const std::exception& e) {
    say("failed: " + std::string{e.what()});
    return 1;
}
