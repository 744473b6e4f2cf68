// SPDX-License-Identifier: Apache-2.0
// What is told of names, from readings of their keys and from changes.
#include "directory.hpp"

#include <core/name_scope.hpp>
#include <core/name_view.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(core_name_view)

using namespace leasehold;
using namespace leasehold::core;
using leasehold::test::directory;
namespace data = boost::unit_test::data;
using namespace std::string_literals;

namespace {

/// A directory and a view of it. What the view tells comes back in words: "name@revision:value".
class scene {
public:
    explicit scene(name_scope scope) : view{std::move(scope)} {}

    directory etcd;
    name_view view;

    std::string put(const std::string& key, const std::string& value)
    {
        etcd.begin();
        etcd.put(key, value);
        return follow();
    }
    std::string remove(const std::string& key)
    {
        etcd.begin();
        etcd.remove(key);
        return follow();
    }
    /// Takes in what happened since the last time.
    std::string follow()
    {
        std::vector<watch_event> events{etcd.log.begin() + std::ptrdiff_t(followed_), etcd.log.end()};
        followed_ = etcd.log.size();
        view.apply(std::move(events));
        return told();
    }
    std::string read()
    {
        view.begin_reading();
        const auto first = view.scope().first_key();
        const auto end = view.scope().range_end();
        for (const auto& [key, kv] : etcd.keys)
            if (key >= first && (end == "\0"s || key < end))
                view.read(kv);
        view.end_reading(etcd.now);
        followed_ = etcd.log.size();
        return told();
    }

private:
    std::string told()
    {
        std::ostringstream words;
        for (const auto& s : view.take_changes())
            words << (words.tellp() > 0 ? ", " : "") << s;
        return words.str();
    }

