// SPDX-License-Identifier: Apache-2.0
// Claims and who follows them, on real etcds: what operators do to keys and leases, restarts, compaction,
// size.
#include "coroutine.hpp"
#include "etcdctl.hpp"
#include "shared_etcd.hpp"

#include <csignal>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(integration_locker, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;
using namespace std::string_literals;

namespace {

struct fixture {
    asio::io_context io;
    client c{io.get_executor(), at(etcd_endpoint())};
    locker names{c};

    client other_client() { return client{io.get_executor(), at(etcd_endpoint())}; }
};

template <class F>
void in_coroutine(fixture& f, F body)
{
    run(f.io, [&f, body]() -> asio::awaitable<void> { co_await body(f); });
}

/// The next change that is not one of `but`.
asio::awaitable<ownership_change> next_but(ownership_watcher& changes, std::set<errc> but)
{
    for (;;) {
        auto change = co_await changes.next();
        const bool skipped =
            change.why.category() == error_category() && but.contains(static_cast<errc>(change.why.value()));
        if (!skipped)
            co_return change;
    }
}

asio::awaitable<ownership_change> expect_owned(ownership_watcher& changes, std::set<errc> but = {})
{
    auto next = next_but(changes, std::move(but));
    auto change = co_await std::move(next);
    if (!change.owned && !change.why) {  // it began with that
        auto after = changes.next();
        change = co_await std::move(after);
    }
    BOOST_TEST(change.owned, change.text);
    co_return change;
}

std::string hex(lease_id lease)
{
    std::ostringstream text;
    text << std::hex << lease;
    return text.str();
}

/// `{prefix}0/1` to `{prefix}{count - 1}/1`, a hundred in one transaction.
asio::awaitable<void> put_many(client c, std::string prefix, int count, std::string value)
{
    for (int first = 0; first < count; first += 100) {
        transaction t;
        for (int i = first; i < std::min(count, first + 100); ++i)
            t.then.emplace_back(put_request{prefix + std::to_string(i) + "/1", value, 0});
        co_await c.txn(std::move(t));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(claims)

BOOST_AUTO_TEST_CASE(follow_one_another_and_are_seen)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        auto seen = f.names.watch("follow");
        const auto nobody = co_await seen.next();
        BOOST_TEST(!nobody.value.has_value());
        auto first = f.names.claim("follow", "first");
        const auto one = co_await seen.next();
        BOOST_TEST(one.value.value() == "first");
        const locker others{f.other_client()};
        auto second = others.claim("follow", "second");
        auto second_changes = second.ownership();
        co_await queue_reaches(f.c, "locker/follow", 2);
        auto value = "first, changed"s;
        const bool published = co_await first.set_value(std::move(value));
        BOOST_TEST(published);
        const auto changed = co_await seen.next();
        BOOST_TEST(changed.value.value() == "first, changed");
        BOOST_TEST(changed.create_revision == one.create_revision);
        co_await first.release();
        const auto two = co_await seen.next();
        BOOST_TEST(two.value.value() == "second");
        auto owning = expect_owned(second_changes);
        const auto owned = co_await std::move(owning);
        BOOST_TEST(two.create_revision == owned.token.revision);
        co_await second.release();
        const auto none = co_await seen.next();
        BOOST_TEST(!none.value.has_value());
    });
}

BOOST_AUTO_TEST_CASE(queue_again_when_etcdctl_deletes_their_key)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        auto mine = f.names.claim("deleted", "v");
        auto changes = mine.ownership();
        auto owning = expect_owned(changes);
        const auto before = co_await std::move(owning);
        const auto done = run_etcdctl(etcd_endpoint(), {"del", "--prefix", "locker/deleted/"});
        BOOST_TEST(done.exit_code == 0);
        const auto lost = co_await changes.next();
        BOOST_TEST(!lost.owned);
        BOOST_TEST((lost.why == errc::key_deleted));
        BOOST_TEST(lost.text.find("locker/deleted/") != std::string::npos, lost.text);
        auto again = expect_owned(changes);
        const auto after = co_await std::move(again);
        BOOST_TEST((after.token > before.token));
        const auto value = co_await f.names.get("deleted"s);
        BOOST_TEST(value.value() == "v");
    });
}

