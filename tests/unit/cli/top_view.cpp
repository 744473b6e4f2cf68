// SPDX-License-Identifier: Apache-2.0
#include "entries.hpp"

#include <view/text.hpp>
#include <view/top_view.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(cli_top_view)

using namespace leasehold;
using namespace leasehold::cli;
using namespace leasehold::cli::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

constexpr std::chrono::sys_seconds moment{1795275302s};
constexpr std::size_t height = 8;  // five rows

/// Locks "00", "01" …, each with as many waiters as its number.
top_view view_of(std::size_t count, lock_order order = lock_order::by_name)
{
    lock_listing listing;
    for (std::size_t i = 0; i < count; ++i)
        listing.rows.push_back(row(std::string{i < 10 ? "0" : ""} + std::to_string(i), i));
    listing.at = 77;
    listing.took = 12ms;
    top_view view{"", order};
    view.show(std::move(listing), moment);
    return view;
}

std::string shown(const top_view& view, std::size_t lines = height)
{
    std::string names;
    for (const lock_row& r : view.visible(lines))
        names += (names.empty() ? "" : " ") + r.name;
    return names;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_screen_has_a_summary_the_keys_and_a_table)
{
    top_view view{"a/", lock_order::by_waiters};
    lock_listing listing;
    listing.rows = {row_of_owner("a/x", moment - 192s, 1), row("a/y", 1234, 0xabc)};
    listing.rows[0].ttl = 14s;
    listing.at = 77;
    listing.took = 12ms;
    view.show(std::move(listing), moment);
    const auto lines = view.screen(80, 24, moment + 12s);
    BOOST_REQUIRE(lines.size() == 5U);
    BOOST_TEST(lines[0].text == "2 locks  1,235 waiters  under 'a/'  at revision 77 in 12 ms");
    BOOST_TEST(lines[1].text.starts_with("sorted by waiters  keys: w waiters  h hold time  n name  q quit"));
    BOOST_TEST(lines[2].text == "LOCK  WAITERS    HELD  TTL  HOLDER");
    BOOST_TEST((lines[2].look == screen_line::style::title));
    BOOST_TEST(lines[3].text == "a/y      1234    >12s    -  lease abc");
    BOOST_TEST(lines[4].text == "a/x         1  <3m24s  14s  web3:4242 worker");
}

BOOST_AUTO_TEST_CASE(a_holder_shows_as_its_owner_or_its_value_or_its_lease)
{
    top_view view{"", lock_order::by_name};
    lock_listing listing;
    listing.rows = {row_of_owner("a", moment), row("b", 0), row("c", 0, 0xabc)};
    listing.rows[1].set_value("10.0.0.7:80\n");
    view.show(std::move(listing), moment);
    const auto lines = view.screen(80, 24, moment);
    BOOST_TEST(lines[3].text.ends_with("  web3:4242 worker"));
    BOOST_TEST(lines[4].text.ends_with("  10.0.0.7:80\\n"));
    BOOST_TEST(lines[5].text.ends_with("  lease abc"));
}

BOOST_AUTO_TEST_CASE(keys_sort)
{
    top_view view = view_of(3);
    BOOST_TEST(shown(view) == "00 01 02");
    view.obey(top_command::sort_by_waiters, height);
    BOOST_TEST(shown(view) == "02 01 00");
    view.obey(top_command::sort_by_name, height);
    BOOST_TEST(shown(view) == "00 01 02");
    view.obey(top_command::sort_by_hold, height);
    BOOST_TEST(view.screen(80, height, moment)[1].text.starts_with("sorted by hold time"));
}

BOOST_AUTO_TEST_CASE(a_new_look_is_sorted_as_before)
{
    top_view view = view_of(3, lock_order::by_waiters);
    lock_listing next;
    next.rows = {row("a", 1), row("b", 9)};
    view.show(std::move(next), moment);
    BOOST_TEST(shown(view) == "b a");
}

BOOST_AUTO_TEST_CASE(a_hold_that_began_while_we_looked_is_known_whole)
{
    const auto says = [](const top_view& view, std::size_t row, const char* held,
                         std::chrono::sys_seconds now) {
        return view.screen(80, height, now).at(3 + row).text.find(held) != std::string::npos;
    };
    top_view view = view_of(1);
    BOOST_TEST(says(view, 0, " >1m00s ", moment + 60s));

    lock_listing next;
    next.rows = {row("00", 0), row("01", 0)};
    next.rows[0].hold = view.rows()[0].hold;  // the same holder still
    view.show(std::move(next), moment + 60s);
    BOOST_TEST(says(view, 0, " >1m10s ", moment + 70s));
    BOOST_TEST(says(view, 1, " 10s ", moment + 70s));
    view.obey(top_command::sort_by_hold, height);
    BOOST_TEST(shown(view) == "00 01");
}

BOOST_AUTO_TEST_CASE(an_owner_holds_no_longer_than_it_has_wanted_the_lock)
{
    top_view view{"", lock_order::by_name};
    lock_listing listing;
    listing.rows = {row_of_owner("a", moment - 60s), row_of_owner("b", moment + 60s)};
    view.show(std::move(listing), moment);
    const auto lines = view.screen(80, height, moment + 10s);
    BOOST_TEST(lines.at(3).text.find(" <1m10s ") != std::string::npos, lines.at(3).text);
    BOOST_TEST(lines.at(4).text.find(" >10s ") != std::string::npos,
               "of a clock that is ahead: " << lines.at(4).text);
}