    std::size_t followed_ = 0;
};

scene one(const std::string& name)
{
    return scene{name_scope::of_name("d/", name)};
}

scene all(const std::string& prefix = {})
{
    return scene{name_scope::of_prefix("d/", prefix)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scopes)

BOOST_AUTO_TEST_CASE(the_range_of_a_name_is_its_queue)
{
    const auto scope = name_scope::of_name("d/", "a");
    BOOST_TEST(scope.first_key() == "d/a/");
    BOOST_TEST(scope.range_end() == "d/a0");
    BOOST_TEST(scope.queue_of("x/y") == "d/x/y/");
}

BOOST_AUTO_TEST_CASE(the_range_of_a_prefix_is_all_that_begins_so)
{
    const auto scope = name_scope::of_prefix("d/", "eu/w");
    BOOST_TEST(scope.first_key() == "d/eu/w");
    BOOST_TEST(scope.range_end() == "d/eu/x");
    BOOST_TEST(name_scope::of_prefix("d/", "").range_end() == "d0");
}

BOOST_AUTO_TEST_CASE(without_a_directory_and_prefix_it_is_the_whole_key_space)
{
    const auto scope = name_scope::of_prefix("", "");
    BOOST_TEST(scope.first_key() == "\0"s);
    BOOST_TEST(scope.range_end() == "\0"s);
}

BOOST_AUTO_TEST_CASE(a_key_is_in_the_queues_of_all_names_that_it_is_under)
{
    const auto names = [](const name_scope& scope, const std::string& key) {
        std::string words;
        scope.for_each_name(key, [&](std::string_view name) {
            words += "[" + std::string{name} + (scope.is_own(name, key) ? "]" : "...]");
        });
        return words;
    };
    const auto any = name_scope::of_prefix("d/", "");
    BOOST_TEST(names(any, "d/a/1") == "[a]");
    BOOST_TEST(names(any, "d/a/b/1") == "[a...][a/b]");
    BOOST_TEST(names(any, "d/a/") == "[a]");
    BOOST_TEST(names(any, "d/a//1") == "[a...][a/]");
    BOOST_TEST(names(any, "d/a") == "");    // under no name
    BOOST_TEST(names(any, "d//1") == "");   // the name would be empty
    BOOST_TEST(names(any, "e/a/1") == "");  // elsewhere
    const auto some = name_scope::of_prefix("d/", "a/b");
    BOOST_TEST(names(some, "d/a/1") == "");
    BOOST_TEST(names(some, "d/a/b/1") == "[a/b]");
    BOOST_TEST(names(some, "d/a/b1/2") == "[a/b1]");
    BOOST_TEST(names(some, "d/a/b/c/2") == "[a/b...][a/b/c]");
    const auto one = name_scope::of_name("d/", "a");
    BOOST_TEST(names(one, "d/a/1") == "[a]");
    BOOST_TEST(names(one, "d/a/b/1") == "[a...]");
    BOOST_TEST(names(one, "d/ab/1") == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(one_name)

BOOST_AUTO_TEST_CASE(begins_with_nobody_when_there_is_nobody)
{
    auto s = one("a");
    BOOST_TEST(s.read() == "a@1:nobody");
    BOOST_TEST(s.read() == "");
}

BOOST_AUTO_TEST_CASE(begins_with_the_owner)
{
    auto s = one("a");
    s.etcd.begin();
    s.etcd.put("d/a/2", "first");
    s.etcd.begin();
    s.etcd.put("d/a/1", "second");
    BOOST_TEST(s.read() == "a@3:first");
}

BOOST_AUTO_TEST_CASE(changes_with_its_owner)
{
    auto s = one("a");
    s.read();
    BOOST_TEST(s.put("d/a/9", "x") == "a@2:x");
    BOOST_TEST(s.put("d/a/9", "y") == "a@3:y");
    BOOST_TEST(s.remove("d/a/9") == "a@4:nobody");
    BOOST_TEST(s.put("d/a/9", "y") == "a@5:y");
}

BOOST_AUTO_TEST_CASE(does_not_change_with_its_waiters)
{
    auto s = one("a");
    s.read();
    s.put("d/a/9", "owner");
    BOOST_TEST(s.put("d/a/1", "waiter") == "");
    BOOST_TEST(s.put("d/a/1", "another value") == "");
    BOOST_TEST(s.put("d/a/2", "another waiter") == "");
    BOOST_TEST(s.remove("d/a/2") == "");
    BOOST_TEST(s.remove("d/a/9") == "a@7:another value");
}

// Values do not say who an owner is.
BOOST_AUTO_TEST_CASE(another_owner_of_equal_value_is_a_change)
{
    auto s = one("a");
    s.read();
    s.put("d/a/9", "same");
    s.put("d/a/1", "same");
    BOOST_TEST(s.remove("d/a/9") == "a@4:same");
}

BOOST_AUTO_TEST_CASE(a_write_of_the_same_value_is_a_change)
{
    auto s = one("a");
    s.read();
    s.put("d/a/9", "same");
    BOOST_TEST(s.put("d/a/9", "same") == "a@3:same");
}

// A transaction passes the name on: nobody owned nothing, at any time.
BOOST_AUTO_TEST_CASE(what_is_only_true_inside_a_transaction_is_not_told)
{
    auto s = one("a");
    s.read();
    s.put("d/a/9", "old");
    s.etcd.begin();
    s.etcd.remove("d/a/9");
    s.etcd.put("d/a/8", "new");
    BOOST_TEST(s.follow() == "a@3:new");
    s.etcd.begin();
    s.etcd.put("d/a/7", "waits");
    s.etcd.remove("d/a/8");
    BOOST_TEST(s.follow() == "a@4:waits");
}

BOOST_AUTO_TEST_CASE(is_nobodys_while_a_nested_name_is_older)
{
    auto s = one("a");
    s.read();
    BOOST_TEST(s.put("d/a/b/1", "nested") == "");
    BOOST_TEST(s.put("d/a/2", "waits for it") == "");
    BOOST_TEST(s.remove("d/a/b/1") == "a@4:waits for it");
    BOOST_TEST(s.put("d/a/b/1", "nested") == "");
}

BOOST_AUTO_TEST_CASE(what_is_told_again_changes_nothing)
{
    auto s = one("a");
    s.read();
    s.put("d/a/1", "x");
    s.put("d/a/1", "y");
    s.view.apply(s.etcd.log);
    BOOST_TEST(s.view.take_changes().empty());
    BOOST_TEST(s.view.at() == 3);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(prefixes)

BOOST_AUTO_TEST_CASE(begin_with_every_owned_name)
{
    auto s = all();
    BOOST_TEST(s.read() == "");
    auto t = all();
    for (const auto* key : {"d/b/1", "d/a/1", "d/a/2", "d/c/d/1", "e/x/1", "d/stray"}) {
        t.etcd.begin();
        t.etcd.put(key, key);
    }
    BOOST_TEST(t.read() == "a@7:d/a/1, b@7:d/b/1, c/d@7:d/c/d/1");
}

BOOST_AUTO_TEST_CASE(change_with_each_of_their_names)
{
    auto s = all("eu/");
    s.read();
    BOOST_TEST(s.put("d/eu/a/1", "x") == "eu/a@2:x");
    BOOST_TEST(s.put("d/eu/b/1", "y") == "eu/b@3:y");
    BOOST_TEST(s.put("d/us/a/1", "z") == "");
    BOOST_TEST(s.remove("d/eu/a/1") == "eu/a@5:nobody");
}

// The end of one lease ends all its keys at once.
BOOST_AUTO_TEST_CASE(change_in_several_names_at_one_revision)
{
    auto s = all();
    s.read();
    s.put("d/b/1", "x");
    s.put("d/a/1", "x");
    s.put("d/a/2", "y");
    s.etcd.begin();
    s.etcd.remove("d/b/1");
    s.etcd.remove("d/a/1");
    BOOST_TEST(s.follow() == "a@5:y, b@5:nobody");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(readings_after_a_gap)

BOOST_AUTO_TEST_CASE(tell_what_is_different)
{
    auto s = all();
    s.read();
    s.put("d/stays/1", "x");
    s.put("d/goes/1", "x");
    s.put("d/moves/1", "old");
    s.put("d/is-rewritten/1", "old");
    s.etcd.begin();
    s.etcd.remove("d/goes/1");
    s.etcd.remove("d/moves/1");
    s.etcd.put("d/is-rewritten/1", "new");
    s.etcd.put("d/comes/1", "x");
    s.etcd.begin();
    s.etcd.put("d/moves/2", "new");
    BOOST_TEST(s.read() == "comes@7:x, goes@7:nobody, is-rewritten@7:new, moves@7:new");
    BOOST_TEST(s.read() == "");
}

BOOST_AUTO_TEST_CASE(take_a_name_that_is_gone_back_once)
{
    auto s = one("a");
    s.read();
    s.put("d/a/1", "x");
    s.etcd.begin();
    s.etcd.remove("d/a/1");
    BOOST_TEST(s.read() == "a@3:nobody");
    BOOST_TEST(s.read() == "");
    BOOST_TEST(s.put("d/a/1", "x") == "a@4:x");
}

BOOST_AUTO_TEST_CASE(that_were_not_finished_leave_nothing)
{
    auto s = one("a");
    s.etcd.begin();
    s.etcd.put("d/a/1", "x");
    s.view.begin_reading();
    s.view.read({"d/a/0", "half of a reading", 1, 1, 1, 0});
    BOOST_TEST(s.read() == "a@2:x");
}

BOOST_AUTO_TEST_SUITE_END()

// ---- by chance ----

namespace {

/// Keys whose names nest, share prefixes and order in surprising ways.
std::string any_key(std::mt19937& random)
{
    static const std::vector<std::string> names{"a", "a/b", "a/b/c", "ab", "a!", "b", "a/", "b/b"};
    return "d/" + names[random() % names.size()] + "/" + std::to_string(random() % 4);
}

void change(directory& etcd, std::mt19937& random)
{
    etcd.begin();
    for (auto n = 1 + random() % 3; n > 0; --n) {
        const auto key = any_key(random);
        if (random() % 2 == 0)
            etcd.put(key, std::to_string(random() % 3), lease_id(random() % 100));
        else
            etcd.remove(key);
    }
}

/// What a scope's view is to tell, found by looking at every name after every revision.
struct oracle {
    std::vector<std::string> names;
    std::map<std::string, std::pair<revision, revision>> told;
    std::vector<name_state> expected;

    void look(const directory& etcd)
    {
        for (const auto& name : names) {
            const auto* key = etcd.owners_key("d/", name);
            const auto now = key ? std::pair{key->create_revision, key->mod_revision}
                                 : std::pair{revision{0}, revision{0}};
            if (std::exchange(told[name], now) != now)
                expected.push_back(etcd.owner("d/", name));
        }
    }
};

void read_into(std::vector<name_state>& told, scene& s, oracle& truth)
{
    s.view.begin_reading();
    for (const auto& [key, kv] : s.etcd.keys)
        if (key >= s.view.scope().first_key() && key < s.view.scope().range_end())
            s.view.read(kv);
    s.view.end_reading(s.etcd.now);
    for (auto& state : s.view.take_changes())
        told.push_back(std::move(state));
    truth.look(s.etcd);
}

}  // namespace

// Every change of every name exactly once, in order; and after a gap in the history the differences.
BOOST_DATA_TEST_CASE(histories_are_told_as_they_were, data::xrange(300), seed)
{
    std::mt19937 random{static_cast<unsigned>(seed)};
    const bool single = random() % 2 == 0;
    oracle truth;
    const std::string prefix = random() % 2 == 0 ? "" : "a";
    if (single)
        truth.names = {"a"};
    else
        for (const std::string name : {"a", "a!", "a/", "a/b", "a/b/c", "ab", "b", "b/b"})
            if (name.starts_with(prefix))
                truth.names.push_back(name);
    scene s{single ? name_scope::of_name("d/", "a") : name_scope::of_prefix("d/", prefix)};
    std::vector<name_state> told;
    for (auto n = random() % 10; n > 0; --n)
        change(s.etcd, random);

    read_into(told, s, truth);
    // One name without an owner is told so to begin with.
    if (single && truth.expected.empty())
        truth.expected.push_back(s.etcd.owner("d/", "a"));

    for (int round = 0; round < 60; ++round) {
        const auto from = s.etcd.log.size();
        if (random() % 10 == 0) {
            for (auto n = random() % 5; n > 0; --n)
                change(s.etcd, random);
            read_into(told, s, truth);
            continue;
        }
        for (auto n = 1 + random() % 3; n > 0; --n) {
            change(s.etcd, random);
            truth.look(s.etcd);
        }
        std::vector<watch_event> events;
        for (auto e = s.etcd.log.begin() + std::ptrdiff_t(from); e != s.etcd.log.end(); ++e)
            if (e->kv.key >= s.view.scope().first_key() && e->kv.key < s.view.scope().range_end())
                events.push_back(*e);
        s.view.apply(std::move(events));
        for (auto& state : s.view.take_changes())
            told.push_back(std::move(state));
    }
    BOOST_TEST(told == truth.expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