BOOST_AUTO_TEST_CASE(queue_again_when_etcdctl_revokes_their_lease)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        auto mine = f.names.claim("revoked", "v");
        auto changes = mine.ownership();
        auto owning = expect_owned(changes);
        const auto before = co_await std::move(owning);
        const auto entries = co_await mutex{f.c, "locker/revoked"}.queue();
        const auto done = run_etcdctl(etcd_endpoint(), {"lease", "revoke", hex(entries.at(0).lease)});
        BOOST_TEST(done.exit_code == 0);
        // The key goes with its lease: which of the two is heard of first is chance.
        const auto lost = co_await changes.next();
        BOOST_TEST(!lost.owned);
        BOOST_TEST((lost.why == errc::key_deleted || lost.why == errc::session_lost));
        auto again = expect_owned(changes, {errc::key_deleted, errc::session_lost});
        const auto after = co_await std::move(again);
        BOOST_TEST((after.token > before.token));
        const auto value = co_await f.names.get("revoked"s);
        BOOST_TEST(value.value() == "v");
    });
}

BOOST_AUTO_TEST_CASE(queue_again_after_a_restart_that_took_longer_than_their_time_to_live)
{
    etcd_server server;
    asio::io_context io;
    const client c{io.get_executor(), at(server.endpoint())};
    const locker names{c, {.ttl = 2s}};
    run(io, [&]() -> asio::awaitable<void> {
        auto mine = names.claim("restarted", "v");
        auto changes = mine.ownership();
        auto owning = expect_owned(changes);
        const auto before = co_await std::move(owning);
        auto seen = names.watch("restarted");
        const auto first = co_await seen.next();
        server.kill();
        const auto lost = co_await changes.next();
        BOOST_TEST((lost.why == errc::session_lost));
        BOOST_TEST(!mine.owned());
        server.restart();
        auto again = expect_owned(changes, {errc::unreachable, errc::session_lost});
        const auto after = co_await std::move(again);
        BOOST_TEST((after.token > before.token));
        // Who followed the name through it saw one owner go, perhaps a while of nobody, and the other come.
        auto last = co_await seen.next();
        while (!last.value)
            last = co_await seen.next();
        BOOST_TEST(last.create_revision == after.token.revision);
        BOOST_TEST(first.create_revision == before.token.revision);
    });
}

BOOST_AUTO_TEST_CASE(hear_nothing_of_a_restart_within_their_time_to_live)
{
    etcd_server server;
    asio::io_context io;
    const client c{io.get_executor(), at(server.endpoint())};
    const locker names{c, {.ttl = 20s}};
    run(io, [&]() -> asio::awaitable<void> {
        auto mine = names.claim("kept", "v");
        auto changes = mine.ownership();
        auto owning = expect_owned(changes);
        const auto before = co_await std::move(owning);
        server.kill();
        server.restart();
        auto value = "after"s;
        const bool published = co_await mine.set_value(std::move(value));
        BOOST_TEST(published);
        BOOST_TEST(mine.owned());
        BOOST_TEST((mine.token() == before.token));
        co_await mine.release();
        const auto last = co_await changes.next();
        BOOST_TEST((last.why == errc::not_held));
    });
}

BOOST_AUTO_TEST_CASE(wait_for_etcdctl_lock_and_it_for_them)
{
    fixture f;
    child_process theirs{etcdctl_command(etcd_endpoint(), {"lock", "locker/shared"}),
                         {.env = {"ETCDCTL_API=3"}}};
    const auto key = theirs.read_until("locker/shared/");
    in_coroutine(f, [&](fixture& f) -> asio::awaitable<void> {
        auto mine = f.names.claim("shared", "v");
        auto changes = mine.ownership();
        co_await queue_reaches(f.c, "locker/shared", 2);
        // Theirs is a name with an empty value.
        const auto value = co_await f.names.get("shared"s);
        BOOST_TEST(value.value() == "");
        theirs.send_signal(SIGINT);
        auto owning = expect_owned(changes);
        co_await std::move(owning);
        child_process again{etcdctl_command(etcd_endpoint(), {"lock", "locker/shared"}),
                            {.env = {"ETCDCTL_API=3"}}};
        co_await queue_reaches(f.c, "locker/shared", 2);
        co_await mine.release();
        again.read_until("locker/shared/");
        again.send_signal(SIGINT);
        again.wait();
    });
    theirs.wait();
}

