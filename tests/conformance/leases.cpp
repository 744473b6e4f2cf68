// SPDX-License-Identifier: Apache-2.0
#include "subject.hpp"

using namespace leasehold;
using namespace leasehold::conformance;

BOOST_AUTO_TEST_SUITE(leases)

BOOST_AUTO_TEST_CASE(take_their_keys_along)
{
    session s;
    const auto lease = s.fresh_lease();
    const auto granted = s.grant(lease, 10s).response;
    BOOST_TEST(granted.lease == lease);
    BOOST_TEST((granted.ttl == 10s));
    const auto twice = s.grant(lease, 10s).status;
    BOOST_TEST((twice.code == core::status_code::failed_precondition));
    BOOST_TEST(twice.text == "etcdserver: lease already exists");
    for (const auto* name : {"a", "b", "c", "d"})
        s.put(s.key(name), "v", lease);
    BOOST_TEST(s.range(s.get("a")).response.items.at(0).lease == lease);
    s.put(s.key("c"), "without a lease");
    s.remove(s.key("b"));
    const auto keys = s.time_to_live(lease, true).response.keys;
    BOOST_TEST(keys.size() == 2u);
    const auto before = s.put(s.key("z"), "v").response.revision;
    BOOST_TEST(s.revoke(lease).status.ok());
    const auto left = s.range(s.get("a", "e")).response;
    BOOST_TEST(s.names(left) == "c ");
    BOOST_TEST(left.revision == before + 1);
}

BOOST_AUTO_TEST_CASE(that_are_not_there_are_told_so)
{
    session s;
    const auto lease = s.fresh_lease();
    const auto refused = s.revoke(lease).status;
    BOOST_TEST((refused.code == core::status_code::not_found));
    BOOST_TEST(refused.text == "etcdserver: requested lease not found");
    BOOST_TEST((s.put(s.key("k"), "v", lease).status.code == core::status_code::not_found));
    BOOST_TEST((s.time_to_live(lease).response.ttl == -1s));
    renewal_log renewals{s};
    const auto answer = renewals.renew(lease);
    BOOST_TEST(answer.lease == lease);
    BOOST_TEST((answer.ttl == 0s));
    // The stream lives on.
    s.grant(lease, 10s);
    BOOST_TEST((renewals.renew(lease).ttl == 10s));
}

BOOST_AUTO_TEST_CASE(have_a_least_time_to_live_and_a_most)
{
    session s;
    const auto lease = s.fresh_lease();
    BOOST_TEST((s.grant(lease, 1s).response.ttl == 2s));
    BOOST_TEST((s.time_to_live(lease).response.granted_ttl == 2s));
    const auto refused = s.grant(s.fresh_lease(), 9'000'000'001s).status;
    BOOST_TEST((refused.code == core::status_code::out_of_range));
    BOOST_TEST(refused.text == "etcdserver: too large lease TTL");
}

BOOST_AUTO_TEST_CASE(tell_whole_seconds_of_what_is_left)
{
    session s;
    const auto lease = s.fresh_lease();
    s.grant(lease, 10s);
    s->wait([] { return false; }, 200ms);
    const auto told = s.time_to_live(lease).response;
    BOOST_TEST((told.ttl > 0s && told.ttl <= 9s));  // cut off, not rounded
    BOOST_TEST((told.granted_ttl == 10s));
}

BOOST_AUTO_TEST_CASE(end_after_their_time_unless_they_are_renewed)
{
    session s;
    const auto renewed = s.fresh_lease();
    const auto left_alone = s.fresh_lease();
    s.grant(renewed, 4s);
    s.put(s.key("renewed"), "v", renewed);
    renewal_log renewals{s};
    s.grant(left_alone, 4s);
    s.put(s.key("left alone"), "v", left_alone);
    // The one would have ended first.
    while (s.range(s.get("left alone")).response.count == 1) {
        BOOST_TEST_REQUIRE((renewals.renew(renewed).ttl == 4s));
        s->wait([] { return false; }, 500ms);
    }
    BOOST_TEST(s.range(s.get("renewed")).response.count == 1);
    BOOST_TEST((s.time_to_live(left_alone).response.ttl == -1s));
    s.revoke(renewed);  // its end would be a revision that others do not expect
}

BOOST_AUTO_TEST_SUITE_END()
