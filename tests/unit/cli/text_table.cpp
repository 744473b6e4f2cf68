// SPDX-License-Identifier: Apache-2.0
#include <view/text_table.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(cli_text_table)

using namespace leasehold::cli;

namespace {

using lines = std::vector<std::string>;

text_table three_columns()
{
    return text_table{{{"NAME", side::left, text_table::clipping::at_front},
                       {"N", side::right},
                       {"VALUE", side::left, text_table::clipping::at_end}}};
}

void expect(const text_table& table, std::optional<std::size_t> width, const lines& expected)
{
    const lines found = table.lines(width);
    BOOST_TEST(found == expected, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_CASE(columns_are_as_wide_as_their_widest_cell)
{
    auto table = three_columns();
    table.add({"a", "1", "x"});
    table.add({"long-name", "100", ""});
    expect(table, std::nullopt,
           {"NAME         N  VALUE",  //
            "a            1  x",      //
            "long-name  100"});
}

BOOST_AUTO_TEST_CASE(titles_stand_alone)
{
    expect(three_columns(), std::nullopt, {"NAME  N  VALUE"});
    expect(three_columns(), 5, {"NAME  N  VALUE"});
}

BOOST_AUTO_TEST_CASE(what_fits_is_not_clipped)
{
    auto table = three_columns();
    table.add({"abcdefghij", "1", "abcdefghij"});
    expect(table, 25, {"NAME        N  VALUE", "abcdefghij  1  abcdefghij"});
}

BOOST_AUTO_TEST_CASE(wide_columns_are_clipped_alike_and_narrow_ones_not)
{
    auto table = three_columns();
    table.add({"abcdefghijklmnop", "1", "abcdefghijklmnop"});
    expect(table, 25, {"NAME        N  VALUE", "…hijklmnop  1  abcdefghi…"});

    auto uneven = three_columns();
    uneven.add({"abcdef", "1", "abcdefghijklmnopqrstuvwxyz"});
    expect(uneven, 21, {"NAME    N  VALUE", "abcdef  1  abcdefghi…"});
}

BOOST_AUTO_TEST_CASE(no_column_is_clipped_below_its_title)
{
    auto table = three_columns();
    table.add({"abcdefgh", "123456", "abcdefgh"});
    expect(table, 10, {"NAME       N  VALUE", "…fgh  123456  abcd…"});
}

BOOST_AUTO_TEST_CASE(lines_fit_wherever_the_titles_do)
{
    auto table = three_columns();
    table.add({"鍵鍵鍵鍵鍵鍵鍵鍵", "7", std::string(50, 'v')});
    table.add({std::string(30, 'n'), "7", "鍵鍵鍵"});
    for (std::size_t width = 14; width < 120; ++width) {
        for (const std::string& line : table.lines(width))
            BOOST_TEST(width_of(line) <= width);
    }
}

BOOST_AUTO_TEST_SUITE_END()
