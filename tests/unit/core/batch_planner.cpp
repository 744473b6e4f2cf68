// SPDX-License-Identifier: Apache-2.0
#include <core/batch_planner.hpp>
#include <core/lock_protocol.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

BOOST_AUTO_TEST_SUITE(core_batch_planner)

using namespace leasehold;
using namespace std::chrono_literals;

namespace {

using planner = core::batch_planner<int>;
using limits = planner::limits;

const boot_clock::time_point now{1h};

core::footprint leave_of(const std::string& name)
{
    const auto place = core::lock_place::make(name, 1);
    return core::footprint_of({core::lock_request::kind::leave, &place, nullptr, 1});
}

/// A queue's prefix for as long as the planners need it.
std::string_view prefix_of(const std::string& name)
{
    static std::set<std::string> all;
    return *all.insert(name + "/").first;
}

planner::member member(int id, const std::string& name, boot_clock::duration left = 5s)
{
    return {prefix_of(name), leave_of(name), now + left, 5s, id};
}

std::vector<int> ids(const planner::batch& b)
{
    std::vector<int> list;
    for (const auto& m : b)
        list.push_back(m.payload);
    return list;
}

using list = std::vector<int>;

/// `n` members of different locks, numbered from `first`.
void add_many(planner& p, int n, int first = 1)
{
    for (int i = first; i < first + n; ++i)
        p.add(member(i, "lock-" + std::to_string(i)));
}

list from_to(int first, int last)
{
    list l;
    for (int i = first; i <= last; ++i)
        l.push_back(i);
    return l;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(when_to_send)

BOOST_AUTO_TEST_CASE(what_comes_first_goes_at_once)
{
    planner p;
    BOOST_TEST(p.next(now).empty());
    p.add(member(1, "a"));
    BOOST_TEST(ids(p.next(now)) == list{1});
    BOOST_TEST(p.next(now).empty());
}

BOOST_AUTO_TEST_CASE(what_gathers_meanwhile_goes_next_and_together)
{
    planner p;
    add_many(p, 1);
    p.next(now);
    add_many(p, 5, 2);
    BOOST_TEST(p.next(now).empty());
    p.on_done();
    BOOST_TEST(ids(p.next(now)) == from_to(2, 6));
    BOOST_TEST(p.empty());
}

BOOST_AUTO_TEST_CASE(a_full_batch_does_not_wait)
{
    planner p{limits{.members = 10}};
    add_many(p, 25);
    BOOST_TEST(ids(p.next(now)) == from_to(1, 10));
    BOOST_TEST(ids(p.next(now)) == from_to(11, 20));
    BOOST_TEST(p.next(now).empty());
    p.on_done();
    BOOST_TEST(p.next(now).empty());
    p.on_done();
    BOOST_TEST(ids(p.next(now)) == from_to(21, 25));
}

BOOST_AUTO_TEST_CASE(no_more_than_so_many_are_in_flight)
{
    planner p{limits{.in_flight = 2, .members = 10}};
    add_many(p, 40);
    BOOST_TEST(p.next(now).size() == 10u);
    BOOST_TEST(p.next(now).size() == 10u);
    BOOST_TEST(p.next(now).empty());
    p.on_done();
    BOOST_TEST(p.next(now).size() == 10u);
    BOOST_TEST(p.next(now).empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(who_goes_together)

BOOST_AUTO_TEST_CASE(not_two_of_one_queue)
{
    planner p;
    p.add(member(1, "a"));
    p.add(member(2, "a"));
    p.add(member(3, "b"));
    p.add(member(4, "a"));
    BOOST_TEST((ids(p.next(now)) == list{1, 3}));
    p.on_done();
    // In the order of their coming.
    BOOST_TEST((ids(p.next(now)) == list{2}));
    p.on_done();
    BOOST_TEST((ids(p.next(now)) == list{4}));
}

BOOST_AUTO_TEST_CASE(not_a_queue_inside_another)
{
    planner p;
    p.add(member(1, "a/b"));
    p.add(member(2, "a"));
    p.add(member(3, "a/b/c/d"));
    p.add(member(4, "a/bc"));
    p.add(member(5, "ab"));
    BOOST_TEST((ids(p.next(now)) == list{1, 4, 5}));
    p.on_done();
    BOOST_TEST((ids(p.next(now)) == list{2}));
    p.on_done();
    BOOST_TEST((ids(p.next(now)) == list{3}));
}

BOOST_AUTO_TEST_CASE(one_crowded_queue_does_not_make_every_look_long)
{
    planner p{limits{.scan = 5}};
    for (int i = 1; i <= 10; ++i)
        p.add(member(i, "crowded"));
    p.add(member(11, "other"));
    BOOST_TEST((ids(p.next(now)) == list{1}));
    p.on_done();
    BOOST_TEST((ids(p.next(now)) == list{2}));
}

BOOST_AUTO_TEST_CASE(no_more_than_the_budget_of_operations)
{
    planner p{limits{.operations = 20}};
    add_many(p, 40);
    // A release needs one operation of what the outer transaction leaves it.
    BOOST_TEST(p.next(now).size() == 19u);
}

BOOST_AUTO_TEST_CASE(no_more_than_so_many_bytes)
{
    planner p{limits{.bytes = 100}};
    for (int i = 1; i <= 3; ++i)
        p.add(member(i, std::string(30, char('a' + i))));
    // Its key stands in a compare and in a deletion.
    BOOST_TEST((ids(p.next(now)) == list{1}));
}

BOOST_AUTO_TEST_CASE(one_that_is_too_large_for_company_goes_alone)
{
    planner p{limits{.bytes = 10}};
    p.add(member(1, std::string(30, 'a')));
    BOOST_TEST((ids(p.next(now)) == list{1}));
}

BOOST_AUTO_TEST_CASE(who_has_little_time_goes_alone)
{
    planner p;
    p.add(member(1, "a"));
    p.add(member(2, "b", 50ms));
    p.add(member(3, "c"));
    BOOST_TEST((ids(p.next(now)) == list{1, 3}));
    p.on_done();
    p.add(member(4, "d"));
    BOOST_TEST((ids(p.next(now)) == list{2}));
    p.on_done();
    BOOST_TEST((ids(p.next(now)) == list{4}));
}

BOOST_AUTO_TEST_CASE(the_time_of_an_answer_begins_when_it_is_sent)
{
    planner p;
    p.add({prefix_of("a"), leave_of("a"), now + 10s, 250ms, 1});
    const auto later = now + 3s;
    const auto b = p.next(later);
    BOOST_TEST_REQUIRE(b.size() == 1u);
    BOOST_TEST((b[0].deadline(later) == later + 250ms));
    BOOST_TEST((b[0].deadline(now + 9900ms) == now + 10s));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(when_a_batch_is_refused)

BOOST_AUTO_TEST_CASE(the_culprit_is_found_by_halving)
{
    planner p;
    add_many(p, 100);
    int sent = 0;
    list accepted, refused;
    for (auto b = p.next(now); !b.empty(); b = p.next(now)) {
        ++sent;
        p.on_done();
        const auto in = ids(b);
        const bool has_culprit = std::find(in.begin(), in.end(), 37) != in.end();
        if (!has_culprit)
            accepted.insert(accepted.end(), in.begin(), in.end());
        else if (b.size() == 1)
            refused = in;
        else
            p.on_refused(std::move(b), core::refusal::other);
    }
    BOOST_TEST(refused == list{37});
    BOOST_TEST(accepted.size() == 99u);
    BOOST_TEST(std::is_sorted(accepted.begin(), accepted.end()));
    BOOST_TEST(sent <= 15);
}

BOOST_AUTO_TEST_CASE(its_halves_do_not_wait_for_what_else_is_in_flight)
{
    planner p{limits{.members = 4}};
    add_many(p, 8);
    p.next(now);
    auto second = p.next(now);
    p.on_done();
    p.on_refused(std::move(second), core::refusal::other);
    BOOST_TEST((ids(p.next(now)) == list{5, 6}));
    BOOST_TEST((ids(p.next(now)) == list{7, 8}));
}

BOOST_AUTO_TEST_CASE(the_servers_smaller_budget_is_learned)
{
    planner p;
    add_many(p, 200);
    auto b = p.next(now);
    BOOST_TEST(b.size() == 100u);
    p.on_done();
    p.on_refused(std::move(b), core::refusal::too_many_operations);
    for (b = p.next(now); !b.empty() && b.front().payload <= 100; b = p.next(now))
        p.on_done();
    BOOST_TEST(b.front().payload == 101);
    BOOST_TEST(b.size() + 1 <= 101u / 2);
}

BOOST_AUTO_TEST_CASE(the_servers_smaller_request_limit_is_learned)
{
    planner p;
    add_many(p, 200);
    auto b = p.next(now);
    p.on_done();
    p.on_refused(std::move(b), core::refusal::too_large);
    for (b = p.next(now); !b.empty() && b.front().payload <= 100; b = p.next(now))
        p.on_done();
    BOOST_TEST(b.size() <= 51u);
}

BOOST_AUTO_TEST_CASE(which_refusals_may_be_one_members)
{
    using core::verdict;
    for (const auto v : {verdict::lease_gone, verdict::permission_denied, verdict::invalid})
        BOOST_TEST(core::refused_as_a_whole(v));
    for (const auto v : {verdict::ok, verdict::retry, verdict::back_off, verdict::ambiguous,
                         verdict::no_space, verdict::unauthenticated, verdict::fatal})
        BOOST_TEST(!core::refused_as_a_whole(v));
    using core::status_code;
    BOOST_TEST((core::why_refused(
                    {status_code::invalid_argument, "etcdserver: too many operations in txn request"}) ==
                core::refusal::too_many_operations));
    BOOST_TEST((core::why_refused({status_code::invalid_argument, "etcdserver: request is too large"}) ==
                core::refusal::too_large));
    BOOST_TEST((core::why_refused({status_code::not_found, "etcdserver: requested lease not found"}) ==
                core::refusal::other));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(what_an_attempt_needs_of_the_budget)
{
    const auto place = core::lock_place::make("name", 0x1234);
    using kind = core::lock_request::kind;
    const std::string value = "value";
    const std::string large(1000, 'x');
    BOOST_TEST(core::footprint_of({kind::enqueue, &place, &value}).operations == 2u);
    BOOST_TEST(core::footprint_of({kind::enqueue_behind, &place, &value}).operations == 2u);
    BOOST_TEST(core::footprint_of({kind::try_enqueue, &place, &value}).operations == 1u);
    BOOST_TEST(core::footprint_of({kind::leave, &place, nullptr, 1}).operations == 1u);
    const auto small = core::footprint_of({kind::enqueue, &place, &value}).bytes;
    BOOST_TEST(core::footprint_of({kind::enqueue, &place, &large}).bytes == small + (1000 - 5));
}

BOOST_AUTO_TEST_CASE(prefixes_that_meet)
{
    core::prefix_set s;
    BOOST_TEST(s.add("/a/b/"));
    BOOST_TEST(!s.add("/a/b/"));
    BOOST_TEST(!s.add("/a/"));
    BOOST_TEST(!s.add("/a/b/c/"));
    BOOST_TEST(!s.add("/"));
    BOOST_TEST(s.add("/a/bc/"));
    BOOST_TEST(s.add("/a/a/"));
    BOOST_TEST(s.add("b/"));
    BOOST_TEST(!s.add("b//"));
}

BOOST_AUTO_TEST_SUITE_END()
