// SPDX-License-Identifier: Apache-2.0
// One fault, at every message in turn: with three members no single one may cost anybody anything but time.
#include "world.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

BOOST_AUTO_TEST_SUITE(engine_faults)

using namespace leasehold;
using namespace leasehold::test;
using memory::direction;
using memory::fault;
using memory::message;

namespace {

struct named_fault {
    const char* name;
    fault what;
    bool upwards;  ///< of a request, else of an answer
};

std::ostream& operator<<(std::ostream& out, const named_fault& f)
{
    return out << f.name;
}

core::status no_leader()
{
    return {core::status_code::unavailable, "etcdserver: no leader"};
}

core::status overloaded()
{
    return {core::status_code::unknown, "etcdserver: too many requests"};
}

const named_fault every_fault[] = {
    {"lost request", fault::lose(), true},
    {"lost answer", fault::lose(), false},
    {"connection reset before", fault::fail(memory::connection_reset()), true},
    {"connection reset after", fault::fail(memory::connection_reset()), false},
    {"no leader", fault::fail(no_leader()), true},
    {"too many requests", fault::fail(overloaded()), true},
    {"slow request", fault::delay(1s), true},
    {"slow answer", fault::delay(1s), false},
    {"effect 3 s later", fault::late(3s, memory::connection_reset()), true},
};

/// Runs `scenario(world)` with the fault at the first message, at the second, and so on to the last.
template <class Scenario>
void at_every_message(const named_fault& f, Scenario scenario)
{
    const auto where = f.upwards ? direction::to_server : direction::to_client;
    for (std::uint64_t n = 1;; ++n) {
        BOOST_REQUIRE(n < 1000);
        world w;
        std::uint64_t seen = 0;
        std::string hit = "nothing";
        w.etcd.on_message([&](const message& m) {
            if (m.direction != where || ++seen != n)
                return fault::none();
            hit = memory::to_string(m);
            return f.what;
        });
        BOOST_TEST_CONTEXT(f.name << " at message " << n)
        {
            scenario(w);
            w.run_for(40s);
            BOOST_TEST(w.keys("name/").empty(), f.name << " at " << hit);
            BOOST_TEST(w.leases() == 0u, f.name << " at " << hit);
        }
        if (seen < n)
            return;
    }
}

}  // namespace

BOOST_DATA_TEST_CASE(lock_and_unlock, every_fault)
{
    at_every_message(sample, [](world& w) {
        const auto c = w.connect();
        auto locked = w.lock(mutex{c, "name"});
        MUST(w, locked);
        BOOST_TEST(locked.value().held());
        w.run_for(1s);
        auto unlocked = w.unlock(locked.value());
        MUST(w, unlocked);
        BOOST_TEST(w.keys("name/").empty());
    });
}

BOOST_DATA_TEST_CASE(hand_over_to_another_client, every_fault)
{
    at_every_message(sample, [](world& w) {
        const auto a = w.connect();
        const auto b = w.connect();
        auto first = w.lock(mutex{a, "name"});
        MUST(w, first);
        auto second = w.lock(mutex{b, "name"});
        w.run_for(1s);
        BOOST_TEST(!second.done());
        auto unlocked = w.unlock(first.value());
        MUST(w, second);
        BOOST_TEST(second.value().held());
        BOOST_TEST(!first.value().held());
        BOOST_TEST(second.value().token() > first.value().token());
        MUST(w, unlocked);
    });
}

BOOST_DATA_TEST_CASE(hold_for_a_minute, every_fault)
{
    at_every_message(sample, [](world& w) {
        const auto c = w.connect();
        auto locked = w.lock(mutex{c, "name"});
        MUST(w, locked);
        auto lost = w.lost(locked.value());
        w.run_for(60s);
        BOOST_TEST(locked.value().held());
        BOOST_TEST(!lost.done());
        auto unlocked = w.unlock(locked.value());
        MUST(w, unlocked);
    });
}

BOOST_DATA_TEST_CASE(three_in_a_row, every_fault)
{
    at_every_message(sample, [](world& w) {
        const auto a = w.connect();
        const auto b = w.connect();
        const auto c = w.connect();
        auto first = w.lock(mutex{a, "name"});
        MUST(w, first);
        auto second = w.lock(mutex{b, "name"});
        w.run_for(1ms);
        auto third = w.lock(mutex{c, "name"});
        w.run_for(1s);
        first.value() = {};
        w.run_until([&] { return second.done() || third.done(); });
        auto& next = second.done() ? second : third;
        auto& last = second.done() ? third : second;
        MUST(w, next);
        BOOST_TEST(!last.done());
        next.value() = {};
        MUST(w, last);
        BOOST_TEST(last.value().token() > next.value().token());
    });
}

// The one in the middle leaves: the last one waits for the first one then.
BOOST_DATA_TEST_CASE(a_waiter_gives_up, every_fault)
{
    at_every_message(sample, [](world& w) {
        const auto a = w.connect();
        const auto b = w.connect();
        const auto c = w.connect();
        auto first = w.lock(mutex{a, "name"});
        MUST(w, first);
        auto second = w.lock(mutex{b, "name"});
        w.run_for(100ms);
        auto third = w.lock(mutex{c, "name"});
        w.run_for(100ms);
        second.cancel();
        w.run_for(10s);
        BOOST_TEST(second.aborted());
        BOOST_TEST(!third.done());
        BOOST_TEST(first.value().held());
        BOOST_TEST(w.keys("name/").size() == 2u);
        first.value() = {};
        MUST(w, third);
    });
}

