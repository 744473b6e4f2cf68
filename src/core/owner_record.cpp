// SPDX-License-Identifier: Apache-2.0
#include <leasehold/owner_record.hpp>

#include <charconv>
#include <chrono>

namespace leasehold {

namespace {

using std::chrono::days;
using std::chrono::sys_seconds;

constexpr std::string_view hex_digits = "0123456789ABCDEF";
constexpr std::size_t time_length = std::string_view{"2026-11-21T10:03:02Z"}.size();

// What would end a field, break the line, or be taken for an escape. Other bytes stay: UTF-8 is readable.
bool is_plain(unsigned char c)
{
    return c > ' ' && c != 0x7f && c != '%';
}

void append_escaped(std::string& text, std::string_view name)
{
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_plain(byte))
            text += c;
        else
            text.append({'%', hex_digits[byte >> 4], hex_digits[byte & 0xf]});
    }
}

std::optional<std::string> unescape(std::string_view text)
{
    std::string name;
    for (; !text.empty(); text.remove_prefix(1)) {
        if (text.front() != '%') {
            name += text.front();
            continue;
        }
        const auto high = text.size() < 3 ? std::string_view::npos : hex_digits.find(text[1]);
        const auto low = text.size() < 3 ? std::string_view::npos : hex_digits.find(text[2]);
        if (high == std::string_view::npos || low == std::string_view::npos)
            return std::nullopt;
        name += static_cast<char>(high << 4 | low);
        text.remove_prefix(2);
    }
    return name;
}

void append_number(std::string& text, unsigned number, std::size_t digits)
{
    const auto plain = std::to_string(number);
    text.append(digits > plain.size() ? digits - plain.size() : 0, '0');
    text += plain;
}

std::string time_text(sys_seconds moment)
{
    const auto day = std::chrono::floor<days>(moment);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{moment - day};
    std::string text;
    append_number(text, static_cast<unsigned>(static_cast<int>(date.year())), 4);
    append_number(text += '-', static_cast<unsigned>(date.month()), 2);
    append_number(text += '-', static_cast<unsigned>(date.day()), 2);
    append_number(text += 'T', static_cast<unsigned>(time.hours().count()), 2);
    append_number(text += ':', static_cast<unsigned>(time.minutes().count()), 2);
    append_number(text += ':', static_cast<unsigned>(time.seconds().count()), 2);
    return text += 'Z';
}

template <class Number>
std::optional<Number> number_in(std::string_view text)
{
    Number number{};
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::optional<sys_seconds> time_in(std::string_view text)
{
    if (text.size() != time_length)
        return std::nullopt;
    const auto year = number_in<int>(text.substr(0, 4));
    const auto month = number_in<unsigned>(text.substr(5, 2));
    const auto day = number_in<unsigned>(text.substr(8, 2));
    const auto hours = number_in<unsigned>(text.substr(11, 2));
    const auto minutes = number_in<unsigned>(text.substr(14, 2));
    const auto seconds = number_in<unsigned>(text.substr(17, 2));
    if (!year || !month || !day || !hours || !minutes || !seconds)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{*month},
                                           std::chrono::day{*day}};
    if (!date.ok())
        return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{*hours} + std::chrono::minutes{*minutes} +
           std::chrono::seconds{*seconds};
}

/// Takes `LABEL=TEXT` and the space behind it, if there is one, from the front.
std::optional<std::string_view> take_field(std::string_view& text, std::string_view label)
{
    if (!text.starts_with(label))
        return std::nullopt;
    text.remove_prefix(label.size());
    const auto field = text.substr(0, text.find(' '));
    text.remove_prefix(field.size());
    if (!text.empty())
        text.remove_prefix(1);
    return field;
}

}  // namespace

std::string to_string(const owner_record& record)
{
    std::string text;
    append_escaped(text += "host=", record.host);
    text += " pid=" + std::to_string(record.pid);
    append_escaped(text += " program=", record.program);
    text += " since=" + time_text(record.since);
    return text;
}

std::optional<owner_record> parse_owner_record(std::string_view whole)
{
    auto text = whole;
    const auto host = take_field(text, "host=");
    const auto pid = host ? take_field(text, "pid=") : std::nullopt;
    const auto program = pid ? take_field(text, "program=") : std::nullopt;
    const auto since = program ? take_field(text, "since=") : std::nullopt;
    if (!since)
        return std::nullopt;

    auto host_name = unescape(*host);
    const auto pid_number = number_in<std::int64_t>(*pid);
    auto program_name = unescape(*program);
    const auto moment = time_in(*since);
    if (!host_name || !pid_number || !program_name || !moment)
        return std::nullopt;

    owner_record record;
    record.host = *std::move(host_name);
    record.pid = *pid_number;
    record.program = *std::move(program_name);
    record.since = *moment;
    // What reads back as another text was not written here: 24:00:00, letters in place of punctuation, raw
    // control characters, escapes of what needs none.
    const auto written = to_string(record);
    const bool same = whole.starts_with(written);
    return same && (whole.size() == written.size() || whole[written.size()] == ' ') ? std::optional{record}
                                                                                    : std::nullopt;
}

}  // namespace leasehold
