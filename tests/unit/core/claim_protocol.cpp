// SPDX-License-Identifier: Apache-2.0
// The transaction that changes an owner's value, done to a small etcd, and what its answers are taken to
// mean.
#include "store.hpp"

#include <core/claim_protocol.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

BOOST_AUTO_TEST_SUITE(core_claim_protocol)

using namespace leasehold;
using namespace leasehold::core;
using leasehold::test::store;

namespace {

using kind = publish_outcome::kind;

/// An owner's key in an etcd of its own.
struct fixture {
    store etcd;
    owned_key mine;

    fixture()
    {
        etcd.put("lock/10", "first", 0x10);
        mine.key = "lock/10";
        mine.lease = 0x10;
        mine.created = etcd.now();
    }

    publish_outcome published(revision known, const std::string& value)
    {
        return read_publish(mine, *etcd.apply(publish(mine, known, value)));
    }
    const key_value& there() { return etcd.keys().at("lock/10"); }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_value_is_written_over_the_one_that_is_known, fixture)
{
    const auto first = published(mine.created, "second");
    BOOST_TEST((first.what == kind::done));
    BOOST_TEST(first.at == etcd.now());
    BOOST_TEST(there().value == "second");
    const auto second = published(first.at, "third");
    BOOST_TEST((second.what == kind::done));
    BOOST_TEST(there().value == "third");
}

// Without its lease the key would outlive its owner.
BOOST_FIXTURE_TEST_CASE(the_key_stays_the_same_one_on_the_same_lease, fixture)
{
    published(mine.created, "second");
    BOOST_TEST(there().create_revision == mine.created);
    BOOST_TEST(there().lease == 0x10);
    etcd.revoke(0x10);
    BOOST_TEST(etcd.keys().empty());
}

BOOST_FIXTURE_TEST_CASE(a_late_repetition_hides_no_later_value, fixture)
{
    const auto late = publish(mine, mine.created, "second");
    const auto second = published(mine.created, "second");
    published(second.at, "third");
    const auto answer = read_publish(mine, *etcd.apply(late));
    BOOST_TEST((answer.what == kind::changed_by_others));
    BOOST_TEST(there().value == "third");
}

BOOST_FIXTURE_TEST_CASE(a_repetition_finds_what_the_first_attempt_did, fixture)
{
    const auto first = published(mine.created, "second");
    const auto again = published(mine.created, "second");
    BOOST_TEST((again.what == kind::changed_by_others));
    BOOST_TEST(again.value == "second");
    BOOST_TEST(again.at == first.at);
    BOOST_TEST(etcd.now() == first.at);
}

BOOST_FIXTURE_TEST_CASE(what_somebody_else_wrote_is_read_and_left, fixture)
{
    etcd.put("lock/10", "by hand", 0x10);
    const auto answer = published(mine.created, "second");
    BOOST_TEST((answer.what == kind::changed_by_others));
    BOOST_TEST(answer.value == "by hand");
    BOOST_TEST(answer.at == etcd.now());
    BOOST_TEST(there().value == "by hand");
}

BOOST_FIXTURE_TEST_CASE(a_key_that_is_gone_is_not_written_again, fixture)
{
    etcd.remove("lock/10");
    BOOST_TEST((published(mine.created, "second").what == kind::key_gone));
    BOOST_TEST(etcd.keys().empty());
}

BOOST_FIXTURE_TEST_CASE(a_key_of_a_later_ownership_is_somebody_elses, fixture)
{
    etcd.remove("lock/10");
    etcd.put("lock/10", "later", 0x10);
    BOOST_TEST((published(mine.created, "second").what == kind::key_gone));
    BOOST_TEST(there().value == "later");
}

BOOST_FIXTURE_TEST_CASE(an_answer_without_a_read_says_nothing_good, fixture)
{
    BOOST_TEST((read_publish(mine, {}).what == kind::key_gone));
}

BOOST_AUTO_TEST_SUITE_END()
