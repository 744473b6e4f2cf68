// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/status.hpp>

#include <leasehold/detail/operation.hpp>

#include <string>

namespace leasehold::engine {

using detail::failure;

/// The library's error for an ended call. `what` says in a few words what was being done.
failure make_failure(core::verdict v, const core::status& s, const std::string& what);

/// The library's error for a watch that the server ended with this reason.
failure watch_refusal(const std::string& what, const std::string& reason);

}  // namespace leasehold::engine
