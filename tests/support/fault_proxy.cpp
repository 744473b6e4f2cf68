// SPDX-License-Identifier: Apache-2.0
#include "fault_proxy.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <utility>

namespace leasehold::test {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

asio::ip::tcp::endpoint local(std::uint16_t port)
{
    return {asio::ip::address_v4::loopback(), port};
}

}  // namespace

struct fault_proxy::connection {
    tcp::socket client;
    tcp::socket server;
    int who = 0;
    fault_pipe to_server;
    fault_pipe to_client;

    explicit connection(tcp::socket accepted)
        : client{std::move(accepted)},
          server{client.get_executor()},
          to_server{client, server, fault::pass()},
          to_client{server, client, fault::pass()}
    {}
};

fault_proxy::fault_proxy(std::uint16_t server_port, classifier which_client)
    : acceptor_{io_, local(0)},
      port_{acceptor_.local_endpoint().port()},
      server_port_{server_port},
      which_client_{std::move(which_client)}
{
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread{[this] { io_.run(); }};
}

fault_proxy::~fault_proxy()
{
    io_.stop();
    thread_.join();
}

std::string fault_proxy::endpoint() const
{
    return "http://127.0.0.1:" + std::to_string(port_);
}

void fault_proxy::set(direction way, const fault& f)
{
    there([&] {
        for_all_.at(static_cast<std::size_t>(way)) = f;
        apply();
    });
}

void fault_proxy::set(int client, direction way, const fault& f)
{
    there([&] {
        for_one_[{client, way}] = f;
        apply();
    });
}

void fault_proxy::cut()
{
    there([&] {
        for_all_.fill(fault::blackhole());
        apply();
    });
}

void fault_proxy::heal()
{
    there([&] {
        for_all_.fill(fault::pass());
        for_one_.clear();
        apply();
    });
}

void fault_proxy::reset_connections()
{
    there([&] {
        for (const auto& c : live()) {
            reset_connection(c->client);
            reset_connection(c->server);
        }
    });
}

std::size_t fault_proxy::connections()
{
    std::size_t count = 0;
    there([&] { count = live().size(); });
    return count;
}

void fault_proxy::there(const std::function<void()>& action)
{
    asio::post(io_, asio::use_future(action)).get();
}

std::vector<std::shared_ptr<fault_proxy::connection>> fault_proxy::live()
{
    std::erase_if(connections_, [](const auto& c) { return c.expired(); });
    std::vector<std::shared_ptr<connection>> result;
    for (const auto& weak : connections_)
        result.push_back(weak.lock());
    return result;
}

fault fault_proxy::fault_for(int client, direction way) const
{
    const auto own = for_one_.find({client, way});
    return own != for_one_.end() ? own->second : for_all_.at(static_cast<std::size_t>(way));
}

void fault_proxy::apply()
{
    for (const auto& c : live()) {
        c->to_server.set(fault_for(c->who, direction::to_server));
        c->to_client.set(fault_for(c->who, direction::to_client));
    }
}

asio::awaitable<void> fault_proxy::accept()
{
    while (true) {
        auto [ec, accepted] = co_await acceptor_.async_accept(as_result);
        if (ec)  // of that one connection: it had gone again, or descriptors are short
            continue;
        auto c = std::make_shared<connection>(std::move(accepted));
        asio::co_spawn(io_, serve(std::move(c)), asio::detached);
    }
}

asio::awaitable<void> fault_proxy::serve(std::shared_ptr<connection> c)
{
    using namespace asio::experimental::awaitable_operators;
    const auto [refused] = co_await c->server.async_connect(local(server_port_), as_result);
    // Who it is takes a while to find out, and whoever meets a dead server comes again and again.
    bool welcome = !refused;
    if (welcome)
        welcome = co_await identify(*c);
    if (!welcome) {
        reset_connection(c->client);
        reset_connection(c->server);
        co_return;
    }
    for (auto* s : {&c->client, &c->server}) {
        error_code gone_already;
        s->set_option(tcp::no_delay{true}, gone_already);
    }
    connections_.push_back(c);
    apply();
    co_await (c->to_server.read() && c->to_server.write() && c->to_client.read() && c->to_client.write());
}

asio::awaitable<bool> fault_proxy::identify(connection& c)
{
    if (!which_client_)
        co_return true;
    asio::steady_timer pause{io_};
    for (int look = 0; look < 50; ++look) {
        error_code gone_already;
        const auto from = c.client.remote_endpoint(gone_already);
        if (gone_already)
            co_return false;
        if (const auto who = which_client_(from.port(), port_)) {
            c.who = *who;
            co_return true;
        }
        pause.expires_after(std::chrono::milliseconds{2});
        co_await pause.async_wait(as_result);
    }
    co_return false;
}

}  // namespace leasehold::test
