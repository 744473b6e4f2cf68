// SPDX-License-Identifier: Apache-2.0
#include "directory.hpp"

#include <core/name_scan.hpp>
#include <core/name_scope.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <sstream>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(core_name_scan)

using namespace leasehold;
using namespace leasehold::core;
using leasehold::test::directory;
namespace data = boost::unit_test::data;

namespace {

std::string words(std::vector<name_state> states)
{
    std::ostringstream out;
    for (const auto& s : states)
        out << (out.tellp() > 0 ? ", " : "") << s;
    return out.str();
}

key_value key(std::string k, std::string value, revision created)
{
    key_value kv;
    kv.key = std::move(k);
    kv.value = std::move(value);
    kv.create_revision = kv.mod_revision = created;
    return kv;
}

}  // namespace

BOOST_AUTO_TEST_CASE(names_come_out_once_their_queues_are_read)
{
    name_scan scan{name_scope::of_prefix("d/", "")};
    scan.read(key("d/a/1", "waits", 5), 9);
    scan.read(key("d/a/2", "owns", 4), 9);
    BOOST_TEST(scan.take().empty());
    scan.read(key("d/b/1", "other", 6), 9);
    BOOST_TEST(words(scan.take()) == "a@9:owns");
    scan.end();
    BOOST_TEST(words(scan.take()) == "b@9:other");
    BOOST_TEST(scan.take().empty());
}

BOOST_AUTO_TEST_CASE(nested_names_are_within_the_queue_of_the_outer_one)
{
    name_scan scan{name_scope::of_prefix("d/", "")};
    scan.read(key("d/a/1", "outer", 4), 9);
    scan.read(key("d/a/b/1", "inner", 5), 9);
    scan.read(key("d/a/c", "outer, waits", 6), 9);
    scan.end();
    BOOST_TEST(words(scan.take()) == "a/b@9:inner, a@9:outer");
}

BOOST_AUTO_TEST_CASE(a_name_behind_a_nested_one_is_nobodys)
{
    name_scan scan{name_scope::of_prefix("d/", "")};
    scan.read(key("d/a/1", "waits", 5), 9);
    scan.read(key("d/a/b/1", "inner", 4), 9);
    scan.end();
    BOOST_TEST(words(scan.take()) == "a/b@9:inner");
}

BOOST_AUTO_TEST_CASE(other_keys_are_no_names)
{
    name_scan scan{name_scope::of_prefix("d/", "a")};
    for (const auto* k : {"d/a", "d/a-stray", "d/abc"})
        scan.read(key(k, "x", 3), 9);
    scan.end();
    BOOST_TEST(scan.take().empty());
}

BOOST_DATA_TEST_CASE(all_owned_names_are_found_and_no_others, data::xrange(300), seed)
{
    std::mt19937 random{static_cast<unsigned>(seed)};
    const std::vector<std::string> names{"a", "a!", "a/", "a/b", "a/b/c", "ab", "b", "b/b", "b/b/"};
    directory etcd;
    for (int i = 0; i < 40; ++i) {
        etcd.begin();
        const auto k = "d/" + names[random() % names.size()] + "/" + std::to_string(random() % 3);
        if (random() % 3 == 0)
            etcd.remove(k);
        else
            etcd.put(k, std::to_string(i), lease_id(random() % 50));
    }
    const std::string prefix = random() % 2 == 0 ? "" : "a/";
    name_scan scan{name_scope::of_prefix("d/", prefix)};
    std::vector<name_state> found;
    for (const auto& [k, kv] : etcd.keys) {
        if (k < scan.scope().first_key() || k >= scan.scope().range_end())
            continue;
        scan.read(kv, etcd.now);
        for (auto& s : scan.take())
            found.push_back(std::move(s));
    }
    scan.end();
    for (auto& s : scan.take())
        found.push_back(std::move(s));
    std::sort(found.begin(), found.end(), [](const auto& x, const auto& y) { return x.name < y.name; });

    std::vector<name_state> owned;
    for (const auto& name : names)
        if (auto s = etcd.owner("d/", name); s.value && name.starts_with(prefix))
            owned.push_back(std::move(s));
    std::sort(owned.begin(), owned.end(), [](const auto& x, const auto& y) { return x.name < y.name; });
    BOOST_TEST(found == owned, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
