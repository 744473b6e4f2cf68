// SPDX-License-Identifier: Apache-2.0
#include "../../../src/cli/looking.hpp"

#include "running.hpp"

#include <view/queue_key.hpp>

#include <leasehold/errc.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(cli_looking)

using namespace leasehold;
using namespace leasehold::cli;
using namespace leasehold::cli::test;
using namespace std::chrono_literals;
using memory::call_kind;
using memory::direction;
using memory::fault;

namespace {

/// An etcd with a client, and a count of what the client has asked.
struct fixture {
    world w;
    client c = w.connect();
    std::map<call_kind, int> sent;
    std::map<call_kind, int> answered;
    memory::fault_policy policy;

    fixture()
    {
        w.etcd.on_message([this](const memory::message& m) {
            ++(m.direction == direction::to_server ? sent : answered)[m.kind];
            return policy ? policy(m) : fault::none();
        });
    }

    /// A place in a queue, on a lease of its own.
    std::string queue_up(const std::string& name, const std::string& value)
    {
        const lease_id lease = grant(w, c);
        std::string key = name + '/' + hex(lease);
        w.etcd.put(key, value, lease);
        return key;
    }

    void forget_counts()
    {
        sent.clear();
        answered.clear();
    }

    /// Runs until so many answers of that kind have been sent.
    void run_until_answered(call_kind kind, int count)
    {
        BOOST_TEST_REQUIRE(w.run_until([&] { return answered[kind] >= count; }));
    }

