// SPDX-License-Identifier: Apache-2.0
#include "names.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(engine_name_lister)

using namespace leasehold;
using namespace leasehold::test;
using memory::call_kind;
using memory::direction;

namespace {

struct scene {
    world w;
    client c = w.connect();
    locker names;

    explicit scene(std::size_t page = 1000) : names{c, {.page = page}} {}

    void put(const std::string& key, const std::string& value) { w.etcd.put("locker/" + key, value); }
    revision now() const { return w.etcd.store().history().current(); }
};

std::string words(const std::vector<name_state>& page)
{
    std::string all;
    for (const auto& s : page)
        all += (all.empty() ? "" : " ") + s.name + "=" + s.value.value_or("nobody");
    return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_empty_directory_has_an_empty_first_page)
{
    scene s;
    auto names = s.names.list();
    BOOST_TEST(must_next(s.w, names).empty());
    BOOST_TEST(must_next(s.w, names).empty());
}

BOOST_AUTO_TEST_CASE(owned_names_are_listed_with_what_their_owners_publish)
{
    scene s;
    s.put("b/1", "y");
    s.put("a/9", "x");
    s.put("a/1", "waits");
    s.put("c/d/1", "z");
    s.put("stray", "no name");
    s.w.etcd.put("elsewhere/e/1", "no name of this directory");
    auto names = s.names.list();
    const auto page = must_next(s.w, names);
    BOOST_TEST(words(page) == "a=x b=y c/d=z");
    BOOST_TEST(page[0].create_revision == 3);
    BOOST_TEST(page[0].revision == s.now());
    BOOST_TEST(must_next(s.w, names).empty());
    auto some = s.names.list("c/");
    BOOST_TEST(words(must_next(s.w, some)) == "c/d=z");
    BOOST_TEST(must_next(s.w, some).empty());
}

BOOST_AUTO_TEST_CASE(pages_are_of_one_moment)
{
    for (const std::size_t size : {1, 2, 3, 7, 40, 100}) {
        scene s{size};
        std::string expected;
        for (int i = 10; i < 30; ++i) {
            s.put(std::to_string(i) + "/2", "old");
            s.put(std::to_string(i) + "/1", "waits");
            expected += (i == 10 ? "" : " ") + std::to_string(i) + "=old";
        }
        auto names = s.names.list();
        std::vector<name_state> all;
        for (auto page = must_next(s.w, names); !page.empty(); page = must_next(s.w, names)) {
            BOOST_TEST(page.size() <= size);
            for (auto& state : page)
                all.push_back(std::move(state));
            for (int i = 10; i < 30; ++i)
                s.put(std::to_string(i) + "/2", "new");
            s.w.etcd.remove("locker/15/2");
            s.put("99/1", "new");
        }
        BOOST_TEST(words(all) == expected);
    }
}

BOOST_AUTO_TEST_CASE(no_answer_holds_more_than_a_page)
{
    scene s{10};
    for (int i = 0; i < 500; ++i)
        s.put(std::to_string(i) + "/1", "v");
    int reads = 0;
    s.w.etcd.on_message([&](const memory::message& m) {
        reads += m.kind == call_kind::range && m.direction == direction::to_server;
        return memory::fault::none();
    });
    auto names = s.names.list();
    std::size_t found = 0;
    for (auto page = must_next(s.w, names); !page.empty(); page = must_next(s.w, names)) {
        BOOST_TEST(page.size() <= 10u + 1);  // and the one that the page before had begun with
        found += page.size();
    }
    BOOST_TEST(found == 500u);
    BOOST_TEST(reads == 50);
}

BOOST_AUTO_TEST_CASE(a_compaction_in_between_is_an_error)
{
    scene s{2};
    for (int i = 0; i < 9; ++i)
        s.put(std::to_string(i) + "/1", "v");
    auto names = s.names.list();
    must_next(s.w, names);
    s.put("x/1", "v");
    s.w.etcd.compact(s.now());
    for (int i = 0; i < 2; ++i) {
        auto next = s.w.next(names);
        MUST_FAIL(s.w, next, errc::compacted);
    }
}

BOOST_AUTO_TEST_CASE(after_an_outage_it_goes_on_from_where_it_was)
{
    scene s{2};
    for (int i = 0; i < 6; ++i)
        s.put(std::to_string(i) + "/1", "v");
    auto names = s.names.list();
    std::string all = words(must_next(s.w, names));
    for (std::size_t m = 0; m < 3; ++m)
        s.w.etcd.stop(m);
    auto next = s.w.next(names);
    MUST_FAIL(s.w, next, errc::unreachable);
    s.w.etcd.start(1);
    for (auto page = must_next(s.w, names); !page.empty(); page = must_next(s.w, names))
        all += " " + words(page);
    BOOST_TEST(all == "0=v 1=v 2=v 3=v 4=v 5=v");
}

BOOST_AUTO_TEST_CASE(cancelled_calls_lose_nothing)
{
    scene s{2};
    std::string expected;
    for (int i = 0; i < 9; ++i) {
        s.put(std::to_string(i) + "/1", "v");
        expected += (i == 0 ? "" : " ") + std::to_string(i) + "=v";
    }
    auto names = s.names.list();
    std::string all;
    for (int i = 0;; ++i) {
        auto next = s.w.next(names);
        for (int steps = 0; steps < i % 5; ++steps)
            s.w.step();
        next.cancel();
        s.w.poll();
        BOOST_TEST_REQUIRE(next.done());
        if (!next.ok())
            continue;
        if (next.value().empty())
            break;
        all += (all.empty() ? "" : " ") + words(next.value());
    }
    BOOST_TEST(all == expected);
}

BOOST_AUTO_TEST_CASE(only_one_call_at_a_time_and_none_after_the_end)
{
    scene s;
    auto names = s.names.list();
    auto first = s.w.next(names);
    auto second = s.w.next(names);
    MUST_FAIL(s.w, second, errc::already_waiting);
    MUST(s.w, first);
    auto again = s.names.list();
    auto last = s.w.next(again);
    again = {};
    s.w.run_for(1s);
    BOOST_TEST(last.aborted());
    auto none = s.w.next(again);
    MUST_FAIL(s.w, none, errc::invalid_name);
}

BOOST_AUTO_TEST_SUITE_END()