BOOST_AUTO_TEST_CASE(keys_scroll_and_stop_at_the_ends)
{
    top_view view = view_of(12);
    BOOST_TEST(shown(view) == "00 01 02 03 04");
    view.obey(top_command::up, height);
    BOOST_TEST(shown(view) == "00 01 02 03 04");
    view.obey(top_command::down, height);
    BOOST_TEST(shown(view) == "01 02 03 04 05");
    view.obey(top_command::page_down, height);
    BOOST_TEST(shown(view) == "06 07 08 09 10");
    view.obey(top_command::page_down, height);
    BOOST_TEST(shown(view) == "07 08 09 10 11");
    view.obey(top_command::page_up, height);
    BOOST_TEST(shown(view) == "02 03 04 05 06");
    view.obey(top_command::first, height);
    BOOST_TEST(shown(view) == "00 01 02 03 04");
    view.obey(top_command::last, height);
    BOOST_TEST(shown(view) == "07 08 09 10 11");
    view.obey(top_command::sort_by_waiters, height);
    BOOST_TEST(shown(view) == "11 10 09 08 07");  // from the beginning
}

BOOST_AUTO_TEST_CASE(what_is_shorter_than_the_screen_does_not_scroll)
{
    top_view view = view_of(3);
    for (const auto command : {top_command::down, top_command::page_down, top_command::last}) {
        view.obey(command, height);
        BOOST_TEST(shown(view) == "00 01 02");
    }
}

BOOST_AUTO_TEST_CASE(rows_that_go_while_the_screen_is_scrolled_leave_no_gap)
{
    top_view view = view_of(12);
    view.obey(top_command::last, height);
    lock_listing fewer;
    fewer.rows = {row("a", 0), row("b", 0)};
    view.show(std::move(fewer), moment);
    BOOST_TEST(shown(view) == "a b");
    view.show({}, moment);
    BOOST_TEST(shown(view) == "");
}

BOOST_AUTO_TEST_CASE(a_taller_screen_shows_more)
{
    top_view view = view_of(12);
    view.obey(top_command::last, height);
    BOOST_TEST(shown(view, 24).starts_with("00 01"));
}

BOOST_AUTO_TEST_CASE(a_warning_takes_the_place_of_the_keys_until_the_next_look)
{
    top_view view = view_of(2);
    view.warn("etcd is away");
    auto lines = view.screen(80, height, moment);
    BOOST_TEST(lines[1].text == "etcd is away");
    BOOST_TEST((lines[1].look == screen_line::style::warning));
    BOOST_TEST(lines.size() == 5U);  // what was known stays
    view.show({}, moment);
    lines = view.screen(80, height, moment);
    BOOST_TEST(lines[1].text.starts_with("sorted by"));
}

BOOST_AUTO_TEST_CASE(the_screen_is_never_larger_than_the_terminal)
{
    top_view view{"", lock_order::by_waiters};
    lock_listing listing;
    for (std::size_t i = 0; i < 50; ++i) {
        lock_row r = row("鍵/" + std::string(i * 3, 'n') + "\n\0"s, i * 1000, static_cast<revision>(i + 1));
        r.set_value(std::string(i * 7, 'v'));
        listing.rows.push_back(std::move(r));
    }
    view.show(std::move(listing), moment);
    view.warn(std::string(300, 'w'));
    for (const std::size_t width : {1U, 2U, 10U, 39U, 80U, 200U}) {
        for (const std::size_t rows : {1U, 2U, 3U, 4U, 24U, 100U}) {
            const auto lines = view.screen(width, rows, moment);
            BOOST_TEST(lines.size() <= rows);
            for (const screen_line& line : lines)
                BOOST_TEST(width_of(line.text) <= width);
        }
    }
}

BOOST_AUTO_TEST_CASE(in_80_columns_nothing_but_names_and_values_is_clipped)
{
    top_view view{"", lock_order::by_waiters};
    lock_listing listing;
    listing.rows = {row_held(std::string(100, 'n'), moment - 76h, false)};
    listing.rows[0].waiters = 123456;
    listing.rows[0].ttl = 9999h;
    listing.rows[0].set_value(std::string(100, 'v'));
    view.show(std::move(listing), moment);
    const auto lines = view.screen(80, 24, moment);
    BOOST_TEST(lines[1].text.ends_with("arrows scroll"));
    for (const char* title : {"LOCK", "WAITERS", "HELD", "TTL", "HOLDER"})
        BOOST_TEST(lines[2].text.find(title) != std::string::npos);
    for (const char* part : {" 123456 ", " >3d04h ", " 416d ", "…nnnn", "vvvv…"})
        BOOST_TEST(lines[3].text.find(part) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(everything_at_once_has_all_rows)
{
    const auto lines = view_of(12).all_lines(80, moment);
    BOOST_TEST(lines.size() == 14U);
    BOOST_TEST(lines[0] == "12 locks  66 waiters  at revision 77 in 12 ms  sorted by name");
    BOOST_TEST(lines[13].starts_with("11 "));
}

BOOST_AUTO_TEST_CASE(letters_are_commands)
{
    BOOST_TEST((command_of('w') == top_command::sort_by_waiters));
    BOOST_TEST((command_of('h') == top_command::sort_by_hold));
    BOOST_TEST((command_of('n') == top_command::sort_by_name));
    BOOST_TEST((command_of('q') == top_command::quit));
    BOOST_TEST((command_of('\f') == top_command::redraw));
    BOOST_TEST(!command_of('z'));
    BOOST_TEST(!command_of('\0'));
}

BOOST_AUTO_TEST_SUITE_END()
