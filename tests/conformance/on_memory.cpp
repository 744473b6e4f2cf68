// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE conformance of the etcd in memory
#include "subject.hpp"

#include <memory/etcd.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

namespace leasehold::conformance {

namespace {

class memory_subject final : public subject {
public:
    memory_subject()
    {
        on_strand([this] {
            transport_->on_alarm([] {});
            transport_->on_link([this](std::size_t, rpc::link_state s, const std::string&) {
                ready_ = s == rpc::link_state::ready;
            });
            transport_->connect(0);
        });
        BOOST_TEST_REQUIRE(wait([this] { return ready_; }, 10s));
    }

    rpc::transport& transport() override { return *transport_; }

    void on_strand(std::function<void()> f) override
    {
        boost::asio::post(strand_, std::move(f));
        poll();
    }

    bool wait(const std::function<bool()>& condition, std::chrono::nanoseconds limit) override
    {
        const auto end = etcd_.now() + limit;
        while (true) {
            poll();
            if (condition())
                return true;
            if (!etcd_.step() && !etcd_.advance(end))
                return false;
        }
    }

    void compact(revision at) override { etcd_.compact(at); }

private:
    void poll()
    {
        io_.restart();
        io_.poll();
    }

    memory::etcd etcd_{{.members = 1, .progress_interval = 100ms}};
    boost::asio::io_context io_;
    memory::etcd::strand strand_{boost::asio::make_strand(boost::asio::any_io_executor{io_.get_executor()})};
    std::unique_ptr<rpc::transport> transport_{etcd_.connect(strand_)};
    bool ready_ = false;
};

}  // namespace

std::unique_ptr<subject> make_subject()
{
    return std::make_unique<memory_subject>();
}

}  // namespace leasehold::conformance
