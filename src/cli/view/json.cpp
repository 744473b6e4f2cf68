// SPDX-License-Identifier: Apache-2.0
#include <view/json.hpp>
#include <view/utf8.hpp>

#include <cstddef>

namespace leasehold::cli {

namespace {

void append_control(std::string& to, unsigned char c)
{
    constexpr const char* digits = "0123456789abcdef";
    to += "\\u00";
    to += digits[c >> 4];
    to += digits[c & 15];
}

std::string quoted(std::string_view bytes)
{
    std::string text = "\"";
    while (!bytes.empty()) {
        const std::string_view before = bytes;
        const auto character = take_character(bytes);
        if (!character) {
            text += "\\ufffd";
            bytes.remove_prefix(1);
        } else if (*character == U'"' || *character == U'\\') {
            text += '\\';
            text += before.front();
        } else if (*character < 0x20 || *character == 0x7f) {
            append_control(text, static_cast<unsigned char>(*character));
        } else {
            text += before.substr(0, before.size() - bytes.size());
        }
    }
    return text + '"';
}

std::string base64(std::string_view bytes)
{
    constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto at = [&](std::size_t j) {
            return i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U;
        };
        const unsigned three = (at(0) << 16) | (at(1) << 8) | at(2);
        text += digits[three >> 18];
        text += digits[(three >> 12) & 63];
        text += i + 1 < bytes.size() ? digits[(three >> 6) & 63] : '=';
        text += i + 2 < bytes.size() ? digits[three & 63] : '=';
    }
    return text;
}

}  // namespace

json_object& json_object::add_raw(std::string_view name, std::string_view value)
{
    if (!members_.empty())
        members_ += ',';
    members_ += quoted(name);
    members_ += ':';
    members_ += value;
    return *this;
}

json_object& json_object::add(std::string_view name, std::string_view bytes)
{
    add_raw(name, quoted(bytes));
    if (!is_utf8(bytes))
        add_raw(std::string{name} + "_base64", '"' + base64(bytes) + '"');
    return *this;
}

json_object& json_object::add(std::string_view name, std::int64_t number)
{
    return add_raw(name, std::to_string(number));
}

json_object& json_object::add(std::string_view name, bool truth)
{
    return add_raw(name, truth ? "true" : "false");
}

json_object& json_object::add(std::string_view name, const json_object& nested)
{
    return add_raw(name, nested.text());
}

json_object& json_object::add_null(std::string_view name)
{
    return add_raw(name, "null");
}

}  // namespace leasehold::cli
