// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace leasehold::rpc {

/**
 * \brief Writes protobuf's wire format from its last byte to its first.
 *
 * The length of a nested message stands before it, and is known when it has been written. So fields are
 * written in the reverse of their order, and nothing is measured beforehand. Keeps its memory for the next
 * message. Source: https://protobuf.dev/programming-guides/encoding/
 */
class wire_writer {
public:
    wire_writer() = default;
    wire_writer(const wire_writer&) = delete;
    wire_writer& operator=(const wire_writer&) = delete;

    std::span<const char> bytes() const noexcept { return {at_, static_cast<std::size_t>(end() - at_)}; }

    /// Begins anew.
    void clear()
    {
        if (memory_.size() > much)
            memory_ = std::vector<char>(little);
        at_ = end();
    }

    void number(int field, std::uint64_t value)
    {
        reserve(2 * longest_varint);
        varint(value);
        head(field, type::varint);
    }

    void text(int field, std::string_view value) { text(field, value, {}); }

    /// One in two parts.
    void text(int field, std::string_view first, std::string_view second)
    {
        const auto size = first.size() + second.size();
        reserve(size + 2 * longest_varint);
        prepend(second);
        prepend(first);
        varint(size);
        head(field, type::length_delimited);
    }

    /// A nested message, of what `contents` writes.
    template <class F>
    void message(int field, F contents)
    {
        const auto before = bytes().size();
        contents();
        reserve(2 * longest_varint);
        varint(bytes().size() - before);
        head(field, type::length_delimited);
    }

private:
    enum class type : std::uint64_t { varint = 0, length_delimited = 2 };
    static constexpr std::size_t longest_varint = 10;
    static constexpr std::size_t little = 4096;
    static constexpr std::size_t much = 1024 * 1024;

    char* end() noexcept { return memory_.data() + memory_.size(); }
    const char* end() const noexcept { return memory_.data() + memory_.size(); }

    /// \pre There is room for it.
    void prepend(std::string_view bytes) noexcept
    {
        at_ -= bytes.size();
        std::ranges::copy(bytes, at_);
    }

    void reserve(std::size_t size)
    {
        if (size > static_cast<std::size_t>(at_ - memory_.data()))
            grow(size);
    }

    void grow(std::size_t size)
    {
        const auto written = bytes();
        std::vector<char> more(2 * (memory_.size() + size));
        auto* const to = more.data() + more.size() - written.size();
        std::memcpy(to, written.data(), written.size());
        memory_.swap(more);
        at_ = to;
    }

    void head(int field, type t)
    {
        varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(t));
    }

    void varint(std::uint64_t value)
    {
        std::size_t size = 1;
        for (auto rest = value >> 7; rest != 0; rest >>= 7)
            ++size;
        at_ -= size;
        for (std::size_t i = 0; i + 1 < size; ++i, value >>= 7)
            at_[i] = static_cast<char>(value | 0x80);
        at_[size - 1] = static_cast<char>(value);
    }

    std::vector<char> memory_ = std::vector<char>(little);
    char* at_ = end();  ///< of the first byte
};

}  // namespace leasehold::rpc