BOOST_AUTO_TEST_CASE(of_values_that_etcd_does_not_take_say_so)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        // Beyond what etcd takes for a request, and beyond what its gRPC server reads.
        for (const std::size_t size : {std::size_t{1'600'000}, std::size_t{3'000'000}}) {
            auto mine = f.names.claim("large", std::string(size, 'x'));
            auto changes = mine.ownership();
            const auto waits = co_await changes.next();
            BOOST_TEST(!waits.why);
            const auto refused = co_await changes.next();
            BOOST_TEST((refused.why == errc::invalid_request), size << ": " << refused.text);
            auto value = "small"s;
            const bool published = co_await mine.set_value(std::move(value));
            BOOST_TEST(!published);
            auto owning = expect_owned(changes);
            co_await std::move(owning);
            auto large = std::string(size, 'x');
            const auto [ec, none] = co_await mine.set_value(std::move(large), as_result);
            BOOST_TEST((ec == errc::invalid_request), size << ": " << ec.message());
            BOOST_TEST(mine.owned());
            const auto shown = co_await f.names.get("large"s);
            BOOST_TEST(shown.value() == "small");
            co_await mine.release();
        }
    });
}

BOOST_AUTO_TEST_CASE(take_names_of_any_bytes)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        for (const auto& name : {"\0"s, "two\nlines"s, "\xff\xfe"s, " "s}) {
            auto mine = f.names.claim(name, "v");
            auto changes = mine.ownership();
            auto owning = expect_owned(changes);
            co_await std::move(owning);
            auto list = f.names.list(name);
            const auto page = co_await list.next();
            BOOST_TEST_REQUIRE(page.size() == 1u);
            BOOST_TEST(page[0].name == name);
            co_await mine.release();
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(followers)

BOOST_AUTO_TEST_CASE(go_on_across_a_compaction_of_what_they_have_not_read)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        const locker names{f.c, {.watch_buffer = 1}};
        auto seen = names.watch_prefix("compacted/");
        co_await f.c.put("locker/compacted/stays/1", "x");
        const auto first = co_await seen.next();
        BOOST_TEST(first.value.value() == "x");
        revision last = 0;
        for (int i = 0; i < 50; ++i) {
            const auto put = co_await f.c.put("locker/compacted/changes/1", std::to_string(i));
            last = put.revision;
        }
        const auto removed = co_await f.c.remove("locker/compacted/stays/1");
        last = removed.revision;
        const auto done = run_etcdctl(etcd_endpoint(), {"compact", std::to_string(last)});
        BOOST_TEST(done.exit_code == 0);
        revision before = first.revision;
        std::string changes;
        std::string stays;
        while (changes != "49" || stays != "nobody") {
            const auto s = co_await seen.next();
            BOOST_TEST(s.revision >= before);
            before = s.revision;
            (s.name == "compacted/changes" ? changes : stays) = s.value.value_or("nobody");
        }
    });
}

BOOST_AUTO_TEST_CASE(miss_nothing_across_a_restart)
{
    etcd_server server;
    asio::io_context io;
    const client c{io.get_executor(), at(server.endpoint())};
    const locker names{c};
    run(io, [&]() -> asio::awaitable<void> {
        auto seen = names.watch("n");
        const auto nobody = co_await seen.next();
        BOOST_TEST(!nobody.value.has_value());
        for (int round = 0; round < 3; ++round) {
            for (int i = 0; i < 3; ++i)
                co_await c.put("locker/n/1", std::to_string(i));
            server.kill();
            server.restart();
            for (int i = 3; i < 6; ++i) {
                const auto wrote = run_etcdctl(server.endpoint(), {"put", "locker/n/1", std::to_string(i)});
                BOOST_TEST(wrote.exit_code == 0);
            }
            for (int i = 0; i < 6; ++i) {
                const auto s = co_await seen.next();
                BOOST_TEST(s.value.value() == std::to_string(i));
            }
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(many_names_are_listed_by_the_page_each_once)
{
    fixture f;
    in_coroutine(f, [](fixture& f) -> asio::awaitable<void> {
        constexpr int many = 20'000;
        co_await put_many(f.c, "locker/many/", many, "v");
        auto list = f.names.list("many/");
        std::set<std::string> found;
        std::size_t total = 0;
        for (auto page = co_await list.next(); !page.empty(); page = co_await list.next()) {
            BOOST_TEST_REQUIRE(page.size() <= f.names.options().page + 1);
            total += page.size();
            for (auto& s : page)
                found.insert(std::move(s.name));
        }
        BOOST_TEST(total == std::size_t(many));
        BOOST_TEST(found.size() == std::size_t(many));
    });
}

BOOST_AUTO_TEST_SUITE_END()
