// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace leasehold::cli {

/**
 * \brief Reads a duration as Go writes them (`15s`, `1m30s`, `1.5h`, `500ms`), or a plain number of seconds.
 *
 * Rounded up to milliseconds; neither negative nor above 100 years.
 * \param what names the value in the message, for example `--ttl`.
 * \throws failure with `exit_usage`, naming the value.
 */
std::chrono::milliseconds parse_duration(std::string_view text, const std::string& what);

}  // namespace leasehold::cli
