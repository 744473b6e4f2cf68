// SPDX-License-Identifier: Apache-2.0
#include <view/json.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <string>

BOOST_AUTO_TEST_SUITE(cli_json)

using namespace leasehold::cli;
using namespace std::string_literals;

BOOST_AUTO_TEST_CASE(members_come_in_their_order)
{
    json_object nested;
    nested.add("x", std::int64_t{-1});
    json_object json;
    json.add("b", "text").add("a", std::int64_t{7}).add("c", true).add("d", nested).add_null("e");
    BOOST_TEST(json.text() == R"({"b":"text","a":7,"c":true,"d":{"x":-1},"e":null})");
    BOOST_TEST(json_object{}.text() == "{}");
}

BOOST_AUTO_TEST_CASE(text_is_one_line)
{
    json_object json;
    json.add("k", "a\nb\t\"\\\0\x1b\x7f"s);
    BOOST_TEST(json.text() == R"({"k":"a\u000ab\u0009\"\\\u0000\u001b\u007f"})");
}

BOOST_AUTO_TEST_CASE(utf8_stays_as_it_is)
{
    json_object json;
    json.add("k", "zażółć 🔒");
    BOOST_TEST(json.text() == "{\"k\":\"zażółć 🔒\"}");
}

BOOST_AUTO_TEST_CASE(other_bytes_are_in_base64_as_well)
{
    json_object json;
    json.add("k", "a\xff").add("l", "\xff").add("m", "\xff\xfe\xfd");
    BOOST_TEST(json.text() == R"({"k":"a\ufffd","k_base64":"Yf8=","l":"\ufffd","l_base64":"/w==",)"
                              R"("m":"\ufffd\ufffd\ufffd","m_base64":"//79"})");
}

BOOST_AUTO_TEST_CASE(numbers_are_exact)
{
    json_object json;
    json.add("k", std::numeric_limits<std::int64_t>::max());
    BOOST_TEST(json.text() == R"({"k":9223372036854775807})");
}

BOOST_AUTO_TEST_SUITE_END()
