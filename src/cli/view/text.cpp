// SPDX-License-Identifier: Apache-2.0
#include <view/text.hpp>
#include <view/utf8.hpp>

namespace leasehold::cli {

namespace {

void append_escaped(std::string& to, char c)
{
    constexpr const char* digits = "0123456789abcdef";
    switch (c) {
    case '\\':
        to += "\\\\";
        break;
    case '\n':
        to += "\\n";
        break;
    case '\r':
        to += "\\r";
        break;
    case '\t':
        to += "\\t";
        break;
    default: {
        const auto byte = static_cast<unsigned char>(c);
        to += "\\x";
        to += digits[byte >> 4];
        to += digits[byte & 15];
    }
    }
}

/// One step through a line: the character's bytes, and how many columns they take. A byte that is no
/// character counts one.
struct glyph {
    std::string_view bytes;
    std::size_t columns;
};

glyph take_glyph(std::string_view& text)
{
    const std::string_view before = text;
    if (const auto character = take_character(text))
        return {before.substr(0, before.size() - text.size()),
                static_cast<std::size_t>(columns_of(*character))};
    text.remove_prefix(1);
    return {before.substr(0, 1), 1};
}

}  // namespace

std::string escape(std::string_view bytes)
{
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        std::string_view rest = bytes;
        const auto character = take_character(rest);
        const bool plain = character && *character != U'\\' && is_visible(*character);
        if (!character)
            rest.remove_prefix(1);
        const std::string_view taken = bytes.substr(0, bytes.size() - rest.size());
        if (plain) {
            text += taken;
        } else {
            for (const char c : taken)
                append_escaped(text, c);
        }
        bytes = rest;
    }
    return text;
}

std::string quote(std::string_view bytes)
{
    return '\'' + escape(bytes) + '\'';
}

std::size_t width_of(std::string_view text)
{
    std::size_t width = 0;
    while (!text.empty())
        width += take_glyph(text).columns;
    return width;
}

std::string clip(std::string_view text, std::size_t width)
{
    if (width == 0)
        return {};
    std::string kept;
    std::size_t used = 0;
    std::size_t fits = 0;  // bytes of `kept` that leave room for the ellipsis
    while (!text.empty()) {
        const glyph next = take_glyph(text);
        if (used + next.columns > width)
            return kept.substr(0, fits) + "…";
        kept += next.bytes;
        used += next.columns;
        if (used < width)
            fits = kept.size();
    }
    return kept;
}

std::string clip_front(std::string_view text, std::size_t width)
{
    std::size_t left = width_of(text);
    if (left <= width)
        return std::string{text};
    if (width == 0)
        return {};
    while (left > width - 1)
        left -= take_glyph(text).columns;
    return "…" + std::string{text};
}

std::string pad(std::string text, std::size_t width, side text_at)
{
    const std::size_t used = width_of(text);
    if (used >= width)
        return text;
    const std::string spaces(width - used, ' ');
    return text_at == side::left ? std::move(text) + spaces : spaces + text;
}

}  // namespace leasehold::cli
