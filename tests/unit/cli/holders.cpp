// SPDX-License-Identifier: Apache-2.0
#include "entries.hpp"

#include <view/holders.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

BOOST_AUTO_TEST_SUITE(cli_holders)

using namespace leasehold;
using namespace leasehold::cli;
using namespace leasehold::cli::test;

namespace {

using held = std::map<std::string, key_value>;

/// What is printed, in short: the name, and the key and value of the holder or a dash.
std::string brief(const holders::change& change)
{
    const std::string who = change.holder ? change.holder->key + "=" + change.holder->value : "-";
    return change.name + " " + who + " @" + std::to_string(change.at);
}

std::vector<std::string> brief(const std::vector<holders::change>& changes)
{
    std::vector<std::string> result;
    for (const auto& change : changes)
        result.push_back(brief(change));
    return result;
}

std::string brief(const holders::step& step)
{
    if (const auto* change = std::get_if<holders::change>(&step))
        return brief(*change);
    if (const auto* asked = std::get_if<holders::question>(&step))
        return asked->name + " ? @" + std::to_string(asked->at);
    return "";
}

void expect(const std::vector<holders::change>& found, const std::vector<std::string>& expected)
{
    const auto texts = brief(found);
    BOOST_TEST(texts == expected, boost::test_tools::per_element());
}

/// The lock "a", held with the key a/5 since revision 10.
holders held_lock()
{
    holders view = holders::of_lock("a");
    view.on_look({{"a", entry("a", 5, 10, "v")}}, 20);
    return view;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_first_look_tells_who_holds_the_lock)
{
    holders view = holders::of_lock("a");
    expect(view.on_look({{"a", entry("a", 5, 10, "v")}}, 20), {"a a/5=v @20"});
}

BOOST_AUTO_TEST_CASE(the_first_look_tells_that_the_lock_is_free)
{
    holders view = holders::of_lock("a");
    expect(view.on_look({}, 20), {"a - @20"});
    expect(view.on_look({}, 30), {});
}

BOOST_AUTO_TEST_CASE(the_first_look_at_a_prefix_tells_of_the_locks_that_are_held)
{
    holders view = holders::of_locks("");
    expect(view.on_look({}, 20), {});
    holders other = holders::of_locks("a");
    expect(other.on_look({{"ab", entry("ab", 1, 2, "x")}, {"aa", entry("aa", 2, 3, "y")}}, 20),
           {"aa aa/2=y @20", "ab ab/1=x @20"});
}

BOOST_AUTO_TEST_CASE(a_free_lock_is_taken)
{
    holders view = holders::of_lock("a");
    view.on_look({}, 20);
    BOOST_TEST(brief(view.on_put(entry("a", 7, 21, "v"))) == "a a/7=v @21");
}

BOOST_AUTO_TEST_CASE(a_waiter_is_no_change)
{
    holders view = held_lock();
    BOOST_TEST(brief(view.on_put(entry("a", 7, 21, "w"))) == "");
    BOOST_TEST(brief(view.on_put(entry("a", 7, 21, "w2", 22))) == "");
    BOOST_TEST(brief(view.on_removed("a/7", 23)) == "");
}

BOOST_AUTO_TEST_CASE(another_value_of_the_holder_is_a_change)
{
    holders view = held_lock();
    BOOST_TEST(brief(view.on_put(entry("a", 5, 10, "v2", 21))) == "a a/5=v2 @21");
}

BOOST_AUTO_TEST_CASE(the_same_value_written_again_is_no_change)
{
    holders view = held_lock();
    BOOST_TEST(brief(view.on_put(entry("a", 5, 10, "v", 21))) == "");
    BOOST_TEST(brief(view.on_put(entry("a", 5, 10, "w", 22))) == "a a/5=w @22");
}

BOOST_AUTO_TEST_CASE(when_the_holder_goes_etcd_is_asked_who_has_it_then)
{
    holders view = held_lock();
    const auto step = view.on_removed("a/5", 21);
    BOOST_REQUIRE(brief(step) == "a ? @21");
    const auto change = view.on_answer(std::get<holders::question>(step), entry("a", 7, 15, "w"));
    BOOST_TEST(brief(change) == "a a/7=w @21");
    BOOST_TEST(brief(view.on_put(entry("a", 7, 15, "w2", 22))) == "a a/7=w2 @22");
}

BOOST_AUTO_TEST_CASE(a_lock_that_nobody_takes_over_is_free_until_somebody_takes_it)
{
    holders view = held_lock();
    const auto step = view.on_removed("a/5", 21);
    BOOST_REQUIRE(brief(step) == "a ? @21");
    BOOST_TEST(brief(view.on_answer(std::get<holders::question>(step), std::nullopt)) == "a - @21");
    // The same session again, so the same key.
    BOOST_TEST(brief(view.on_put(entry("a", 5, 22, "v"))) == "a a/5=v @22");
}

// One transaction can delete the holder and create the next: its events have one revision, and so has
// the answer, which knows of both.
BOOST_AUTO_TEST_CASE(events_that_an_answer_has_foreseen_are_no_changes)
{
    holders view = held_lock();
    const auto step = view.on_removed("a/5", 21);
    BOOST_REQUIRE(brief(step) == "a ? @21");
    view.on_answer(std::get<holders::question>(step), entry("a", 8, 21, "next"));
    BOOST_TEST(brief(view.on_put(entry("a", 8, 21, "next"))) == "");
}

// `etcdctl del --prefix a/` never makes a holder of a waiter.
BOOST_AUTO_TEST_CASE(waiters_deleted_with_the_holder_never_held_the_lock)
{
    holders view = held_lock();
    view.on_put(entry("a", 7, 21, "w"));
    const auto step = view.on_removed("a/5", 22);
    BOOST_REQUIRE(brief(step) == "a ? @22");
    BOOST_TEST(brief(view.on_answer(std::get<holders::question>(step), std::nullopt)) == "a - @22");
    BOOST_TEST(brief(view.on_removed("a/7", 22)) == "");
}

BOOST_AUTO_TEST_CASE(any_key_below_the_name_is_in_its_queue)
{
    holders view = holders::of_lock("a");
    view.on_look({}, 20);
    key_value odd;
    odd.key = "a/whatever";
    odd.create_revision = odd.mod_revision = 21;
    BOOST_TEST(brief(view.on_put(odd)) == "a a/whatever= @21");
    BOOST_TEST(brief(view.on_removed("a/whatever", 22)) == "a ? @22");
}

BOOST_AUTO_TEST_CASE(keys_of_other_locks_are_none_of_ours)
{
    holders view = holders::of_lock("a");
    view.on_look({}, 20);
    BOOST_TEST(brief(view.on_put(entry("ab", 1, 21))) == "");
    BOOST_TEST(brief(view.on_put(entry("b", 1, 22))) == "");
    key_value bare;
    bare.key = "a";
    BOOST_TEST(brief(view.on_put(bare)) == "");
}

BOOST_AUTO_TEST_CASE(below_a_prefix_only_keys_of_locks_count)
{
    holders view = holders::of_locks("a/");
    view.on_look({}, 20);
    BOOST_TEST(brief(view.on_put(entry("a/x", 1, 21, "v"))) == "a/x a/x/1=v @21");
    BOOST_TEST(brief(view.on_put(entry("a", 1, 22))) == "");  // the lock "a" does not begin with "a/"
    BOOST_TEST(brief(view.on_put(entry("b/x", 1, 23))) == "");
    key_value other = entry("a/y", 1, 24);
    other.lease = 0;
    BOOST_TEST(brief(view.on_put(other)) == "");
    BOOST_TEST(brief(view.on_removed("a/y/1", 25)) == "");
    BOOST_TEST(brief(view.on_removed("a/x/zzz", 26)) == "");
    BOOST_TEST(brief(view.on_removed("a/x/1", 27)) == "a/x ? @27");
}

BOOST_AUTO_TEST_CASE(locks_below_a_prefix_are_apart)
{
    holders view = holders::of_locks("");
    view.on_look({{"a", entry("a", 1, 2)}, {"b", entry("b", 2, 3)}}, 20);
    BOOST_TEST(brief(view.on_removed("b/2", 21)) == "b ? @21");
    BOOST_TEST(brief(view.on_put(entry("a", 1, 2, "v", 22))) == "a a/1=v @22");
}

BOOST_AUTO_TEST_CASE(a_look_after_a_gap_tells_what_is_different)
{
    holders view = holders::of_locks("");
    view.on_look({{"gone", entry("gone", 1, 2)},
                  {"same", entry("same", 2, 3, "v")},
                  {"value", entry("value", 3, 4, "v")},
                  {"passed on", entry("passed on", 4, 5)},
                  {"again", entry("again", 5, 6, "v")}},
                 20);
    expect(view.on_look({{"same", entry("same", 2, 3, "v")},
                         {"value", entry("value", 3, 4, "w", 30)},
                         {"passed on", entry("passed on", 9, 25)},
                         {"again", entry("again", 5, 31, "v")},
                         {"new", entry("new", 7, 32)}},
                        40),
           {"gone - @40", "again again/5=v @40", "new new/7= @40", "passed on passed on/9= @40",
            "value value/3=w @40"});
    BOOST_TEST(brief(view.on_put(entry("gone", 1, 41))) == "gone gone/1= @41");
}

BOOST_AUTO_TEST_SUITE_END()
