// SPDX-License-Identifier: Apache-2.0
#include "fault_proxy.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <thread>

BOOST_AUTO_TEST_SUITE(support_fault_proxy)

using namespace leasehold::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using clock_type = std::chrono::steady_clock;

namespace {

/// A server that accepts through the proxy, and a client that connects to it; all blocking.
struct world {
    asio::io_context io;
    tcp::acceptor listener{io, {asio::ip::address_v4::loopback(), 0}};
    std::optional<fault_proxy> proxy{std::in_place, listener.local_endpoint().port()};

    struct pair {
        tcp::socket client;
        tcp::socket server;
    };

    tcp::socket connect()
    {
        tcp::socket client{io};
        client.connect({asio::ip::address_v4::loopback(), proxy->port()});
        return client;
    }

    pair open()
    {
        auto client = connect();
        return {std::move(client), listener.accept()};
    }
};

void send(tcp::socket& to, const std::string& text)
{
    asio::write(to, asio::buffer(text));
}

std::string receive(tcp::socket& from, std::size_t size)
{
    std::string text(size, '\0');
    asio::read(from, asio::buffer(text));
    return text;
}

error_code how_it_ends(tcp::socket& s)
{
    char c = 0;
    error_code ec;
    s.read_some(asio::buffer(&c, 1), ec);
    return ec;
}

/// What has arrived after the proxy's thread has come round once more.
std::size_t arrived(world& w, tcp::socket& at)
{
    w.proxy->connections();
    return at.available();
}

}  // namespace

BOOST_AUTO_TEST_CASE(bytes_and_their_end_pass_both_ways)
{
    world w;
    auto [client, server] = w.open();
    send(client, "question");
    BOOST_TEST(receive(server, 8) == "question");
    send(server, "answer");
    BOOST_TEST(receive(client, 6) == "answer");
    client.shutdown(tcp::socket::shutdown_send);
    BOOST_TEST(how_it_ends(server) == asio::error::eof);
    send(server, "last");
    BOOST_TEST(receive(client, 4) == "last");
}

BOOST_AUTO_TEST_CASE(a_reset_by_either_end_reaches_the_other)
{
    world w;
    auto [client, server] = w.open();
    reset_connection(client);
    BOOST_TEST(how_it_ends(server) == asio::error::connection_reset);
}

BOOST_AUTO_TEST_CASE(more_than_the_buffers_hold_gets_through)
{
    world w;
    auto [client, server] = w.open();
    const std::string much(8 << 20, 'x');
    auto sender = std::async(std::launch::async, [&c = client, &much] { send(c, much); });
    BOOST_TEST((receive(server, much.size()) == much));
    sender.get();
}

BOOST_AUTO_TEST_CASE(a_blackhole_holds_one_direction_and_delivers_after_healing)
{
    world w;
    auto [client, server] = w.open();
    w.proxy->set(direction::to_client, fault::blackhole());
    send(server, "held");
    send(client, "through");
    BOOST_TEST(receive(server, 7) == "through");
    BOOST_TEST(arrived(w, client) == 0u);
    w.proxy->heal();
    BOOST_TEST(receive(client, 4) == "held");
}

BOOST_AUTO_TEST_CASE(a_cut_reaches_new_connections_too_and_hides_the_end_of_old_ones)
{
    world w;
    auto old = w.open();
    w.proxy->cut();
    auto fresh = w.open();
    send(fresh.client, "hello");
    old.client.close();
    BOOST_TEST(arrived(w, fresh.server) == 0u);
    old.server.non_blocking(true);
    BOOST_TEST(how_it_ends(old.server) == asio::error::would_block);
    old.server.non_blocking(false);
    w.proxy->heal();
    BOOST_TEST(receive(fresh.server, 5) == "hello");
    BOOST_TEST(how_it_ends(old.server) == asio::error::eof);
}