    lock_listing locks(const std::string& prefix) { return run(w, find_locks(c, prefix)); }
};

std::string brief(const std::vector<lock_row>& rows)
{
    std::string text;
    for (const lock_row& r : rows)
        text += r.name + '=' + r.holder.value + '+' + std::to_string(r.waiters) + ' ';
    return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(of_locks, fixture)

BOOST_AUTO_TEST_CASE(holders_have_values_and_the_others_are_counted)
{
    queue_up("b", "holder of b");
    queue_up("b", "waiter");
    queue_up("a", "holder of a");
    w.etcd.put("config", "x");
    w.etcd.put("users/1", "x");
    BOOST_TEST(brief(locks("").rows) == "a=holder of a+0 b=holder of b+1 ");
    BOOST_TEST(brief(locks("b").rows) == "b=holder of b+1 ");
    BOOST_TEST(brief(locks("c").rows) == "");
}

BOOST_AUTO_TEST_CASE(all_pages_are_of_one_revision)
{
    const std::string first = queue_up("a", "first");
    for (int i = 0; i < 4000; ++i)
        w.etcd.put("m/" + std::to_string(10000 + i), "x");
    queue_up("z", "last");
    const revision then = w.etcd.store().history().current();

    forget_counts();
    const auto looking = begin(w, find_locks(c, ""));
    run_until_answered(call_kind::range, 1);
    w.etcd.remove(first);
    queue_up("y", "new");
    queue_up("z", "waiter");
    const lock_listing found = finish(w, looking);
    BOOST_TEST(found.at == then);
    BOOST_TEST(brief(found.rows) == "a=first+0 z=last+0 ");
    BOOST_TEST(sent[call_kind::range] > 2);
}

BOOST_AUTO_TEST_CASE(a_look_that_a_compaction_overtakes_begins_anew)
{
    for (int i = 0; i < 1500; ++i)
        w.etcd.put("m/" + std::to_string(10000 + i), "x");
    queue_up("z", "old");
    const lease_id lease = grant(w, c);
    forget_counts();
    const auto looking = begin(w, find_locks(c, ""));
    run_until_answered(call_kind::range, 1);
    w.etcd.compact(w.etcd.put("a/" + hex(lease), "new", lease));
    BOOST_TEST(brief(finish(w, looking).rows) == "a=new+0 z=old+0 ");
}

BOOST_AUTO_TEST_CASE(a_look_that_compactions_overtake_again_and_again_fails)
{
    for (int i = 0; i < 1500; ++i)
        w.etcd.put("m/" + std::to_string(10000 + i), "x");
    forget_counts();
    const auto looking = begin(w, find_locks(c, ""));
    for (int look = 0; look < 3; ++look) {
        run_until_answered(call_kind::range, 2 * look + 1);
        w.etcd.compact(w.etcd.put("x", "x"));
    }
    BOOST_CHECK_EXCEPTION(finish(w, looking), leasehold::error,
                          [](const auto& e) { return e.code() == errc::compacted; });
}

BOOST_AUTO_TEST_CASE(a_holder_that_goes_while_we_look_is_as_it_was)
{
    const std::string goes = queue_up("a", "goes");
    const std::string again = queue_up("b", "before");
    const lease_id lease = w.find(again)->lease;
    queue_up("c", "stays");
    forget_counts();
    const auto looking = begin(w, find_locks(c, ""));
    run_until_answered(call_kind::range, 1);
    w.etcd.remove(goes);
    w.etcd.remove(again);
    w.etcd.put(again, "after", lease);  // the same key, and another ownership
    BOOST_TEST(brief(finish(w, looking).rows) == "a=goes+0 b=before+0 c=stays+0 ");
}

BOOST_AUTO_TEST_CASE(a_value_that_is_written_while_we_look_is_found)
{
    const std::string key = queue_up("a", "before");
    const auto looking = begin(w, find_locks(c, ""));
    forget_counts();
    run_until_answered(call_kind::range, 1);
    w.etcd.put(key, "after", w.find(key)->lease);
    const auto found = finish(w, looking);
    BOOST_TEST(brief(found.rows) == "a=after+0 ");
    BOOST_TEST(found.rows.at(0).holder.mod_revision == w.find(key)->mod_revision);
}

BOOST_AUTO_TEST_CASE(many_values_come_in_few_requests)
{
    for (int i = 0; i < 100; ++i)
        queue_up("lock " + std::to_string(100 + i), "value " + std::to_string(i));
    forget_counts();
    const auto rows = locks("").rows;
    for (std::size_t i = 0; i < 100; ++i)
        BOOST_TEST(rows.at(i).holder.value == "value " + std::to_string(i));
    BOOST_TEST(sent[call_kind::txn] == 4);
    BOOST_TEST(sent[call_kind::range] == 1);
}

BOOST_AUTO_TEST_CASE(values_that_are_known_are_not_asked_for)
{
    queue_up("a", "one");
    const std::string changes = queue_up("b", "two");
    const auto before = locks("").rows;
    forget_counts();
    BOOST_TEST(brief(run(w, find_locks(c, "", before)).rows) == "a=one+0 b=two+0 ");
    BOOST_TEST(sent[call_kind::txn] == 0);
    w.etcd.put(changes, "three", w.find(changes)->lease);
    BOOST_TEST(brief(run(w, find_locks(c, "", before)).rows) == "a=one+0 b=three+0 ");
    BOOST_TEST(sent[call_kind::txn] == 1);
}

BOOST_AUTO_TEST_CASE(a_lost_or_refused_transaction_is_made_up_for)
{
    const core::status too_many{core::status_code::invalid_argument,
                                "etcdserver: too many operations in txn request"};
    queue_up("a", "one");
    queue_up("b", "two");
    for (const fault& f : {fault::fail(memory::connection_reset()), fault::fail(too_many)}) {
        policy = [&f](const memory::message& m) {
            return m.kind == call_kind::txn && m.direction == direction::to_client ? f : fault::none();
        };
        BOOST_TEST(brief(locks("").rows) == "a=one+0 b=two+0 ");
    }
}

BOOST_AUTO_TEST_CASE(names_are_found_without_values)
{
    queue_up("b", "x");
    queue_up("a", "x");
    forget_counts();
    const auto names = run(w, find_names(c, ""));
    BOOST_TEST(names == (std::vector<std::string>{"a", "b"}), boost::test_tools::per_element());
    BOOST_TEST(sent[call_kind::txn] == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(of_one_lock, fixture)

BOOST_AUTO_TEST_CASE(the_oldest_key_holds_it)
{
    BOOST_TEST(!run(w, find_holder(c, "a")).holder);
    const std::string first = queue_up("a", "first");
    const revision then = w.etcd.store().history().current();
    queue_up("a", "second");
    BOOST_TEST(run(w, find_holder(c, "a")).holder->value == "first");
    w.etcd.remove(first);
    BOOST_TEST(run(w, find_holder(c, "a")).holder->value == "second");
    const holding before = run(w, find_holder(c, "a", then));
    BOOST_TEST(before.holder->value == "first");
    BOOST_TEST(before.at == then);
}

BOOST_AUTO_TEST_CASE(below_a_prefix_foreign_keys_hold_nothing_however_many_are_older)
{
    for (const int foreign : {0, 3, 40}) {
        const std::string name = "lock " + std::to_string(foreign);
        for (int i = 0; i < foreign; ++i)
            w.etcd.put(name + "/foreign " + std::to_string(i), "x");
        const revision empty = w.etcd.store().history().current();
        queue_up(name, "holder");
        queue_up(name, "waiter");
        const revision now = w.etcd.store().history().current();
        BOOST_TEST(run(w, find_proper_holder(c, name, now)).holder->value == "holder");
        BOOST_TEST(!run(w, find_proper_holder(c, name, empty)).holder);
    }
}

BOOST_AUTO_TEST_CASE(the_queue_is_in_its_order)
{
    std::vector<std::string> values;
    for (int i = 0; i < 1100; ++i) {
        values.push_back("value " + std::to_string(i));
        // Keys in the opposite order.
        w.etcd.put("a/" + std::to_string(9999 - i), values.back());
    }
    w.etcd.put("b/1", "x");
    std::vector<std::string> found;
    for (const key_value& entry : run(w, find_queue(c, "a")))
        found.push_back(entry.value);
    BOOST_TEST(found == values, boost::test_tools::per_element());
    BOOST_TEST(run(w, find_queue(c, "c")).empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(of_leases, fixture)

BOOST_AUTO_TEST_CASE(each_is_asked_for_once_and_those_that_ended_are_left_out)
{
    const lease_id lives = grant(w, c, 100s);
    const lease_id ends = grant(w, c, 100s);
    w.run_for(30s);
    w.etcd.revoke(ends);
    forget_counts();
    const auto left = run(w, find_ttls(c, {lives, ends, lives, lives}));
    BOOST_TEST(left.size() == 1U);
    BOOST_TEST((left.at(lives) == 70s));
    BOOST_TEST(sent[call_kind::lease_time_to_live] == 2);
}

BOOST_AUTO_TEST_CASE(a_failure_is_told)
{
    const lease_id lease = grant(w, c);
    policy = [](const memory::message& m) {
        return m.kind == call_kind::lease_time_to_live
                   ? fault::fail({core::status_code::permission_denied, "etcdserver: permission denied"})
                   : fault::none();
    };
    BOOST_CHECK_EXCEPTION(run(w, find_ttls(c, {lease})), leasehold::error,
                          [](const auto& e) { return e.code() == errc::permission_denied; });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
