// SPDX-License-Identifier: Apache-2.0
#include "names.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(engine_name_watcher)

using namespace leasehold;
using namespace leasehold::test;
using memory::call_kind;
using memory::direction;

namespace {

/// A locker, and keys that it knows nothing of.
struct scene {
    world w;
    client c = w.connect();
    locker names;

    explicit scene(locker_options options = {}, const memory::etcd::options& o = {})
        : w{o}, names{c, std::move(options)}
    {}

    revision put(const std::string& key, const std::string& value)
    {
        return w.etcd.put("locker/" + key, value);
    }
    void remove(const std::string& key) { w.etcd.remove("locker/" + key); }
    revision now() const { return w.etcd.store().history().current(); }

    name_truth truth(std::vector<std::string> of) const { return {w, "locker/", std::move(of)}; }
};

std::string word(const name_state& s)
{
    return s.name + "=" + s.value.value_or("nobody");
}

/// Reads until nothing comes any more.
std::vector<name_state> read_all(world& w, name_watcher& from)
{
    std::vector<name_state> all;
    for (;;) {
        auto next = w.next(from);
        w.settle();
        w.run_for(500ms);
        if (!next.done()) {
            next.cancel();
            w.poll();
            return all;
        }
        BOOST_TEST_REQUIRE(next.ok(), next.ec().message());
        all.push_back(std::move(next.value()));
    }
}

void expect_history(const std::vector<name_state>& seen, const name_truth& truth, const std::string& name)
{
    BOOST_TEST_REQUIRE(!seen.empty());
    auto expected = truth.after(name, seen.front().revision);
    expected.insert(expected.begin(), truth.at(name, seen.front().revision));
    BOOST_TEST(seen == expected, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(of_a_name)

BOOST_AUTO_TEST_CASE(begins_with_nobody)
{
    scene s;
    auto changes = s.names.watch("a");
    const auto first = must_next(s.w, changes);
    BOOST_TEST(word(first) == "a=nobody");
    BOOST_TEST(first.revision == s.now());
}

BOOST_AUTO_TEST_CASE(begins_with_the_owner_at_the_first_look)
{
    scene s;
    auto changes = s.names.watch("a");
    s.w.run_for(1s);
    const auto at = s.put("a/9", "x");
    s.put("a/1", "waits");
    const auto first = must_next(s.w, changes);
    BOOST_TEST(word(first) == "a=x");
    BOOST_TEST(first.create_revision == at);
    BOOST_TEST(first.revision == s.now());
}

BOOST_AUTO_TEST_CASE(follows_owners_and_values_and_not_waiters)
{
    scene s;
    auto truth = s.truth({"a"});
    auto changes = s.names.watch("a");
    must_next(s.w, changes);
    s.put("a/9", "x");
    BOOST_TEST(word(must_next(s.w, changes)) == "a=x");
    s.put("a/1", "waits");
    s.put("a/1", "waits for something else");
    s.put("a/9", "y");
    const auto y = must_next(s.w, changes);
    BOOST_TEST(word(y) == "a=y");
    BOOST_TEST(y.revision == s.now());
    s.remove("a/9");
    BOOST_TEST(word(must_next(s.w, changes)) == "a=waits for something else");
    s.remove("a/1");
    BOOST_TEST(word(must_next(s.w, changes)) == "a=nobody");
    s.put("ab/1", "another name");
    s.put("a", "no name at all");
    auto nothing = s.w.next(changes);
    s.w.run_for(10s);
    BOOST_TEST(!nothing.done());
}

BOOST_AUTO_TEST_CASE(follows_claims)
{
    scene s;
    const auto other = s.w.connect();
    auto changes = s.names.watch("a");
    BOOST_TEST(word(must_next(s.w, changes)) == "a=nobody");
    auto first = s.names.claim("a", "first");
    BOOST_TEST(word(must_next(s.w, changes)) == "a=first");
    s.w.run_for(1s);
    auto second = locker{other}.claim("a", "second");
    s.w.run_for(1s);
    auto set = s.w.set_value(first, "first, again");
    MUST(s.w, set);
    BOOST_TEST(word(must_next(s.w, changes)) == "a=first, again");
    first = {};
    const auto next = must_next(s.w, changes);
    BOOST_TEST(word(next) == "a=second");
    s.w.run_for(1s);
    BOOST_TEST(next.create_revision == second.token().revision);
    second = {};
    BOOST_TEST(word(must_next(s.w, changes)) == "a=nobody");
}

BOOST_AUTO_TEST_CASE(takes_no_time)
{
    scene s;
    auto changes = s.names.watch("a");
    must_next(s.w, changes);
    s.w.run_for(1s);  // its watch begins in the past, which etcd serves in rounds
    const auto begun = s.w.etcd.now();
    auto next = s.w.next(changes);
    s.w.poll();
    s.put("a/1", "x");
    MUST(s.w, next);
    BOOST_TEST((s.w.etcd.now() == begun));
}

BOOST_AUTO_TEST_CASE(costs_nothing_before_it_is_read)
{
    scene s;
    s.w.run_for(1s);
    const auto before = s.w.etcd.messages();
    const auto unread = s.names.watch("a");
    const auto unlisted = s.names.list();
    s.w.run_for(1min);
    BOOST_TEST(s.w.etcd.messages() == before);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(of_a_prefix)

BOOST_AUTO_TEST_CASE(begins_with_every_owned_name_and_follows_them_all)
{
    scene s;
    s.put("eu/a/1", "x");
    s.put("eu/b/1", "y");
    s.put("eu/b/2", "waits");
    s.put("us/a/1", "z");
    auto changes = s.names.watch_prefix("eu/");
    BOOST_TEST(word(must_next(s.w, changes)) == "eu/a=x");
    BOOST_TEST(word(must_next(s.w, changes)) == "eu/b=y");
    s.put("us/a/1", "zz");
    s.put("eu/c/1", "new");
    BOOST_TEST(word(must_next(s.w, changes)) == "eu/c=new");
    s.remove("eu/a/1");
    BOOST_TEST(word(must_next(s.w, changes)) == "eu/a=nobody");
}

BOOST_AUTO_TEST_CASE(reads_page_by_page_at_one_revision)
{
    scene s{{.page = 3}};
    for (int i = 10; i < 30; ++i)
        s.put(std::to_string(i) + "/1", "old");
    int pages = 0;
    s.w.etcd.on_message([&](const memory::message& m) {
        if (m.kind == call_kind::range && m.direction == direction::to_client && ++pages == 2)
            for (int i = 10; i < 30; ++i)
                s.put(std::to_string(i) + "/1", "new");
        return memory::fault::none();
    });
    auto changes = s.names.watch_prefix("");
    const auto all = read_all(s.w, changes);
    BOOST_TEST(pages == 7);
    BOOST_TEST_REQUIRE(all.size() == 40u);
    for (std::size_t i = 0; i < 40; ++i)
        BOOST_TEST(word(all[i]) == std::to_string(10 + i % 20) + (i < 20 ? "=old" : "=new"));
}

BOOST_AUTO_TEST_CASE(reads_anew_when_history_is_compacted_under_its_pages)
{
    scene s{{.page = 3}};
    for (int i = 10; i < 30; ++i)
        s.put(std::to_string(i) + "/1", "old");
    int pages = 0;
    s.w.etcd.on_message([&](const memory::message& m) {
        if (m.kind == call_kind::range && m.direction == direction::to_client && ++pages == 2) {
            for (int i = 10; i < 30; ++i)
                s.put(std::to_string(i) + "/1", "new");
            s.w.etcd.compact(s.now());
        }
        return memory::fault::none();
    });
    auto changes = s.names.watch_prefix("");
    const auto all = read_all(s.w, changes);
    BOOST_TEST_REQUIRE(all.size() == 20u);
    for (std::size_t i = 0; i < 20; ++i)
        BOOST_TEST(word(all[i]) == std::to_string(10 + i) + "=new");
}

BOOST_AUTO_TEST_CASE(is_the_whole_key_space_without_a_directory)
{
    scene s{{.directory = ""}};
    s.put("a/1", "x");
    auto changes = s.names.watch_prefix("");
    BOOST_TEST(word(must_next(s.w, changes)) == "locker/a=x");
    s.w.etcd.put("elsewhere/b/1", "y");
    BOOST_TEST(word(must_next(s.w, changes)) == "elsewhere/b=y");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(misses_nothing)

BOOST_AUTO_TEST_CASE(across_broken_streams_and_stopped_members)
{
    scene s;
    last_member last{s.w};
    auto truth = s.truth({"a"});
    auto changes = s.names.watch("a");
    std::vector<name_state> seen{must_next(s.w, changes)};
    for (int round = 0; round < 30; ++round) {
        const auto used = last.of(call_kind::watch).value_or(0);
        s.put("a/" + std::to_string(9 - round % 3), std::to_string(round));
        switch (round % 3) {
        case 0:
            s.w.etcd.break_streams(used);
            break;
        case 1:
            s.w.etcd.stop(used);
            break;
        case 2:
            s.w.etcd.freeze(used);
            break;
        }
        s.remove("a/" + std::to_string(9 - (round + 1) % 3));
        s.w.run_for(100ms);
        s.put("a/" + std::to_string(9 - round % 3), std::to_string(round) + ", again");
        s.w.run_for(20s);
        s.w.etcd.start(used);
        s.w.etcd.thaw(used);
        s.w.run_for(20s);
    }
    for (auto& state : read_all(s.w, changes))
        seen.push_back(std::move(state));
    truth.take();
    expect_history(seen, truth, "a");
    BOOST_TEST(seen.size() > 25u);
}

BOOST_AUTO_TEST_CASE(of_a_transaction_in_two_parts)
{
    scene s{{}, {.split_after = 2}};
    auto truth = s.truth({"a", "b"});
    auto changes = s.names.watch_prefix("");
    s.put("a/9", "x");
    s.put("b/9", "x");
    BOOST_TEST(word(must_next(s.w, changes)) == "a=x");
    BOOST_TEST(word(must_next(s.w, changes)) == "b=x");
    transaction t;
    for (const auto* key : {"locker/a/9", "locker/b/9", "locker/c/9"})
        t.then.emplace_back(remove_request{key, {}});
    for (const auto* key : {"locker/a/1", "locker/b/1", "locker/c/1"})
        t.then.emplace_back(put_request{key, "new", 0});
    auto done = s.w.start<transaction_result>([&](auto h) { s.c.txn(t, std::move(h)); });
    MUST(s.w, done);
    const auto all = read_all(s.w, changes);
    BOOST_TEST_REQUIRE(all.size() == 3u);
    BOOST_TEST(word(all[0]) == "a=new");
    BOOST_TEST(word(all[1]) == "b=new");
    BOOST_TEST(word(all[2]) == "c=new");
}

BOOST_AUTO_TEST_CASE(when_the_reader_is_slow_and_lets_the_servers_watch_sleep)
{
    scene s{{.watch_buffer = 4}};
    int down = 0;
    s.w.etcd.on_message([&](const memory::message& m) {
        down += m.kind == call_kind::watch && m.direction == direction::to_client;
        return memory::fault::none();
    });
    auto truth = s.truth({"a"});
    auto changes = s.names.watch("a");
    std::vector<name_state> seen{must_next(s.w, changes)};
    for (int i = 0; i < 200; ++i) {
        s.put("a/1", std::to_string(i));
        s.w.settle();
    }
    // A few beyond the bound were on their way.
    BOOST_TEST(down < 12);
    for (auto& state : read_all(s.w, changes))
        seen.push_back(std::move(state));
    truth.take();
    expect_history(seen, truth, "a");
    BOOST_TEST(seen.size() == 201u);
}

BOOST_AUTO_TEST_CASE(by_cancelled_waits)
{
    scene s;
    auto truth = s.truth({"a"});
    auto changes = s.names.watch("a");
    std::vector<name_state> seen;
    for (int i = 0; i < 60; ++i) {
        auto next = s.w.next(changes);
        if (i % 3 == 0)
            s.put("a/1", std::to_string(i));
        for (int steps = 0; steps < i % 7; ++steps)
            s.w.step();
        next.cancel();
        s.w.poll();
        BOOST_TEST_REQUIRE(next.done());
        if (next.ok())
            seen.push_back(std::move(next.value()));
    }
    for (auto& state : read_all(s.w, changes))
        seen.push_back(std::move(state));
    truth.take();
    expect_history(seen, truth, "a");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(after_a_compaction)

// What was not read before is lost; what is told is true, each once, and ends with how things stand.
BOOST_AUTO_TEST_CASE(the_differences_are_told)
{
    scene s{{.watch_buffer = 2}};
    auto truth = s.truth({"changes", "comes", "goes", "stays"});
    s.put("changes/1", "0");
    s.put("goes/1", "x");
    s.put("stays/1", "x");
    auto changes = s.names.watch_prefix("");
    std::vector<name_state> seen;
    for (int i = 0; i < 3; ++i)
        seen.push_back(must_next(s.w, changes));
    s.w.run_for(1s);  // its watch begins in the past, which etcd serves in rounds
    for (int i = 1; i <= 20; ++i) {
        s.put("changes/1", std::to_string(i));
        s.w.settle();
    }
    s.remove("goes/1");
    s.put("comes/1", "x");
    truth.take();
    s.w.etcd.compact(s.now());
    for (auto& state : read_all(s.w, changes))
        seen.push_back(std::move(state));
    BOOST_TEST(seen.size() < 12u);
    BOOST_TEST(seen.size() >= 3u + 1 + 3);
    std::string last;
    for (const auto& state : seen) {
        BOOST_TEST((state == truth.at(state.name, state.revision)));
        last += state.revision == s.now() ? " " + word(state) : "";
    }
    BOOST_TEST(last == " changes=20 comes=x goes=nobody");
    // And on it goes.
    s.put("stays/1", "y");
    BOOST_TEST(word(must_next(s.w, changes)) == "stays=y");
}

// Which etcd forgets, for a watch that begins there (etcd#18089).
BOOST_AUTO_TEST_CASE(a_deletion_at_its_very_revision_is_told)
{
    scene s{{.watch_buffer = 1}};
    s.put("goes/1", "x");
    auto changes = s.names.watch_prefix("");
    BOOST_TEST(word(must_next(s.w, changes)) == "goes=x");
    s.w.settle();
    s.put("comes/1", "y");
    s.w.settle();
    s.remove("goes/1");
    s.w.etcd.compact(s.now());
    BOOST_TEST(word(must_next(s.w, changes)) == "comes=y");
    BOOST_TEST(word(must_next(s.w, changes)) == "goes=nobody");
}

BOOST_AUTO_TEST_CASE(that_changed_nothing_nothing_is_told)
{
    scene s{{.watch_buffer = 1}};
    auto changes = s.names.watch("a");
    must_next(s.w, changes);
    s.w.settle();
    s.put("a/1", "x");
    s.w.settle();
    s.put("b/1", "y");
    s.w.etcd.compact(s.now());
    BOOST_TEST(word(must_next(s.w, changes)) == "a=x");
    auto nothing = s.w.next(changes);
    s.w.run_for(10s);
    BOOST_TEST(!nothing.done());
    s.put("a/1", "z");
    MUST(s.w, nothing);
    BOOST_TEST(word(nothing.value()) == "a=z");
}

BOOST_AUTO_TEST_CASE(an_outage_is_waited_out)
{
    scene s{{.watch_buffer = 1}};
    auto changes = s.names.watch("a");
    must_next(s.w, changes);
    s.w.run_for(1s);
    for (int i = 0; i < 10; ++i) {
        s.put("a/1", std::to_string(i));
        s.w.settle();
    }
    s.w.etcd.compact(s.now());
    for (std::size_t m = 0; m < 3; ++m)
        s.w.etcd.stop(m);
    BOOST_TEST(word(must_next(s.w, changes)) == "a=0");
    auto next = s.w.next(changes);
    s.w.run_for(1min);
    BOOST_TEST(!next.done());
    s.w.etcd.start(1);
    MUST(s.w, next);
    BOOST_TEST(word(next.value()) == "a=9");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(endings)

BOOST_AUTO_TEST_CASE(a_cluster_that_was_never_there_is_an_error_and_may_come_up)
{
    scene s;
    for (std::size_t m = 0; m < 3; ++m)
        s.w.etcd.stop(m);
    auto changes = s.names.watch("a");
    auto next = s.w.next(changes);
    MUST_FAIL(s.w, next, errc::unreachable);
    BOOST_TEST(next.text().find("member-1:2379") != std::string::npos, next.text());
    s.w.etcd.start(1);
    BOOST_TEST(word(must_next(s.w, changes)) == "a=nobody");
}

BOOST_AUTO_TEST_CASE(a_watch_that_is_refused_says_why_and_is_over)
{
    scene s;
    s.w.etcd.refuse_watches("rpc error: code = PermissionDenied desc = etcdserver: permission denied");
    auto changes = s.names.watch("a");
    BOOST_TEST(word(must_next(s.w, changes)) == "a=nobody");
    for (int i = 0; i < 2; ++i) {
        auto next = s.w.next(changes);
        MUST_FAIL(s.w, next, errc::permission_denied);
        BOOST_TEST(next.text().find("\"a\"") != std::string::npos, next.text());
    }
}

BOOST_AUTO_TEST_CASE(a_reading_that_is_refused_says_why_and_is_over)
{
    scene s;
    s.w.etcd.on_message([](const memory::message& m) {
        return m.kind == call_kind::range ? memory::fault::fail({core::status_code::permission_denied,
                                                                 "etcdserver: permission denied"})
                                          : memory::fault::none();
    });
    auto changes = s.names.watch("a");
    for (int i = 0; i < 2; ++i) {
        auto next = s.w.next(changes);
        MUST_FAIL(s.w, next, errc::permission_denied);
    }
}

BOOST_AUTO_TEST_CASE(only_one_wait_at_a_time)
{
    scene s;
    auto changes = s.names.watch("a");
    must_next(s.w, changes);
    auto first = s.w.next(changes);
    auto second = s.w.next(changes);
    MUST_FAIL(s.w, second, errc::already_waiting);
    s.put("a/1", "x");
    MUST(s.w, first);
}

BOOST_AUTO_TEST_CASE(a_destroyed_watcher_ends_its_wait_at_every_step)
{
    for (int steps = 0; steps < 30; ++steps) {
        scene s;
        auto changes = s.names.watch("a");
        auto first = s.w.next(changes);
        for (int i = 0; i < steps; ++i)
            s.w.step();
        auto next = first.done() ? s.w.next(changes) : first;
        changes = {};
        s.w.run_for(1s);
        BOOST_TEST(next.aborted());
        auto none = s.w.next(changes);
        MUST_FAIL(s.w, none, errc::watch_cancelled);
    }
}

BOOST_AUTO_TEST_CASE(a_name_is_needed)
{
    scene s;
    BOOST_CHECK_THROW(std::ignore = s.names.watch(""), std::invalid_argument);
    auto got = s.w.get(s.names, "");
    MUST_FAIL(s.w, got, errc::invalid_name);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reading_one_name)

BOOST_AUTO_TEST_CASE(finds_the_owners_value)
{
    scene s;
    s.put("a/9", "owner");
    s.put("a/1", "waiter");
    auto got = s.w.get(s.names, "a");
    MUST(s.w, got);
    BOOST_TEST(got.value().value() == "owner");
}

BOOST_AUTO_TEST_CASE(tells_an_empty_value_from_nobody)
{
    scene s;
    s.put("a/9", "");
    auto got = s.w.get(s.names, "a");
    MUST(s.w, got);
    BOOST_TEST(got.value().has_value());
    auto none = s.w.get(s.names, "b");
    MUST(s.w, none);
    BOOST_TEST(!none.value().has_value());
}

BOOST_AUTO_TEST_CASE(finds_nobody_behind_a_nested_name)
{
    scene s;
    s.put("a/b/1", "nested");
    s.put("a/1", "waits for it");
    auto got = s.w.get(s.names, "a");
    MUST(s.w, got);
    BOOST_TEST(!got.value().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
