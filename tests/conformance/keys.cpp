// SPDX-License-Identifier: Apache-2.0
#include "subject.hpp"

using namespace leasehold;
using namespace leasehold::conformance;

BOOST_AUTO_TEST_SUITE(keys)

BOOST_AUTO_TEST_CASE(have_revisions_and_versions)
{
    session s;
    const auto first = s.put(s.key("k"), "1").response.revision;
    BOOST_TEST(s.put(s.key("k"), "2").response.revision == first + 1);
    const auto kv = s.range(s.get("k")).response.items.at(0);
    BOOST_TEST(kv.value == "2");
    BOOST_TEST(kv.create_revision == first);
    BOOST_TEST(kv.mod_revision == first + 1);
    BOOST_TEST(kv.version == 2);
    const auto removed = s.remove(s.key("k")).response;
    BOOST_TEST(removed.removed == 1);
    BOOST_TEST(removed.revision == first + 2);
    const auto again = s.remove(s.key("k")).response;
    BOOST_TEST(again.removed == 0);
    BOOST_TEST(again.revision == first + 2);
    s.put(s.key("k"), "3");
    BOOST_TEST(s.range(s.get("k")).response.items.at(0).create_revision == first + 3);
    BOOST_TEST(s.range(s.get("k")).response.items.at(0).version == 1);
}

BOOST_AUTO_TEST_CASE(are_ranged_sorted_and_limited)
{
    session s;
    const auto first = s.put(s.key("c"), "c").response.revision;
    for (const auto* key : {"a", "d", "b"})
        s.put(s.key(key), key);
    s.put(s.key("a"), "again");
    auto r = s.get("a", "d");
    BOOST_TEST(s.names(s.range(r).response) == "a b c ");
    r.range_end = prefix_end(s.key(""));
    BOOST_TEST(s.names(s.range(r).response) == "a b c d ");
    r.sort = get_request::order::oldest_first;
    BOOST_TEST(s.names(s.range(r).response) == "c a d b ");
    r.sort = get_request::order::newest_first;
    r.limit = 2;
    BOOST_TEST(s.names(s.range(r).response) == "b d ");
    BOOST_TEST(s.range(r).response.more);
    BOOST_TEST(s.range(r).response.count == 4);
    r.max_create_revision = first + 1;
    BOOST_TEST(s.names(s.range(r).response) == "a c ");
    r.keys_only = true;
    BOOST_TEST(s.range(r).response.items.at(0).value.empty());
    BOOST_TEST(s.range(r).response.items.at(0).create_revision == first + 1);
    r.limit = 0;
    r.max_create_revision = 0;
    r.count_only = true;
    BOOST_TEST(s.range(r).response.items.empty());
    BOOST_TEST(s.range(r).response.count == 4);
}

BOOST_AUTO_TEST_CASE(what_a_filter_leaves_out_counts_and_is_not_more)
{
    session s;
    const auto first = s.put(s.key("a"), "1").response.revision;
    s.put(s.key("b"), "1");
    s.put(s.key("c"), "1");
    auto r = s.get("a", "z");
    r.max_create_revision = first + 1;
    const auto both = s.range(r).response;
    BOOST_TEST(s.names(both) == "a b ");
    BOOST_TEST(both.count == 3);
    BOOST_TEST(!both.more);
    r.limit = 1;
    r.sort = get_request::order::newest_first;
    const auto one = s.range(r).response;
    BOOST_TEST(s.names(one) == "b ");
    BOOST_TEST(one.more);
}

BOOST_AUTO_TEST_CASE(end_at_the_last_key_for_a_range_to_zero)
{
    session s;
    s.put(s.key("a"), "1");
    auto r = s.get("a");
    r.range_end = std::string(1, '\0');
    BOOST_TEST(s.range(r).response.count >= 1);
    r.range_end = s.key("a");
    BOOST_TEST(s.range(r).response.count == 0);
}

BOOST_AUTO_TEST_CASE(can_be_read_as_they_were_until_compacted)
{
    session s;
    const auto first = s.put(s.key("k"), "1").response.revision;
    s.put(s.key("k"), "2");
    s.remove(s.key("k"));
    s.put(s.key("k"), "3");
    auto r = s.get("k");
    r.at_revision = first;
    BOOST_TEST(s.range(r).response.items.at(0).value == "1");
    r.at_revision = first + 2;
    BOOST_TEST(s.range(r).response.items.empty());
    BOOST_TEST(s.range(r).response.revision == first + 3);
    s->compact(first + 1);
    r.at_revision = first + 1;
    BOOST_TEST(s.range(r).response.items.at(0).value == "2");
    r.at_revision = first;
    auto refused = s.range(r).status;
    BOOST_TEST((refused.code == core::status_code::out_of_range));
    BOOST_TEST(refused.text == "etcdserver: mvcc: required revision has been compacted");
    r.at_revision = first + 1000;
    refused = s.range(r).status;
    BOOST_TEST((refused.code == core::status_code::out_of_range));
    BOOST_TEST(refused.text == "etcdserver: mvcc: required revision is a future revision");
    BOOST_TEST(s.range(s.get("k")).response.items.at(0).value == "3");
}

BOOST_AUTO_TEST_CASE(need_a_name)
{
    session s;
    for (const auto& refused : {s.range({}).status, s.put("", "v").status, s.remove("").status}) {
        BOOST_TEST((refused.code == core::status_code::invalid_argument));
        BOOST_TEST(refused.text == "etcdserver: key is not provided");
    }
}

BOOST_AUTO_TEST_CASE(have_a_size_limit)
{
    session s;
    const auto refused = s.put(s.key("large"), std::string(1'700'000, 'x')).status;
    BOOST_TEST((refused.code == core::status_code::invalid_argument));
    BOOST_TEST(refused.text == "etcdserver: request is too large");
    BOOST_TEST(s.put(s.key("large"), std::string(1'400'000, 'x')).status.ok());
}

BOOST_AUTO_TEST_SUITE_END()
