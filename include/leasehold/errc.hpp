// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/is_error_code_enum.hpp>

#include <iosfwd>
#include <type_traits>

namespace leasehold {

using boost::system::error_code;

/**
 * \brief Why an operation of this library failed: one value per cause.
 *
 * An operation that the user cancelled through its cancellation slot completes
 * with `boost::asio::error::operation_aborted`, as every Asio operation does;
 * every other end has a value here. The particulars (the value at fault, the
 * endpoints tried, the server's words) are in the \ref diagnostics.
 */
enum class errc : int {
    /// A lock name, key or prefix is empty where one is needed.
    invalid_name = 1,
    /// A time to live below one second or above etcd's maximum of 9,000,000,000 seconds.
    invalid_ttl,
    /// Another option has a value that makes no sense; the diagnostics name it.
    invalid_option,
    /// The server found the request itself at fault: too large, too many operations, a key changed twice.
    invalid_request,
    /// No endpoint could be connected to, or none answered, in time.
    unreachable,
    /// The request was sent and its answer lost: it may or may not have taken effect.
    outcome_unknown,
    /// The session's lease ended: expired, or could not be renewed in time.
    session_lost,
    /// The session was closed or orphaned, or all its handles are gone.
    session_closed,
    /// The lease does not exist on the server.
    lease_not_found,
    /// The lock's key is gone, and with it the place in the queue or the ownership: somebody deleted it, or
    /// revoked its lease, which looks the same at first.
    key_deleted,
    /// The handle owns nothing: never locked, moved from, or unlocked before.
    not_held,
    /// The revision asked for has been compacted away.
    compacted,
    /// The server cancelled the watch.
    watch_cancelled,
    /// A second `next()` began while one was pending.
    already_waiting,
    /// The server is out of space and raises its alarm.
    no_space,
    /// The server is overloaded ("too many requests") beyond the time limit.
    overloaded,
    /// The server wants a user and password, or refused them.
    unauthenticated,
    /// The user may not do this on these keys.
    permission_denied,
    /// The cluster is corrupt or does not speak etcd's v3 protocol.
    server_failure,
};

/// The category of \ref errc; a singleton, safe from any thread.
const boost::system::error_category& error_category() noexcept;

/// The category's message, for people.
std::ostream& operator<<(std::ostream& to, errc e);

inline error_code make_error_code(errc e) noexcept
{
    return {static_cast<int>(e), error_category()};
}

}  // namespace leasehold

template <>
struct boost::system::is_error_code_enum<leasehold::errc> : std::true_type {};
