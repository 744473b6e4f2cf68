// SPDX-License-Identifier: Apache-2.0
// A stream's messages come in order and its end last, whatever a handler does: end the stream, shut the
// transport down, throw.
#include <rpc/grpc_transport.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <etcd_api/rpc.grpc.pb.h>
#include <functional>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(rpc_streams)

namespace asio = boost::asio;
using namespace leasehold;
using namespace std::chrono_literals;

namespace {

constexpr int count = 100;  // more than are read ahead

/// Sends numbered messages, and ends the stream when the client ends its half of it.
class numbers final : public etcdserverpb::Watch::Service {
    grpc::Status Watch(
        grpc::ServerContext*,
        grpc::ServerReaderWriter<etcdserverpb::WatchResponse, etcdserverpb::WatchRequest>* s) override
    {
        for (int i = 0; i < count; ++i) {
            etcdserverpb::WatchResponse r;
            r.set_watch_id(i);
            s->Write(r);
        }
        return {grpc::StatusCode::UNAVAILABLE, "that was all"};
    }
};

class fixture {
public:
    fixture()
    {
        grpc::ServerBuilder builder;
        builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
        builder.RegisterService(&service_);
        server_ = builder.BuildAndStart();
        rpc::channel_config config;
        config.targets = {{"127.0.0.1:" + std::to_string(port_)}, {"127.0.0.1:1"}};
        transport = rpc::make_grpc_transport(strand_, config);
    }

    void open(std::size_t endpoint = 0)
    {
        asio::post(strand_, [this, endpoint] {
            rpc::stream_handler<core::watch_message> handler;
            handler.on_message = [this](core::watch_message m) {
                heard.push_back(static_cast<int>(m.id));
                on_message(heard.back());
            };
            handler.on_closed = [this](core::status s) {
                why = s.text;
                on_closed();
            };
            stream = transport->open_watch(endpoint, std::move(handler));
        });
    }

    /// Until it is true; a watchdog in place of a hang.
    void run_until(const std::function<bool()>& condition)
    {
        for (const auto end = std::chrono::steady_clock::now() + 120s; !condition();) {
            BOOST_TEST_REQUIRE((std::chrono::steady_clock::now() < end), "nothing comes");
            try {
                io_.restart();
                io_.run_one_for(1s);
            } catch (const std::runtime_error&) {
                ++thrown;
            }
        }
    }

    /// So many messages, from 0.
    static std::vector<int> first(int n)
    {
        std::vector<int> list(static_cast<std::size_t>(n));
        std::iota(list.begin(), list.end(), 0);
        return list;
    }

    std::function<void(int)> on_message = [](int) {};
    std::function<void()> on_closed = [] {};
    std::vector<int> heard;
    std::string why;
    int thrown = 0;

private:
    int port_ = 0;
    numbers service_;
    std::unique_ptr<grpc::Server> server_;
    asio::io_context io_;
    asio::strand<asio::any_io_executor> strand_ =
        asio::make_strand(asio::any_io_executor{io_.get_executor()});

public:
    std::unique_ptr<rpc::transport> transport;
    std::unique_ptr<rpc::watch_stream> stream;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(messages_come_in_order_and_then_the_end, fixture)
{
    open();
    run_until([this] { return !why.empty(); });
    BOOST_TEST(heard == first(count), boost::test_tools::per_element());
    BOOST_TEST(why == "that was all");
}

BOOST_FIXTURE_TEST_CASE(a_handler_may_end_its_stream, fixture)
{
    on_message = [this](int n) {
        if (n == 40)
            stream.reset();
    };
    open();
    run_until([this] { return heard.size() == 41; });
    // Whatever was on its way is not heard any more.
    transport->shutdown();
    BOOST_TEST(heard == first(41), boost::test_tools::per_element());
    BOOST_TEST(why == "");
}

BOOST_FIXTURE_TEST_CASE(a_handler_of_a_message_may_shut_down, fixture)
{
    for (const int when : {0, 31, 32, count - 1}) {
        fixture f;
        f.on_message = [&](int n) {
            if (n == when)
                f.transport->shutdown();
        };
        f.open();
        f.run_until([&] { return f.heard.size() == static_cast<std::size_t>(when) + 1; });
        BOOST_TEST(f.heard == first(when + 1), boost::test_tools::per_element());
        BOOST_TEST(f.why == "");
    }
}

BOOST_FIXTURE_TEST_CASE(the_handler_of_the_end_may_shut_down, fixture)
{
    bool down = false;
    on_closed = [&] {
        transport->shutdown();
        down = true;
    };
    open();
    run_until([&] { return down; });
    BOOST_TEST(heard.size() == static_cast<std::size_t>(count));
}

BOOST_FIXTURE_TEST_CASE(the_handler_of_the_end_of_a_stream_that_never_began_may_shut_down, fixture)
{
    bool down = false;
    on_closed = [&] {
        transport->shutdown();
        down = true;
    };
    open(1);
    run_until([&] { return down; });
    BOOST_TEST(heard.empty());
}

BOOST_FIXTURE_TEST_CASE(a_handler_that_throws_costs_no_other_message, fixture)
{
    on_message = [](int n) {
        if (n % 10 == 3)
            throw std::runtime_error{"no"};
    };
    open();
    run_until([this] { return !why.empty(); });
    BOOST_TEST(heard == first(count), boost::test_tools::per_element());
    BOOST_TEST(thrown == count / 10);
}

BOOST_AUTO_TEST_SUITE_END()
