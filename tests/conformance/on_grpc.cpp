// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE conformance of etcd over gRPC
#include "etcdctl.hpp"
#include "shared_etcd.hpp"
#include "subject.hpp"

#include <core/endpoint.hpp>
#include <rpc/grpc_transport.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

namespace {

struct talkative_etcd : leasehold::test::shared_etcd {
    talkative_etcd() : shared_etcd{{.extra_args = {"--experimental-watch-progress-notify-interval=100ms"}}} {}
};

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(talkative_etcd);

namespace leasehold::conformance {

namespace {

class grpc_subject final : public subject {
public:
    grpc_subject()
    {
        rpc::channel_config config;
        config.targets = {core::parse_endpoint(test::etcd_endpoint())};
        transport_ = rpc::make_grpc_transport(strand_, std::move(config));
        on_strand([this] {
            transport_->on_alarm([] {});
            transport_->on_link([this](std::size_t, rpc::link_state s, const std::string&) {
                ready_ = s == rpc::link_state::ready;
            });
            transport_->connect(0);
        });
        BOOST_TEST_REQUIRE(wait([this] { return ready_; }, 60s));
    }

    ~grpc_subject() override { transport_->shutdown(); }

    rpc::transport& transport() override { return *transport_; }

    void on_strand(std::function<void()> f) override
    {
        bool done = false;
        boost::asio::post(strand_, [&] {
            f();
            done = true;
        });
        wait([&done] { return done; }, 60s);
    }

    bool wait(const std::function<bool()>& condition, std::chrono::nanoseconds limit) override
    {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!condition())
            if (io_.run_one_until(end) == 0)
                return condition();
        return true;
    }

    void compact(revision at) override
    {
        const auto done = test::run_etcdctl(test::etcd_endpoint(), {"compact", std::to_string(at)});
        BOOST_TEST_REQUIRE(done.exit_code == 0, done.err);
    }

private:
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
    boost::asio::strand<boost::asio::any_io_executor> strand_{
        boost::asio::make_strand(boost::asio::any_io_executor{io_.get_executor()})};
    std::unique_ptr<rpc::transport> transport_;
    bool ready_ = false;
};

}  // namespace

std::unique_ptr<subject> make_subject()
{
    return std::make_unique<grpc_subject>();
}

}  // namespace leasehold::conformance
