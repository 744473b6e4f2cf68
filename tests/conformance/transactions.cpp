// SPDX-License-Identifier: Apache-2.0
#include "subject.hpp"

#include <cstddef>
#include <variant>

using namespace leasehold;
using namespace leasehold::conformance;

namespace {

transaction putting(const std::string& key)
{
    transaction t;
    t.then.emplace_back(put_request{key, "v", 0});
    return t;
}

bool refused_as_duplicate(session& s, const transaction& t)
{
    const auto r = s.txn(t).status;
    return r.code == core::status_code::invalid_argument &&
           r.text == "etcdserver: duplicate key given in txn request";
}

/// So many children of so many operations each, and reads to make up the parent's own.
transaction nested(session& s, std::size_t parent, std::size_t children, std::size_t operations)
{
    transaction outer;
    for (std::size_t c = 0; c < children; ++c) {
        transaction child;
        for (std::size_t o = 0; o < operations; ++o)
            child.then.emplace_back(put_request{s.key(std::to_string(c) + '/' + std::to_string(o)), "v", 0});
        outer.then.emplace_back(std::move(child));
    }
    for (std::size_t p = children; p < parent; ++p)
        outer.then.emplace_back(s.get("x"));
    return outer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(transactions)

BOOST_AUTO_TEST_CASE(have_one_revision_and_read_their_own_writes)
{
    session s;
    const auto before = s.put(s.key("z"), "1").response.revision;
    transaction t;
    t.then.emplace_back(put_request{s.key("a"), "1", 0});
    t.then.emplace_back(s.get("a", "c"));
    t.then.emplace_back(put_request{s.key("b"), "1", 0});
    const auto r = s.txn(t).response;
    BOOST_TEST(r.succeeded);
    BOOST_TEST(r.revision == before + 1);
    BOOST_TEST_REQUIRE(r.results.size() == 3u);
    BOOST_TEST(s.names(std::get<get_result>(r.results[1].result)) == "a ");
    BOOST_TEST(s.range(s.get("a")).response.items.at(0).create_revision == before + 1);
    BOOST_TEST(s.range(s.get("b")).response.items.at(0).create_revision == before + 1);
    transaction nothing;
    nothing.then.emplace_back(s.get("a"));
    BOOST_TEST(s.txn(nothing).response.revision == before + 1);
}

BOOST_AUTO_TEST_CASE(of_several_locks_decide_each_for_itself)
{
    session s;
    const auto lease = s.fresh_lease();
    s.grant(lease, 600s);
    const auto before = s.put(s.key("taken/1"), "v").response.revision;
    const auto taken = core::lock_place::make(s.key("taken"), lease);
    const auto free = core::lock_place::make(s.key("free"), lease);
    const auto tried = core::lock_place::make(s.key("tried"), lease);
    const std::string value = "v";
    using kind = core::lock_request::kind;
    const auto r = s.txn({{kind::enqueue_behind, &taken, &value},
                          {kind::enqueue, &free, &value},
                          {kind::try_enqueue, &tried, &value}})
                       .response;
    BOOST_TEST(r.revision == before + 1);
    BOOST_TEST_REQUIRE(r.results.size() == 3u);
    const auto of_member = [&](std::size_t i) {
        auto member = std::get<transaction_result>(r.results[i].result);
        member.revision = r.revision;
        return member;
    };
    const auto behind = core::read_enqueue_behind(taken, of_member(0));
    BOOST_TEST(behind.predecessor == s.key("taken/1"));
    BOOST_TEST(behind.ahead == 1u);
    const auto alone = core::read_enqueue(of_member(1));
    BOOST_TEST(alone.known);
    BOOST_TEST(alone.ahead == 0u);
    BOOST_TEST(of_member(2).succeeded);
    const auto refused = s.txn({{kind::try_enqueue, &taken, &value}}).response;
    BOOST_TEST(!refused.succeeded);
    BOOST_TEST(core::read_try_enqueue(taken, refused).own == 0);
    BOOST_TEST(s.txn({{kind::leave, &free, nullptr, before + 1}}).response.succeeded);
    BOOST_TEST(!s.txn({{kind::leave, &tried, nullptr, before}}).response.succeeded);
}

BOOST_AUTO_TEST_CASE(take_the_other_branch_when_a_compare_fails)
{
    session s;
    auto t = putting(s.key("then"));
    t.when.push_back(compare::version(s.key("k")) == 7);
    t.otherwise.emplace_back(remove_request{s.key("k"), {}});
    t.otherwise.emplace_back(s.get("then"));
    s.put(s.key("k"), "v");
    const auto r = s.txn(t).response;
    BOOST_TEST(!r.succeeded);
    BOOST_TEST(std::get<remove_result>(r.results.at(0).result).removed == 1);
    BOOST_TEST(std::get<get_result>(r.results.at(1).result).count == 0);
}

BOOST_AUTO_TEST_CASE(decide_every_compare_beforehand)
{
    session s;
    auto inner = putting(s.key("inner"));
    inner.when.push_back(compare::create_revision(s.key("k")) == 0);
    auto t = putting(s.key("k"));
    t.then.emplace_back(inner);
    const auto r = s.txn(t).response;
    BOOST_TEST(std::get<transaction_result>(r.results.at(1).result).succeeded);
    BOOST_TEST(s.range(s.get("inner")).response.count == 1);
}

BOOST_AUTO_TEST_CASE(give_every_key_one_create_revision)
{
    session s;
    transaction outer;
    for (const auto* name : {"a", "b"}) {
        auto child = putting(s.key(name));
        child.when.push_back(compare::create_revision(s.key(name)) == 0);
        child.otherwise.emplace_back(s.get(name));
        outer.then.emplace_back(std::move(child));
    }
    const auto r = s.txn(outer).response;
    BOOST_TEST(s.range(s.get("a")).response.items.at(0).create_revision == r.revision);
    BOOST_TEST(s.range(s.get("b")).response.items.at(0).create_revision == r.revision);
    const auto again = s.txn(outer).response;
    BOOST_TEST(again.revision == r.revision);
    for (const auto& one : again.results) {
        const auto& child = std::get<transaction_result>(one.result);
        BOOST_TEST(!child.succeeded);
        BOOST_TEST(std::get<get_result>(child.results.at(0).result).items.at(0).create_revision ==
                   r.revision);
    }
}

BOOST_AUTO_TEST_CASE(compare_missing_keys_and_ranges)
{
    session s;
    const auto holds = [&s](compare c) {
        transaction t;
        t.when.push_back(std::move(c));
        t.then.emplace_back(s.get("k"));
        t.otherwise.emplace_back(s.get("k"));
        return s.txn(t).response.succeeded;
    };
    BOOST_TEST(holds(compare::create_revision(s.key("k")) == 0));
    BOOST_TEST(holds(compare::mod_revision(s.key("k")) == 0));
    BOOST_TEST(holds(compare::version(s.key("k")) < 1));
    BOOST_TEST(holds(compare::lease(s.key("k")) == 0));
    BOOST_TEST(!holds(compare::value_of(s.key("k")) == ""));
    BOOST_TEST(!holds(compare::value_of(s.key("k")) != "x"));
    BOOST_TEST(holds(compare::create_revision(s.key("p/"), s.key("p0")) == 0));
    const auto first = s.put(s.key("p/1"), "v").response.revision;
    s.put(s.key("p/2"), "v");
    BOOST_TEST(!holds(compare::create_revision(s.key("p/"), s.key("p0")) == 0));
    BOOST_TEST(holds(compare::create_revision(s.key("p/"), s.key("p0")) > 0));
    BOOST_TEST(!holds(compare::create_revision(s.key("p/"), s.key("p0")) == first));
    BOOST_TEST(holds(compare::create_revision(s.key("p/1")) == first));
    BOOST_TEST(holds(compare::create_revision(s.key("p/1")) != first + 1));
    BOOST_TEST(holds(compare::value_of(s.key("p/1")) == "v"));
}

BOOST_AUTO_TEST_CASE(refuse_keys_that_change_twice)
{
    session s;
    auto t = putting(s.key("a"));
    t.then.emplace_back(put_request{s.key("a"), "2", 0});
    BOOST_TEST(refused_as_duplicate(s, t));
    t = putting(s.key("b"));
    t.then.emplace_back(remove_request{s.key("a"), s.key("c")});
    BOOST_TEST(refused_as_duplicate(s, t));
    t = putting(s.key("a"));
    t.then.emplace_back(putting(s.key("a")));
    BOOST_TEST(refused_as_duplicate(s, t));
    transaction siblings;
    siblings.then.emplace_back(putting(s.key("a")));
    siblings.then.emplace_back(putting(s.key("a")));
    BOOST_TEST(refused_as_duplicate(s, siblings));
    BOOST_TEST(s.range(s.get("a")).response.count == 0);
}

BOOST_AUTO_TEST_CASE(may_change_a_key_in_either_branch_and_delete_twice)
{
    session s;
    auto child = putting(s.key("a"));
    child.otherwise.emplace_back(put_request{s.key("a"), "2", 0});
    transaction outer;
    outer.then.emplace_back(child);
    outer.then.emplace_back(remove_request{s.key("x"), {}});
    outer.then.emplace_back(remove_request{s.key("x"), {}});
    BOOST_TEST(s.txn(outer).status.ok());
}

BOOST_AUTO_TEST_CASE(have_a_budget_less_their_parents)
{
    session s;
    BOOST_TEST(s.txn(nested(s, 128, 0, 0)).status.ok());
    const auto refused = s.txn(nested(s, 129, 0, 0)).status;
    BOOST_TEST((refused.code == core::status_code::invalid_argument));
    BOOST_TEST(refused.text == "etcdserver: too many operations in txn request");
    BOOST_TEST(s.txn(nested(s, 28, 28, 100)).status.ok());
    BOOST_TEST(!s.txn(nested(s, 28, 1, 101)).status.ok());
    BOOST_TEST(!s.txn(nested(s, 100, 100, 29)).status.ok());
}

BOOST_AUTO_TEST_CASE(fail_as_a_whole)
{
    session s;
    auto t = putting(s.key("a"));
    t.then.emplace_back(put_request{s.key("b"), "v", 4711});
    const auto refused = s.txn(t).status;
    BOOST_TEST((refused.code == core::status_code::not_found));
    BOOST_TEST(refused.text == "etcdserver: requested lease not found");
    BOOST_TEST(s.range(s.get("a")).response.count == 0);
    // What is not done is not checked.
    transaction other;
    other.then.emplace_back(s.get("a"));
    other.otherwise.emplace_back(put_request{s.key("b"), "v", 4711});
    BOOST_TEST(s.txn(other).status.ok());
    // Nor, of all nested ones, what one of them cannot do: it takes the others along.
    transaction outer;
    outer.then.emplace_back(putting(s.key("c")));
    transaction bad;
    bad.then.emplace_back(put_request{s.key("d"), "v", 4711});
    outer.then.emplace_back(bad);
    BOOST_TEST(!s.txn(outer).status.ok());
    BOOST_TEST(s.range(s.get("c")).response.count == 0);
}

BOOST_AUTO_TEST_CASE(need_keys)
{
    session s;
    transaction t;
    t.when.push_back(compare::version("") == 0);
    t.then.emplace_back(s.get("a"));
    BOOST_TEST(s.txn(t).status.text == "etcdserver: key is not provided");
    transaction nested_put;
    nested_put.then.emplace_back(putting(""));
    BOOST_TEST(s.txn(nested_put).status.text == "etcdserver: key is not provided");
}

BOOST_AUTO_TEST_SUITE_END()
