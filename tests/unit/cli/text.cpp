// SPDX-License-Identifier: Apache-2.0
#include <view/text.hpp>
#include <view/utf8.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <set>
#include <string>

BOOST_AUTO_TEST_SUITE(cli_text)

using namespace leasehold::cli;
namespace data = boost::unit_test::data;
using namespace std::string_literals;

BOOST_AUTO_TEST_CASE(visible_text_stays_as_it_is)
{
    BOOST_TEST(escape("") == "");
    BOOST_TEST(escape("/my-app/locks/a b~") == "/my-app/locks/a b~");
    BOOST_TEST(escape("zażółć 鍵 🔒") == "zażółć 鍵 🔒");
}

BOOST_AUTO_TEST_CASE(what_would_control_a_terminal_is_escaped)
{
    BOOST_TEST(escape("a\nb\tc\rd") == "a\\nb\\tc\\rd");
    BOOST_TEST(escape("\0\x1b[2J\x7f"s) == "\\x00\\x1b[2J\\x7f");
    BOOST_TEST(escape("\xc2\x9b") == "\\xc2\\x9b");           // CSI, in C1
    BOOST_TEST(escape("\xe2\x80\xae") == "\\xe2\\x80\\xae");  // right-to-left override
    BOOST_TEST(escape("\xe2\x80\x8b") == "\\xe2\\x80\\x8b");  // zero width
}

BOOST_DATA_TEST_CASE(what_is_no_utf8_is_escaped,
                     data::make({"\xff", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                                 "\xf4\x90\x80\x80", "\x80", "\xf5\x80\x80\x80"}),
                     bytes)
{
    const std::string text = escape(bytes);
    BOOST_TEST(text.size() == 4 * std::string{bytes}.size());
    BOOST_TEST(is_utf8(text));
    BOOST_TEST(!is_utf8(bytes));
}

BOOST_AUTO_TEST_CASE(a_character_cut_short_does_not_take_the_next_one_along)
{
    BOOST_TEST(escape("\xe9\x8dz") == "\\xe9\\x8dz");
    BOOST_TEST(escape("\xc3") == "\\xc3");
}

BOOST_AUTO_TEST_CASE(different_bytes_give_different_text)
{
    const std::set<std::string> all{escape("\n"),   escape("\\n"),   escape("\\\n"), escape("\\\\n"),
                                    escape("\x01"), escape("\\x01"), escape("\xff"), escape("\\xff")};
    BOOST_TEST(all.size() == 8U);
}

BOOST_AUTO_TEST_CASE(every_byte_gives_one_line_of_visible_utf8)
{
    std::string all;
    for (int byte = 0; byte < 256; ++byte)
        all += static_cast<char>(byte);
    const std::string text = escape(all + all);
    BOOST_TEST(is_utf8(text));
    BOOST_TEST(text.find_first_of("\n\r\t\x1b\x7f"s + '\0') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(width_is_in_columns)
{
    BOOST_TEST(width_of("") == 0U);
    BOOST_TEST(width_of("abc") == 3U);
    BOOST_TEST(width_of("zażółć") == 6U);
    BOOST_TEST(width_of("鍵") == 2U);
    BOOST_TEST(width_of("e\u0301") == 1U);  // a combining accent
}

BOOST_AUTO_TEST_CASE(what_fits_is_not_clipped)
{
    BOOST_TEST(clip("abc", 3) == "abc");
    BOOST_TEST(clip("abc", 99) == "abc");
    BOOST_TEST(clip("鍵鍵", 4) == "鍵鍵");
    BOOST_TEST(clip("ae\u0301", 2) == "ae\u0301");
    BOOST_TEST(clip("", 0) == "");
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_ends_in_an_ellipsis)
{
    BOOST_TEST(clip("abcd", 3) == "ab…");
    BOOST_TEST(clip("abcd", 1) == "…");
    BOOST_TEST(clip("abcd", 0) == "");
    BOOST_TEST(clip("鍵鍵鍵", 4) == "鍵…");
    BOOST_TEST(clip("ażółć", 3) == "aż…");
}

BOOST_AUTO_TEST_CASE(text_clipped_in_front_keeps_its_end)
{
    BOOST_TEST(clip_front("abcd", 4) == "abcd");
    BOOST_TEST(clip_front("abcd", 3) == "…cd");
    BOOST_TEST(clip_front("abcd", 1) == "…");
    BOOST_TEST(clip_front("abcd", 0) == "");
    BOOST_TEST(clip_front("鍵鍵鍵", 4) == "…鍵");
}

BOOST_AUTO_TEST_CASE(clipped_text_is_never_too_wide)
{
    const std::string text = "a鍵e\u0301b鍵\xff鍵🔒c";
    for (std::size_t width = 0; width < 20; ++width) {
        BOOST_TEST(width_of(clip(text, width)) <= width);
        BOOST_TEST(width_of(clip_front(text, width)) <= width);
    }
}

BOOST_AUTO_TEST_CASE(padding_fills_columns)
{
    BOOST_TEST(pad("ab", 4) == "ab  ");
    BOOST_TEST(pad("ab", 4, side::right) == "  ab");
    BOOST_TEST(pad("鍵", 4) == "鍵  ");
    BOOST_TEST(pad("abcde", 4) == "abcde");
}

BOOST_AUTO_TEST_CASE(quoted_text_is_escaped)
{
    BOOST_TEST(quote("a\nb") == "'a\\nb'");
}

BOOST_AUTO_TEST_SUITE_END()
