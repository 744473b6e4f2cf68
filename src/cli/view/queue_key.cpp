// SPDX-License-Identifier: Apache-2.0
#include <view/queue_key.hpp>

#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

namespace leasehold::cli {

std::optional<queue_key> parse_queue_key(std::string_view key)
{
    const auto slash = key.rfind('/');
    if (slash == std::string_view::npos || slash == 0)
        return std::nullopt;
    const std::string_view digits = key.substr(slash + 1);
    std::uint64_t number = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    if (ec != std::errc{} || end != digits.data() + digits.size())
        return std::nullopt;
    if (number == 0 || number > std::uint64_t{std::numeric_limits<lease_id>::max()})
        return std::nullopt;
    const auto lease = static_cast<lease_id>(number);
    if (hex(lease) != digits)
        return std::nullopt;  // padded, or in upper case
    return queue_key{key.substr(0, slash), lease};
}

std::optional<std::string_view> lock_of(const key_value& kv)
{
    const auto parsed = parse_queue_key(kv.key);
    return parsed && parsed->lease == kv.lease ? std::optional{parsed->name} : std::nullopt;
}

std::string hex(lease_id lease)
{
    char digits[2 * sizeof lease];
    const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<std::uint64_t>(lease), 16).ptr;
    return {digits, end};
}

}  // namespace leasehold::cli