BOOST_AUTO_TEST_CASE(a_delayed_byte_comes_no_earlier_and_the_other_direction_at_once)
{
    world w;
    auto [client, server] = w.open();
    w.proxy->set(direction::to_client, fault::delayed(120ms));
    const auto before = clock_type::now();
    send(server, "late");
    send(client, "prompt");
    BOOST_TEST(receive(server, 6) == "prompt");
    BOOST_TEST(receive(client, 4) == "late");
    BOOST_TEST((clock_type::now() - before >= 120ms));
}

BOOST_AUTO_TEST_CASE(a_throttled_direction_is_no_faster_than_asked)
{
    world w;
    auto [client, server] = w.open();
    w.proxy->set(direction::to_server, fault::throttled(20'000));
    const auto before = clock_type::now();
    send(client, std::string(4'000, 'x'));
    receive(server, 4'000);
    // 200 ms for all of it; the last portion, of 400 bytes, is not waited for after it has gone.
    BOOST_TEST((clock_type::now() - before >= 180ms));
}

BOOST_AUTO_TEST_CASE(a_reset_of_one_direction_is_a_rst_there_and_silence_here)
{
    world w;
    auto [client, server] = w.open();
    w.proxy->set(direction::to_client, fault::reset());
    BOOST_TEST(how_it_ends(client) == asio::error::connection_reset);
    w.proxy->connections();
    server.non_blocking(true);
    BOOST_TEST(how_it_ends(server) == asio::error::would_block);
    // New ones too, as long as it is set.
    auto next = w.connect();
    BOOST_TEST(how_it_ends(next) == asio::error::connection_reset);
}

BOOST_AUTO_TEST_CASE(a_half_close_ends_one_direction_only)
{
    world w;
    auto [client, server] = w.open();
    w.proxy->set(direction::to_server, fault::half_close());
    BOOST_TEST(how_it_ends(server) == asio::error::eof);
    send(server, "still");
    BOOST_TEST(receive(client, 5) == "still");
}

BOOST_AUTO_TEST_CASE(connections_reset_once_may_come_again)
{
    world w;
    auto [client, server] = w.open();
    send(client, "x");
    receive(server, 1);
    w.proxy->reset_connections();
    BOOST_TEST(how_it_ends(client) == asio::error::connection_reset);
    BOOST_TEST(how_it_ends(server) == asio::error::connection_reset);
    auto again = w.open();
    send(again.client, "y");
    BOOST_TEST(receive(again.server, 1) == "y");
    BOOST_TEST(w.proxy->connections() == 1u);
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_listen_resets_the_client)
{
    world w;
    w.listener.close();
    auto client = w.connect();
    BOOST_TEST(how_it_ends(client) == asio::error::connection_reset);
}

BOOST_AUTO_TEST_CASE(a_fault_may_concern_one_client_alone)
{
    world w;
    // The first that connects is client 1, the others are 2; neither is known at the first look.
    std::atomic<int> looks{0};
    std::uint16_t first = 0;
    w.proxy.emplace(w.listener.local_endpoint().port(),
                    [&](std::uint16_t port, std::uint16_t) -> std::optional<int> {
                        if (looks++ == 0)
                            return std::nullopt;
                        if (first == 0)
                            first = port;
                        return port == first ? 1 : 2;
                    });
    const auto open = [&](std::size_t others) {
        auto opened = w.open();
        while (w.proxy->connections() == others)  // who it is is found out behind the server's back
            std::this_thread::yield();
        return opened;
    };
    auto one = open(0);
    auto two = open(1);
    w.proxy->set(1, direction::to_server, fault::blackhole());
    send(one.client, "held");
    send(two.client, "through");
    BOOST_TEST(receive(two.server, 7) == "through");
    BOOST_TEST(arrived(w, one.server) == 0u);
    w.proxy->heal();
    BOOST_TEST(receive(one.server, 4) == "held");
}

BOOST_AUTO_TEST_CASE(a_proxy_goes_with_connections_open_and_bytes_held)
{
    world w;
    auto [client, server] = w.open();
    w.proxy->cut();
    send(client, "held");
    w.proxy.reset();
    BOOST_TEST(how_it_ends(server).failed());
}

BOOST_AUTO_TEST_SUITE_END()
