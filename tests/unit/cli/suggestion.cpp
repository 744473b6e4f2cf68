// SPDX-License-Identifier: Apache-2.0
#include <view/suggestion.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(cli_suggestion)

using namespace leasehold::cli;
namespace data = boost::unit_test::data;

namespace {

const std::vector<std::string> words{"lock", "hold", "get", "watch", "ls", "queue", "break", "top"};

const std::vector<std::string> typed{"lokc", "lcok", "loc", "locks", "got",   "watc", "wathc",
                                     "list", "sl",   "que", "qeue",  "braek", "tpo",  "t"};
const std::vector<std::string> meant{"lock", "lock", "lock",  "lock",  "get",   "watch", "watch",
                                     "ls",   "ls",   "queue", "queue", "break", "top",   "top"};

}  // namespace

BOOST_DATA_TEST_CASE(misspelt_words_are_recognised, data::make(typed) ^ data::make(meant), word, expected)
{
    BOOST_TEST(suggestion(word, words).value_or("nothing") == expected);
}

BOOST_DATA_TEST_CASE(other_words_are_not, data::make({"", "frobnicate", "xyz", "--version", "/some/lock"}),
                     word)
{
    BOOST_TEST(!suggestion(word, words));
}

BOOST_AUTO_TEST_CASE(the_nearest_word_is_meant)
{
    BOOST_TEST(*suggestion("hald", {"held", "hold", "halt"}) == "held");
    BOOST_TEST(*suggestion("abcdex", {"abcxyz", "abcdef"}) == "abcdef");
}

BOOST_AUTO_TEST_CASE(what_is_too_long_for_a_word_is_not_compared)
{
    BOOST_TEST(!suggestion(std::string(100000, 'l'), words));
}

BOOST_AUTO_TEST_SUITE_END()
