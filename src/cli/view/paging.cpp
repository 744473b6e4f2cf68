// SPDX-License-Identifier: Apache-2.0
#include <view/paging.hpp>

#include <algorithm>

namespace leasehold::cli {

namespace {

constexpr std::int64_t most_keys = 32'000;
constexpr std::size_t enough_bytes = 2'000'000;

}  // namespace

std::int64_t next_page(std::int64_t keys, std::size_t bytes) noexcept
{
    if (bytes > 2 * enough_bytes)
        return std::max<std::int64_t>(keys / 2, 1);
    if (bytes < enough_bytes / 2)
        return std::min(keys * 2, most_keys);
    return keys;
}

}  // namespace leasehold::cli
