// SPDX-License-Identifier: Apache-2.0
#include <view/paging.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>

BOOST_AUTO_TEST_SUITE(cli_paging)

using namespace leasehold::cli;

namespace {

/// How many pages it takes.
int pages_of(std::int64_t keys, std::size_t bytes_each)
{
    int pages = 0;
    for (std::int64_t page = first_page; keys > 0; ++pages) {
        keys -= page;
        page = next_page(page, static_cast<std::size_t>(page) * bytes_each);
    }
    return pages;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_million_keys_are_some_tens_of_pages)
{
    BOOST_TEST(pages_of(1'000'000, 30) < 50);
    BOOST_TEST(pages_of(1'000'000, 100) < 100);
}

BOOST_AUTO_TEST_CASE(pages_of_long_keys_are_small)
{
    std::int64_t page = first_page;
    for (int i = 0; i < 20; ++i) {
        page = next_page(page, static_cast<std::size_t>(page) * 1'000'000);
        BOOST_TEST(page >= 1);
    }
    BOOST_TEST(page * 1'000'000 <= 4'000'000);
}

BOOST_AUTO_TEST_CASE(pages_do_not_grow_for_ever)
{
    std::int64_t page = first_page;
    for (int i = 0; i < 20; ++i)
        page = next_page(page, 10);
    BOOST_TEST(next_page(page, 10) == page);
    BOOST_TEST(page < 100'000);
}

BOOST_AUTO_TEST_CASE(pages_that_are_right_stay)
{
    BOOST_TEST(next_page(5000, 2'000'000) == 5000);
}

BOOST_AUTO_TEST_SUITE_END()
