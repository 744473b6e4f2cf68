// SPDX-License-Identifier: Apache-2.0
// Clients that go, and execution contexts that end, while operations are pending and gRPC delivers.
#include "coroutine.hpp"
#include "shared_etcd.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

BOOST_AUTO_TEST_SUITE(race_lifetime, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

constexpr std::size_t threads = 4;

/// Starts locks on few names until it has been told so often that one ended.
class flood {
public:
    flood(client c, std::string prefix, int more)
        : client_{std::move(c)}, prefix_{std::move(prefix)}, more_{more}
    {}

    static void start(const std::shared_ptr<flood>& self)
    {
        const auto number = self->more_--;
        if (number <= 0)
            return;
        const mutex m{self->client_, self->prefix_ + std::to_string(number % 5)};
        m.lock([self](error_code ec, held_lock held) {
            self->granted_ += !ec && held.held();
            ++self->ended_;
            start(self);
        });
    }

    int granted() const { return granted_; }
    int ended() const { return ended_; }

private:
    client client_;
    const std::string prefix_;
    std::atomic<int> more_;
    std::atomic<int> granted_{0};
    std::atomic<int> ended_{0};
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_last_handle_may_go_on_any_thread)
{
    asio::io_context io;
    std::atomic<int> granted{0};
    for (int i = 0; i < 20; ++i) {
        auto c = std::make_shared<client>(io.get_executor(), at(etcd_endpoint()));
        for (int j = 0; j < 5; ++j)
            mutex{*c, "left-" + std::to_string(j)}.lock(
                [c, &granted](error_code ec, held_lock held) { granted += !ec && held.held(); });
    }
    run_to_end(io, threads);
    BOOST_TEST(granted == 100);
}

BOOST_AUTO_TEST_CASE(a_context_may_end_in_the_middle_of_everything)
{
    int granted = 0;
    for (int round = 0; round < 20; ++round) {
        asio::io_context io;
        std::vector<std::shared_ptr<flood>> floods;
        // What a context leaves behind when it ends so is there until its sessions expire.
        const auto prefix = "flooded-" + std::to_string(round) + "-";
        for (int i = 0; i < 3; ++i) {
            client c{io.get_executor(), at(etcd_endpoint())};
            floods.push_back(std::make_shared<flood>(std::move(c), prefix, 1'000'000));
            for (int j = 0; j < 10; ++j)
                flood::start(floods.back());
        }
        std::vector<std::jthread> runners;
        for (std::size_t i = 0; i < threads; ++i)
            runners.emplace_back([&io] { io.run(); });
        while (floods.back()->ended() < 10 * round)
            std::this_thread::yield();
        io.stop();
        runners.clear();
        for (const auto& f : floods)
            granted += f->granted();
    }
    BOOST_TEST(granted > 0);
}

BOOST_AUTO_TEST_SUITE_END()
