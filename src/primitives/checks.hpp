// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/endpoint.hpp>

#include <leasehold/detail/operation.hpp>
#include <leasehold/options.hpp>

#include <chrono>
#include <string>

namespace leasehold::checks {

/// \throws std::invalid_argument naming the option and its value.
void check(const client_options& options);
void check(const std::string& key, const watch_options& options);
void check(const locker_options& options);
void check_lock(const std::string& name, const mutex_options& options);
/// Of a locker.
void check_name(const std::string& name);

/// Whether that endpoint speaks TLS: as its scheme says, or, without one, if anything in `tls` is given.
bool speaks_tls(const core::endpoint& e, const tls_options& tls);

/// Empty when `ttl` is one that etcd can grant.
detail::failure check_ttl(std::chrono::milliseconds ttl);

/// For a message: "1.5s".
std::string to_text(std::chrono::nanoseconds d);

/// etcd counts whole seconds.
std::chrono::seconds whole_seconds(std::chrono::milliseconds ttl);

}  // namespace leasehold::checks
