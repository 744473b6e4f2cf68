// SPDX-License-Identifier: Apache-2.0
#include "coroutine.hpp"
#include "etcdctl.hpp"
#include "shared_etcd.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(interop_etcdctl_lock, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

struct fixture {
    asio::io_context io;
    client c{io.get_executor(), at(etcd_endpoint())};

    child_process etcdctl_lock(const std::string& name)
    {
        return child_process{etcdctl_command(etcd_endpoint(), {"lock", name}), {.env = {"ETCDCTL_API=3"}}};
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(we_wait_for_etcdctl)
{
    fixture f;
    auto peer = f.etcdctl_lock("theirs-first");
    const auto key = peer.read_until("theirs-first/");
    run(f.io, [&]() -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        const mutex m{f.c, "theirs-first"};
        const auto refused = co_await m.try_lock();
        BOOST_TEST(!refused.has_value());
        auto wait = [&]() -> asio::awaitable<void> {
            auto held = co_await m.lock();
            BOOST_TEST(held.held());
            co_await held.unlock();
        };
        auto release = [&]() -> asio::awaitable<void> {
            co_await queue_reaches(f.c, "theirs-first", 2);
            const auto entries = co_await m.queue();
            BOOST_TEST(entries[0].key == key);
            peer.send_signal(SIGINT);
        };
        co_await (wait() && release());
    });
    peer.wait();
}

BOOST_AUTO_TEST_CASE(etcdctl_shows_who_holds_a_lock)
{
    fixture f;
    run(f.io, [&]() -> asio::awaitable<void> {
        const auto before = owner_record::of_this_process().since;
        const mutex m{f.c, "shown"};
        auto held = co_await m.lock();
        const auto shown = run_etcdctl(etcd_endpoint(), {"get", "--print-value-only", held.key()});
        const auto owner = parse_owner_record(shown.out.substr(0, shown.out.find('\n')));
        BOOST_TEST_REQUIRE(owner.has_value(), shown.out);
        const auto now = owner_record::of_this_process();
        BOOST_TEST(owner->host == now.host);
        BOOST_TEST(owner->pid == now.pid);
        BOOST_TEST(owner->program == now.program);
        BOOST_TEST((owner->since >= before && owner->since <= now.since));
        co_await held.unlock();
    });
}

// etcdctl's own keys have no value: a place in the queue like any other.
BOOST_AUTO_TEST_CASE(a_holder_that_does_not_say_who_it_is_is_listed_all_the_same)
{
    fixture f;
    auto peer = f.etcdctl_lock("silent");
    const auto key = peer.read_until("silent/");
    run(f.io, [&]() -> asio::awaitable<void> {
        const mutex m{f.c, "silent"};
        const auto entries = co_await m.queue();
        BOOST_REQUIRE(entries.size() == 1u);
        BOOST_TEST(entries[0].key == key);
        BOOST_TEST(entries[0].value == "");
        BOOST_TEST(!entries[0].owner.has_value());
    });
    peer.send_signal(SIGINT);
    peer.wait();
}

BOOST_AUTO_TEST_CASE(etcdctl_waits_for_us)
{
    fixture f;
    std::optional<child_process> peer;
    std::string held_key;
    run(f.io, [&]() -> asio::awaitable<void> {
        const mutex m{f.c, "ours-first"};
        auto held = co_await m.lock();
        held_key = held.key();
        peer.emplace(f.etcdctl_lock("ours-first"));
        co_await queue_reaches(f.c, "ours-first", 2);
        const auto entries = co_await m.queue();
        BOOST_TEST(entries[0].key == held_key);
        co_await held.unlock();
    });
    const auto key = peer->read_until("ours-first/");
    BOOST_TEST(key != held_key);
    peer->send_signal(SIGINT);
    peer->wait();
}

BOOST_AUTO_TEST_CASE(one_queue_for_both_in_the_order_of_arrival)
{
    fixture f;
    run(f.io, [&]() -> asio::awaitable<void> {
        const mutex ours{f.c, "mixed"};
        auto held = co_await ours.lock();
        auto first = f.etcdctl_lock("mixed");
        co_await queue_reaches(f.c, "mixed", 2);
        const client other{f.io.get_executor(), at(etcd_endpoint())};
        const mutex second{other, "mixed"};
        bool second_has_it = false;
        gate second_done{f.io.get_executor()};
        asio::co_spawn(
            f.io,
            [&]() -> asio::awaitable<void> {
                auto mine = co_await second.lock();
                second_has_it = true;
                co_await mine.unlock();
                second_done.open();
            },
            asio::detached);
        co_await queue_reaches(f.c, "mixed", 3);
        auto third = f.etcdctl_lock("mixed");
        co_await queue_reaches(f.c, "mixed", 4);
        co_await held.unlock();
        // The peers print in their own time; nothing else runs here meanwhile, so the order is the queue's.
        first.read_until("mixed/");
        BOOST_TEST(!second_has_it);
        first.send_signal(SIGINT);
        co_await second_done.wait();
        third.read_until("mixed/");
        third.send_signal(SIGINT);
        first.wait();
        third.wait();
    });
}

BOOST_AUTO_TEST_SUITE_END()
