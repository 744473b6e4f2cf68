// SPDX-License-Identifier: Apache-2.0
// Many locks at once travel together, and nobody pays for another's failure.
#include "world.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(engine_batches)

using namespace leasehold;
using namespace leasehold::test;
using memory::call_kind;
using memory::direction;
using memory::fault;
using memory::message;

namespace {

/// Locks with one client, all asked for at once.
struct crowd {
    world& w;
    std::vector<mutex> locks;
    std::vector<started<held_lock>> asked;

    void ask(const session& s, int n, const std::string& name = "lock-")
    {
        for (int i = 0; i < n; ++i) {
            locks.emplace_back(s, name + std::to_string(locks.size()));
            asked.push_back(w.lock(locks.back()));
        }
    }

    bool all_done() const
    {
        return std::all_of(asked.begin(), asked.end(), [](const auto& a) { return a.done(); });
    }

    std::size_t granted() const
    {
        return static_cast<std::size_t>(
            std::count_if(asked.begin(), asked.end(), [](const auto& a) { return a.ok(); }));
    }
};

bool is_transaction(const message& m, direction d)
{
    return m.kind == call_kind::txn && m.direction == d;
}

/// Counts the requests with transactions.
class transactions {
public:
    explicit transactions(world& w)
    {
        w.etcd.on_message([this](const message& m) {
            if (is_transaction(m, direction::to_server))
                ++sent;
            return fault::none();
        });
    }
    int sent = 0;
};

}  // namespace

BOOST_AUTO_TEST_CASE(many_locks_take_few_requests)
{
    world w;
    const auto c = w.connect();
    const auto s = w.must_open(c);
    const transactions count{w};
    crowd all{w, {}, {}};
    all.ask(s, 1000);
    BOOST_TEST_REQUIRE(w.run_until([&] { return all.all_done(); }));
    BOOST_TEST(all.granted() == 1000u);
    BOOST_TEST(count.sent <= 20);

    std::vector<started<>> releases;
    for (auto& a : all.asked)
        releases.push_back(w.unlock(a.value()));
    BOOST_TEST(w.run_until(
        [&] { return std::all_of(releases.begin(), releases.end(), [](const auto& r) { return r.ok(); }); }));
    BOOST_TEST(count.sent <= 40);
    BOOST_TEST(w.keys().empty());
}

BOOST_AUTO_TEST_CASE(a_dead_lease_fails_its_own_locks_only)
{
    world w;
    const auto c = w.connect();
    const auto good = w.must_open(c);
    const auto dead = w.must_open(c);
    w.etcd.revoke(dead.lease());
    crowd all{w, {}, {}};
    all.ask(good, 20);
    all.ask(dead, 1);
    all.ask(good, 20);
    BOOST_TEST_REQUIRE(w.run_until([&] { return all.all_done(); }));
    BOOST_TEST(all.granted() == 40u);
    BOOST_TEST((all.asked[20].ec() == errc::session_lost), all.asked[20].text());
}

BOOST_AUTO_TEST_CASE(a_lost_answer_costs_nobody_the_lock)
{
    for (const auto what : {direction::to_server, direction::to_client}) {
        world w;
        const auto c = w.connect();
        const auto s = w.must_open(c);
        int lost = 0;
        w.etcd.on_message([&](const message& m) {
            return is_transaction(m, what) && ++lost <= 2 ? fault::lose() : fault::none();
        });
        crowd all{w, {}, {}};
        all.ask(s, 50);
        BOOST_TEST_REQUIRE(w.run_until([&] { return all.all_done(); }));
        BOOST_TEST(all.granted() == 50u);
        std::set<std::string> keys;
        for (const auto& kv : w.keys())
            keys.insert(kv.key);
        BOOST_TEST(keys.size() == 50u);
    }
}

BOOST_AUTO_TEST_CASE(an_overloaded_server_is_asked_again)
{
    world w;
    const auto c = w.connect();
    const auto s = w.must_open(c);
    int refused = 0;
    w.etcd.on_message([&](const message& m) {
        return is_transaction(m, direction::to_server) && ++refused <= 5
                   ? fault::fail({core::status_code::unknown, "etcdserver: too many requests"})
                   : fault::none();
    });
    crowd all{w, {}, {}};
    all.ask(s, 50);
    BOOST_TEST_REQUIRE(w.run_until([&] { return all.all_done(); }));
    BOOST_TEST(all.granted() == 50u);
}

BOOST_AUTO_TEST_CASE(one_member_cancelled_is_no_concern_of_the_others)
{
    world w;
    const auto c = w.connect();
    const auto s = w.must_open(c);
    crowd all{w, {}, {}};
    all.ask(s, 30);
    w.poll();
    all.asked[7].cancel();
    BOOST_TEST_REQUIRE(w.run_until([&] { return all.all_done(); }));
    BOOST_TEST(all.granted() == 29u);
    BOOST_TEST(all.asked[7].aborted());
    w.settle();
    BOOST_TEST(w.keys("lock-7/").empty());
    BOOST_TEST(w.keys().size() == 29u);
}

BOOST_AUTO_TEST_CASE(two_sessions_of_one_client_get_an_order)
{
    world w;
    const auto c = w.connect();
    const auto first = w.must_open(c);
    const auto second = w.must_open(c);
    crowd all{w, {}, {}};
    all.ask(first, 10, "a");
    const mutex one{first, "shared"};
    const mutex other{second, "shared"};
    auto a = w.lock(one);
    auto b = w.lock(other);
    MUST(w, a);
    w.settle();
    BOOST_TEST(!b.done());
    const auto queue = w.keys("shared/");
    BOOST_TEST_REQUIRE(queue.size() == 2u);
    BOOST_TEST(queue[0].create_revision < queue[1].create_revision);
    auto released = w.unlock(a.value());
    MUST(w, released);
    MUST(w, b);
}

BOOST_AUTO_TEST_CASE(a_queue_inside_another_gets_an_order_too)
{
    world w;
    const auto c = w.connect();
    const auto s = w.must_open(c);
    crowd all{w, {}, {}};
    all.ask(s, 5);
    const mutex inner{s, "dir/inner"};
    const mutex outer{s, "dir"};
    auto a = w.lock(inner);
    auto b = w.lock(outer);
    MUST(w, a);
    w.settle();
    const auto queue = w.keys("dir/");
    BOOST_TEST_REQUIRE(queue.size() == 2u);
    BOOST_TEST(queue[0].create_revision < queue[1].create_revision);
    // The outer lock's queue is every key under its name.
    BOOST_TEST(!b.done());
    auto released = w.unlock(a.value());
    MUST(w, released);
    MUST(w, b);
}

BOOST_AUTO_TEST_CASE(the_client_may_go_with_batches_on_their_way)
{
    world w;
    crowd all{w, {}, {}};
    {
        const auto c = w.connect();
        const auto s = w.must_open(c);
        all.ask(s, 200);
        w.poll();
    }
    all.locks.clear();
    BOOST_TEST_REQUIRE(w.run_until([&] { return all.all_done(); }));
    all.asked.clear();
    w.run_for(60s);
    BOOST_TEST(w.keys().empty());
}

BOOST_AUTO_TEST_SUITE_END()
