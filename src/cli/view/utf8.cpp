// SPDX-License-Identifier: Apache-2.0
#include <view/utf8.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace leasehold::cli {

namespace {

struct range {
    char32_t first;
    char32_t last;
};

constexpr std::array combining{
    range{0x0300, 0x036f}, range{0x0483, 0x0489},   range{0x0591, 0x05bd}, range{0x0610, 0x061a},
    range{0x064b, 0x065f}, range{0x0e34, 0x0e3a},   range{0x0e47, 0x0e4e}, range{0x1ab0, 0x1aff},
    range{0x1dc0, 0x1dff}, range{0x20d0, 0x20ff},   range{0x302a, 0x302f}, range{0xfe00, 0xfe0f},
    range{0xfe20, 0xfe2f}, range{0xe0100, 0xe01ef},
};

constexpr std::array wide{
    range{0x1100, 0x115f},   range{0x2e80, 0x303e},   range{0x3041, 0x33ff},   range{0x3400, 0x4dbf},
    range{0x4e00, 0x9fff},   range{0xa000, 0xa4cf},   range{0xa960, 0xa97f},   range{0xac00, 0xd7a3},
    range{0xf900, 0xfaff},   range{0xfe30, 0xfe6f},   range{0xff00, 0xff60},   range{0xffe0, 0xffe6},
    range{0x1f300, 0x1f64f}, range{0x1f680, 0x1f6ff}, range{0x1f900, 0x1faff}, range{0x20000, 0x3fffd},
};

// Controls (C0, DEL, C1), zero-width and direction marks, line separators, private use and what is no
// character at all.
constexpr std::array invisible{
    range{0x0000, 0x001f},   range{0x007f, 0x009f},    range{0x00ad, 0x00ad}, range{0x061c, 0x061c},
    range{0x180e, 0x180e},   range{0x200b, 0x200f},    range{0x2028, 0x202e}, range{0x2060, 0x206f},
    range{0xe000, 0xf8ff},   range{0xfeff, 0xfeff},    range{0xfff0, 0xfffb}, range{0xfffe, 0xffff},
    range{0xe0000, 0xe007f}, range{0xf0000, 0x10ffff},
};

template <std::size_t N>
bool is_in(const std::array<range, N>& ranges, char32_t c)
{
    return std::ranges::any_of(ranges, [c](range r) { return c >= r.first && c <= r.last; });
}

/// How many bytes follow a first byte, and the bits that it holds itself.
struct lead {
    std::size_t following;
    char32_t bits;
    char32_t least;  // of the characters that need so many bytes
};

std::optional<lead> lead_of(unsigned char byte)
{
    if (byte < 0x80)
        return lead{0, byte, 0};
    if (byte >= 0xc2 && byte < 0xe0)
        return lead{1, byte & 0x1fU, 0x80};
    if (byte >= 0xe0 && byte < 0xf0)
        return lead{2, byte & 0x0fU, 0x800};
    if (byte >= 0xf0 && byte < 0xf5)
        return lead{3, byte & 0x07U, 0x10000};
    return std::nullopt;
}

}  // namespace

std::optional<char32_t> take_character(std::string_view& text)
{
    const auto first = lead_of(static_cast<unsigned char>(text.front()));
    if (!first || text.size() <= first->following)
        return std::nullopt;
    char32_t character = first->bits;
    for (std::size_t i = 1; i <= first->following; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xc0) != 0x80)
            return std::nullopt;
        character = (character << 6) | (byte & 0x3fU);
    }
    const bool surrogate = character >= 0xd800 && character <= 0xdfff;
    if (character < first->least || character > 0x10ffff || surrogate)
        return std::nullopt;
    text.remove_prefix(first->following + 1);
    return character;
}

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        if (!take_character(text))
            return false;
    }
    return true;
}

int columns_of(char32_t character)
{
    if (character < 0x300)
        return 1;
    if (is_in(combining, character))
        return 0;
    return is_in(wide, character) ? 2 : 1;
}

bool is_visible(char32_t character)
{
    return !is_in(invisible, character);
}

}  // namespace leasehold::cli
