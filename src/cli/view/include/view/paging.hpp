// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace leasehold::cli {

/// How many keys to ask for at first.
constexpr std::int64_t first_page = 1000;

/**
 * \brief How many keys to ask for next, after a page of so many that had so many bytes.
 *
 * etcd goes through all the rest of a range for each page of it, to count it. So a range of a million keys in
 * pages of a thousand takes minutes: pages grow, to some tens of thousands, while they take little memory.
 */
std::int64_t next_page(std::int64_t keys, std::size_t bytes) noexcept;

}  // namespace leasehold::cli
