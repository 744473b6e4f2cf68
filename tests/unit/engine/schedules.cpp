// SPDX-License-Identifier: Apache-2.0
// Many clients, operators and faults in seeded random order; what docs/guarantees.md promises is checked at
// every step.
#define BOOST_TEST_MODULE engine schedules
#include "world.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

using namespace leasehold;
using namespace leasehold::test;
using memory::fault;
using memory::message;

namespace {

class player {
public:
    player(world& w, core::jitter& random)
        : w_{w}, random_{random}, client_{w.connect()}, own_{client_, "name", {.ttl = 4s}}
    {}

    void act()
    {
        switch (pick(10)) {
        case 0:
        case 1:
        case 2:
            if (!waiting_)
                waiting_ = w_.lock(own_);
            break;
        case 3:
            if (!attempt_)
                attempt_ = w_.try_lock(own_);
            break;
        case 4:
            if (!attempt_)
                attempt_ = w_.try_lock_for(own_, std::chrono::milliseconds{pick(3000)});
            break;
        case 5:
            if (waiting_ && !waiting_->done())
                waiting_->cancel();
            break;
        case 6:
        case 7:
            if (!held_.empty())
                held_.erase(held_.begin());
            break;
        case 8:
            if (!held_.empty())
                w_.unlock(held_.front());
            break;
        default:
            break;
        }
    }

    void collect()
    {
        if (waiting_ && waiting_->done()) {
            if (waiting_->ok())
                take(std::move(waiting_->value()));
            waiting_.reset();
        }
        if (attempt_ && attempt_->done()) {
            if (attempt_->ok() && attempt_->value())
                take(std::move(*attempt_->value()));
            attempt_.reset();
        }
    }

    int holds() const
    {
        return static_cast<int>(
            std::count_if(held_.begin(), held_.end(), [](const auto& h) { return h.held(); }));
    }

    fencing_token newest() const { return newest_; }
    int taken() const { return taken_; }
    bool idle() const { return !waiting_ && !attempt_; }
    void let_go() { held_.clear(); }

private:
    int pick(int n) { return static_cast<int>(random_.next() * n); }

    void take(held_lock h)
    {
        ++taken_;
        newest_ = std::max(newest_, h.token());
        held_.push_back(std::move(h));
    }

    world& w_;
    core::jitter& random_;
    client client_;
    mutex own_;
    std::optional<started<held_lock>> waiting_;
    std::optional<started<std::optional<held_lock>>> attempt_;
    std::vector<held_lock> held_;
    fencing_token newest_;
    int taken_ = 0;
};

fault random_fault(core::jitter& random)
{
    const auto after = std::chrono::milliseconds{static_cast<int>(random.next() * 2000)};
    switch (static_cast<int>(random.next() * 8)) {
    case 0:
        return fault::lose();
    case 1:
        return fault::fail(memory::connection_reset());
    case 2:
        return fault::fail({core::status_code::unavailable, "etcdserver: no leader"});
    case 3:
        return fault::fail({core::status_code::unknown, "etcdserver: too many requests"});
    case 4:
        return fault::late(after, memory::connection_reset());
    default:
        return fault::delay(after);
    }
}

int run_one(std::uint64_t seed, double trouble)
{
    core::jitter random{seed};
    int taken = 0;
    world w{{.seed = seed}};
    w.etcd.scheduler().at_random(seed);
    bool calm = false;
    w.etcd.on_message([&](const message&) {
        return !calm && random.next() < trouble ? random_fault(random) : fault::none();
    });
    {
        std::vector<std::unique_ptr<player>> players;
        for (int i = 0; i < 4; ++i)
            players.push_back(std::make_unique<player>(w, random));
        const auto look = [&] {
            int holders = 0;
            for (const auto& p : players) {
                p->collect();
                holders += p->holds();
            }
            BOOST_TEST_REQUIRE(holders <= 1, "two holders at once, seed " << seed);
        };
        for (int i = 0; i < 400; ++i) {
            const auto at = random.next();
            if (at < 0.8)
                players[static_cast<std::size_t>(random.next() * 4)]->act();
            else if (at < 0.8 + trouble / 10)
                random.next() < 0.5 ? w.etcd.stop(i % 3) : w.etcd.freeze(i % 3);
            else if (at < 0.85 + trouble / 5)
                w.etcd.start(i % 3);
            else if (at < 0.86 + trouble / 4 && trouble > 0 && w.keys("name/").size() > 1)
                // Of a waiter: nobody can keep an operator from giving away what somebody holds.
                random.next() < 0.5 ? w.etcd.remove(w.keys("name/").back().key)
                                    : w.etcd.expire(w.keys("name/").back().lease);
            const auto pause = random.next();
            const auto until =
                w.etcd.now() + std::chrono::milliseconds{static_cast<int>(pause * pause * pause * 800)};
            do {
                while (w.step())
                    look();
                look();
            } while (w.etcd.advance(until));
        }
        // When all is calm again, whoever waits gets the lock, once those before let go.
        calm = true;
        for (std::size_t m = 0; m < 3; ++m)
            w.etcd.start(m);
        for (int i = 0; i < 400; ++i) {
            w.run_for(100ms);
            look();
            for (const auto& p : players)
                p->let_go();
        }
        for (const auto& p : players) {
            BOOST_TEST(p->idle(), "somebody waits for ever, seed " << seed);
            taken += p->taken();
        }
        w.run_for(10s);
        BOOST_TEST(w.keys("name/").empty(), "keys are left, seed " << seed);
    }
    w.run_for(20s);
    BOOST_TEST(w.leases() == 0u, "leases are left, seed " << seed);
    return taken;
}

void run_many(double trouble)
{
    // For a search: LEASEHOLD_SEEDS=1000 from LEASEHOLD_SEED on.
    const auto* first = std::getenv("LEASEHOLD_SEED");
    const auto* count = std::getenv("LEASEHOLD_SEEDS");
    const auto begin = first != nullptr ? std::strtoull(first, nullptr, 10) : 1;
    const auto end = begin + (count != nullptr ? std::strtoull(count, nullptr, 10) : 25);
    int taken = 0;
    for (auto seed = begin; seed < end; ++seed)
        BOOST_TEST_CONTEXT("LEASEHOLD_SEED=" << seed)
    taken += run_one(seed, trouble);
    BOOST_TEST(taken > 0);
    BOOST_TEST_MESSAGE(taken << " locks taken");
}

}  // namespace

BOOST_AUTO_TEST_CASE(calm)
{
    run_many(0);
}

BOOST_AUTO_TEST_CASE(some_trouble)
{
    run_many(0.02);
}

BOOST_AUTO_TEST_CASE(much_trouble)
{
    run_many(0.2);
}
