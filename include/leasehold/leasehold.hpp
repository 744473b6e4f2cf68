// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Everything: distributed locks on etcd for C++20 and Boost.Asio.

#include <leasehold/boot_clock.hpp>
#include <leasehold/claim.hpp>
#include <leasehold/client.hpp>
#include <leasehold/diagnostics.hpp>
#include <leasehold/errc.hpp>
#include <leasehold/fencing_token.hpp>
#include <leasehold/held_lock.hpp>
#include <leasehold/kv.hpp>
#include <leasehold/locker.hpp>
#include <leasehold/mutex.hpp>
#include <leasehold/name_lister.hpp>
#include <leasehold/name_state.hpp>
#include <leasehold/name_watcher.hpp>
#include <leasehold/observer.hpp>
#include <leasehold/options.hpp>
#include <leasehold/owner_record.hpp>
#include <leasehold/ownership_watcher.hpp>
#include <leasehold/session.hpp>
#include <leasehold/slow_lock_log.hpp>
#include <leasehold/tls_files.hpp>
#include <leasehold/watcher.hpp>
#include <leasehold/with_lock.hpp>
