// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "process.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace leasehold::simulation {

// The workload: coroutines that use the library as programs do, until the world is calm.

/// Takes locks in every way there is, holds them, writes under their protection, gives them back.
asio::awaitable<void> use_locks(process& p);
/// Works inside with_lock.
asio::awaitable<void> use_scopes(process& p);
/// Opens sessions for all actors of the process, closes, orphans and adopts them.
asio::awaitable<void> keep_session(process& p);
/// Watches all locks, slowly, and compares with what happened. Ends at the change of \ref bell.
asio::awaitable<void> read_changes(process& p);

/// Put when everybody else has finished.
inline const std::string bell = "lock-bell";

}  // namespace leasehold::simulation