BOOST_DATA_TEST_CASE(attempts, every_fault)
{
    at_every_message(sample, [](world& w) {
        const auto a = w.connect();
        const auto b = w.connect();
        auto first = w.try_lock(mutex{a, "name"});
        MUST(w, first);
        BOOST_TEST_REQUIRE(first.value().has_value());
        auto refused = w.try_lock(mutex{b, "name"});
        MUST(w, refused);
        BOOST_TEST(!refused.value().has_value());
        auto timed_out = w.try_lock_for(mutex{b, "name"}, 8s);
        MUST(w, timed_out);
        BOOST_TEST(!timed_out.value().has_value());
        BOOST_TEST(first.value()->held());
        w.run_for(10s);
        BOOST_TEST(w.keys("name/").size() == 1u);
    });
}

BOOST_DATA_TEST_CASE(sessions, every_fault)
{
    at_every_message(sample, [](world& w) {
        const auto c = w.connect();
        auto opened = w.open(c, 10s);
        MUST(w, opened);
        auto& s = opened.value();
        BOOST_TEST(s.alive());
        BOOST_TEST((s.ttl() == 10s));
        BOOST_TEST(w.leases() == 1u);
        w.run_for(30s);
        BOOST_TEST(s.alive());
        auto closed = w.close(s);
        MUST(w, closed);
        BOOST_TEST(w.leases() == 0u);
    });
}

BOOST_DATA_TEST_CASE(adoption, every_fault)
{
    at_every_message(sample, [](world& w) {
        const auto a = w.connect();
        auto opened = w.open(a, 30s);
        MUST(w, opened);
        const auto lease = opened.value().orphan();
        w.run_for(1s);
        const auto b = w.connect();
        auto adopted = w.adopt(b, lease);
        MUST(w, adopted);
        BOOST_TEST(adopted.value().lease() == lease);
        w.run_for(60s);
        BOOST_TEST(adopted.value().alive());
        BOOST_TEST(w.leases() == 1u);
    });
}

BOOST_DATA_TEST_CASE(watching, every_fault)
{
    at_every_message(sample, [](world& w) {
        const auto c = w.connect();
        auto changes = c.watch("watched/", {.prefix = true});
        auto ready = w.ready(changes);
        MUST(w, ready);
        for (int i = 0; i < 3; ++i) {
            for (int j = 0; j < 3; ++j)
                w.etcd.put("watched/" + std::to_string(j), std::to_string(i));
            w.run_for(2s);
        }
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j) {
                auto next = w.next(changes);
                MUST(w, next);
                BOOST_TEST(next.value().kv.key == "watched/" + std::to_string(j));
                BOOST_TEST(next.value().kv.value == std::to_string(i));
            }
    });
}

BOOST_DATA_TEST_CASE(claims_and_those_who_follow_them, every_fault)
{
    at_every_message(sample, [](world& w) {
        const auto a = w.connect();
        const auto b = w.connect();
        const auto c = w.connect();
        const locker_options options{.directory = "", .ttl = 15s};
        auto first = locker{a, options}.claim("name", "a");
        BOOST_TEST_REQUIRE(w.run_until([&] { return first.owned(); }));
        auto second = locker{b, options}.claim("name", "b");
        auto following = second.ownership();
        auto watching = locker{c, options}.watch("name");
        w.run_for(10s);
        auto seen = w.next(watching);
        MUST(w, seen);
        BOOST_TEST(seen.value().value.value() == "a");
        auto set = w.set_value(first, "another a");
        MUST(w, set);
        BOOST_TEST(set.value());
        BOOST_TEST(first.owned());
        BOOST_TEST(!second.owned());
        auto released = w.release(first);
        MUST(w, released);
        BOOST_TEST_REQUIRE(w.run_until([&] { return second.owned(); }));
        released = w.release(second);
        MUST(w, released);
        for (const auto* expected : {"another a", "b", "nobody"}) {
            seen = w.next(watching);
            MUST(w, seen);
            BOOST_TEST(seen.value().value.value_or("nobody") == expected);
        }
        for (const bool owned : {false, true, false}) {
            auto change = w.next(following);
            MUST(w, change);
            BOOST_TEST(change.value().owned == owned);
        }
    });
}

BOOST_DATA_TEST_CASE(listing, every_fault)
{
    at_every_message(sample, [](world& w) {
        const auto c = w.connect();
        for (int i = 0; i < 5; ++i)
            w.etcd.put("listed/" + std::to_string(i) + "/1", "v");
        auto names = locker{c, {.directory = "listed/", .page = 2}}.list();
        std::size_t found = 0;
        for (auto page = w.next(names);; page = w.next(names)) {
            MUST(w, page);
            if (page.value().empty())
                break;
            found += page.value().size();
        }
        BOOST_TEST(found == 5u);
    });
}

BOOST_DATA_TEST_CASE(reads, every_fault)
{
    at_every_message(sample, [](world& w) {
        const auto c = w.connect();
        w.etcd.put("name", "value");
        auto got = w.start<get_result>([&](auto h) { c.get("name", std::move(h)); });
        MUST(w, got);
        BOOST_TEST(got.value().items.at(0).value == "value");
    });
}

BOOST_AUTO_TEST_SUITE_END()
