// SPDX-License-Identifier: Apache-2.0
// The model that the other suites stand on: what tests/conformance cannot ask an etcd for, since it is a
// matter of time or of luck there.
#include <memory/clock.hpp>
#include <memory/store.hpp>
#include <memory/watch_server.hpp>

#include <leasehold/leasehold.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(engine_memory_store)

using namespace leasehold;
using namespace std::chrono_literals;
using memory::store;

namespace {

const auto epoch = boot_clock::time_point{} + 1h;

get_request get(std::string key)
{
    get_request r;
    r.key = std::move(key);
    return r;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(leases)

BOOST_AUTO_TEST_CASE(end_a_little_late_and_never_early)
{
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        store s{seed};
        BOOST_TEST((s.grant(7, 1s, epoch).response.ttl == 2s));
        s.put({"k", "v", 7});
        BOOST_TEST((s.keep_alive(7, epoch + 1s)->ttl == 2s));
        s.advance(epoch + 3s - 1ms);
        BOOST_TEST(s.range(get("k")).response.count == 1);
        BOOST_TEST(!s.keep_alive(7, epoch + 3s).has_value());
        BOOST_TEST((s.leases().next_due() >= epoch + 3s));
        BOOST_TEST((s.leases().next_due() <= epoch + 3500ms));
        s.advance(epoch + 3500ms);
        BOOST_TEST(s.range(get("k")).response.count == 0);
    }
}

BOOST_AUTO_TEST_CASE(have_their_whole_time_again_under_a_new_leader)
{
    store s;
    s.grant(7, 10s, epoch);
    s.promote(epoch + 9s, 1s);
    s.advance(epoch + 20s - 1ms);
    BOOST_TEST((s.time_to_live(7, false, epoch + 9s).response.ttl == 11s));
    s.advance(epoch + 20s + 500ms);
    BOOST_TEST((s.time_to_live(7, false, epoch + 21s).response.ttl == -1s));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(watches)

BOOST_AUTO_TEST_CASE(from_the_past_wait_for_the_servers_round)
{
    store s;
    s.put({"k", "1"});
    memory::watch_server w{s.history()};
    w.create({.id = 1, .key = "k", .range_end = {}, .start = 2});
    BOOST_TEST(!w.synced());
    s.put({"k", "2"});
    w.publish();
    BOOST_TEST(w.take_messages().size() == 1u);
    w.sync();
    BOOST_TEST(w.take_messages().at(0).events.size() == 2u);
    s.put({"k", "3"});
    w.publish();
    BOOST_TEST(w.take_messages().at(0).events.size() == 1u);
}

BOOST_AUTO_TEST_CASE(that_lag_miss_nothing_and_are_overtaken)
{
    store s;
    memory::watch_server w{s.history()};
    w.create({.id = 1, .key = "a", .range_end = {}, .start = 0});
    w.create({.id = 2, .key = "b", .range_end = {}, .start = 0});
    w.take_messages();
    s.put({"a", "1"});
    int asked = 0;
    w.publish([&asked] { return ++asked == 1; });
    s.put({"b", "1"});
    w.publish();
    auto m = w.take_messages();
    BOOST_TEST_REQUIRE(m.size() == 1u);
    BOOST_TEST(m[0].id == 2);
    w.sync();
    m = w.take_messages();
    BOOST_TEST_REQUIRE(m.size() == 1u);
    BOOST_TEST(m[0].id == 1);
    BOOST_TEST(m[0].events.size() == 1u);
}

BOOST_AUTO_TEST_CASE(split_large_responses)
{
    store s;
    memory::watch_server w{s.history()};
    w.split_after(2);
    w.create({.id = 1, .key = "k", .range_end = "l", .start = 0});
    transaction t;
    for (int i = 0; i < 5; ++i)
        t.then.emplace_back(put_request{"k" + std::to_string(i), "v"});
    s.txn(t);
    w.take_messages();
    w.publish();
    const auto m = w.take_messages();
    BOOST_TEST_REQUIRE(m.size() == 3u);
    BOOST_TEST(m[0].fragment);
    BOOST_TEST(m[1].fragment);
    BOOST_TEST(!m[2].fragment);
    BOOST_TEST(m[2].events.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(a_clock_that_drifts_reaches_a_moment_exactly_when_it_says)
{
    for (const auto ppm : {-9'000, -1, 0, 1, 9'000}) {
        const memory::clock c{ppm};
        for (const auto after : {0ns, 1ns, 999'999ns, 1'000'001ns, 12'345'678'901ns, 3'600'000'000'000ns}) {
            const auto local = epoch + after;
            const auto world = c.world(local);
            BOOST_TEST((c.local(world) >= local));
            BOOST_TEST((world == epoch || c.local(world - 1ns) < local));
        }
        const auto gained = c.local(epoch + 1'000'000s) - epoch - 1'000'000s;
        BOOST_TEST((gained == std::chrono::seconds{ppm}));
    }
    BOOST_TEST((memory::clock{500}.world(boot_clock::time_point::max()) == boot_clock::time_point::max()));
}

BOOST_AUTO_TEST_SUITE_END()
