// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "posix.hpp"

#include <cstdint>
#include <string>

namespace leasehold::test {

/// GET `path` of a server on this machine: what it answered, empty when it did not.
std::string http_get(std::uint16_t port, const std::string& path, millis timeout);

}  // namespace leasehold::test
