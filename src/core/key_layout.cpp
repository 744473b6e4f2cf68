// SPDX-License-Identifier: Apache-2.0
#include <core/key_layout.hpp>

#include <charconv>
#include <cstdint>
#include <limits>

namespace leasehold {

std::string prefix_end(std::string prefix)
{
    while (!prefix.empty()) {
        auto& last = reinterpret_cast<unsigned char&>(prefix.back());
        if (last != 0xff) {
            ++last;
            return prefix;
        }
        prefix.pop_back();
    }
    // Nothing sorts behind every key of this prefix: etcd writes "to the end" as one zero byte.
    return std::string(1, '\0');
}

namespace core {

std::string prefix_begin(std::string prefix)
{
    if (prefix.empty())
        prefix.assign(1, '\0');
    return prefix;
}

std::string queue_prefix(std::string_view name)
{
    std::string prefix{name};
    prefix += '/';
    return prefix;
}

std::string queue_key(std::string_view prefix, lease_id lease)
{
    char digits[2 * sizeof lease];
    const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<std::uint64_t>(lease), 16).ptr;
    std::string key{prefix};
    key.append(digits, end);
    return key;
}

std::optional<lease_id> lease_of_key(std::string_view prefix, std::string_view key)
{
    if (!key.starts_with(prefix))
        return std::nullopt;
    key.remove_prefix(prefix.size());
    std::uint64_t lease = 0;
    const auto [end, ec] = std::from_chars(key.data(), key.data() + key.size(), lease, 16);
    if (ec != std::errc{} || end != key.data() + key.size() || lease == 0 ||
        lease > std::uint64_t{std::numeric_limits<lease_id>::max()} || queue_key({}, lease_id(lease)) != key)
        return std::nullopt;
    return lease_id(lease);
}

}  // namespace core
}  // namespace leasehold
