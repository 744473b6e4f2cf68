// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/boot_clock.hpp>
#include <leasehold/client.hpp>
#include <leasehold/detail/operation.hpp>
#include <leasehold/detail/saturated.hpp>
#include <leasehold/held_lock.hpp>
#include <leasehold/options.hpp>
#include <leasehold/owner_record.hpp>
#include <leasehold/session.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/deferred.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace leasehold {

namespace engine {
struct lock_limits;
struct mutex_state;
}  // namespace engine

/// One place in a lock's queue, as `mutex::queue` lists them.
struct queue_entry {
    std::size_t position = 0;  ///< 0: the holder
    std::string key;
    std::string value;                  ///< `mutex_options::value` of whoever waits there
    std::optional<owner_record> owner;  ///< the value, if it is the record that a mutex writes by default
    lease_id lease = 0;
    leasehold::revision create_revision =
        0;  ///< the order of the queue; for the holder its fencing token's revision
};

/**
 * \brief A lock on an etcd cluster, shared with every program that locks the same name: other coroutines,
 * other processes, Go's `concurrency.Mutex` and `etcdctl lock`.
 *
 * First come, first served, by etcd's own order. A mutex is a name and options, cheap to make and to copy;
 * it holds nothing itself. Not recursive: a second `lock()` by a holder waits like anybody else's.
 *
 * The queue of the lock NAME is every key that begins with `NAME/`, as in Go. So the lock `a` also waits for
 * keys of the lock `a/b`, and for any key that somebody else puts there.
 *
 * \par All operations
 * The last parameter is a completion token, `asio::deferred` by default. The handler runs on its
 * associated executor, the client's by default, and never inside the initiating call. The mutex may be
 * destroyed while they are pending. An error's particulars are found with \ref with_diagnostics.
 *
 * \par Thread-safety
 * Distinct objects: safe, copies included. Shared objects: the const members are safe, and all
 * operations are.
 */
class mutex {
public:
    using executor_type = asio::any_io_executor;

    /// On the client's own session of `options.ttl`, opened at first use and anew after a loss.
    /// \throws std::invalid_argument for an empty name or an option out of range, naming the value.
    mutex(client c, std::string name, mutex_options options);
    mutex(client c, std::string name);

    /// On a session of yours. Throws as above, and for a session that is none.
    mutex(session s, std::string name, mutex_options options);
    mutex(session s, std::string name);

    /// A moved-from mutex is one still.
    mutex(const mutex&) noexcept = default;
    mutex& operator=(const mutex&) noexcept = default;

    executor_type get_executor() const noexcept;
    const std::string& name() const noexcept;

    /**
     * \brief Waits for the lock.
     *
     * \par Completion signature
     * `void(error_code, held_lock)`
     * \par Cancellation
     * Total, partial and terminal: completes at once with `asio::error::operation_aborted`; a place in the
     * queue, or a lock granted at the same moment, is given back in the background. Either the handle is
     * delivered or the key goes.
     * \par Errors
     * `errc::unreachable` (with the endpoints tried) when no server could be reached to begin with,
     * `session_lost`, `session_closed`, `key_deleted` (somebody deleted the place in the queue),
     * `invalid_request` (a name or value too large), `no_space`, `unauthenticated`, `permission_denied`,
     * `watch_cancelled` (the server refuses to watch the queue), `overloaded` (the client's own session could
     * not be opened for it), `server_failure`;
     * `asio::error::operation_aborted`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, held_lock)) Token = asio::deferred_t>
    auto lock(Token&& token = {}) const
    {
        return detail::initiate<held_lock>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_](detail::completion<held_lock> c) { start_lock(impl, std::move(c)); });
    }

    /**
     * \brief Takes the lock if nobody holds it or waits for it; a refused attempt writes nothing to etcd.
     *
     * \par Completion signature
     * `void(error_code, std::optional<held_lock>)`, empty when refused
     * \par Cancellation
     * As \ref lock.
     * \par Errors
     * As \ref lock, without `key_deleted`; `errc::unreachable` when no server answers within
     * `client_options::connect_timeout` and `request_timeout`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, std::optional<held_lock>))
                  Token = asio::deferred_t>
    auto try_lock(Token&& token = {}) const
    {
        return detail::initiate<std::optional<held_lock>>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_](detail::completion<std::optional<held_lock>> c) {
                start_try_lock(impl, std::move(c));
            });
    }

    /**
     * \brief Waits for the lock, but not longer than `timeout`, counted from the initiation.
     *
     * No more than 0, it makes a single attempt, as \ref try_lock does; the longest that its type can say is
     * for ever.
     *
     * \par Completion signature
     * `void(error_code, std::optional<held_lock>)`, empty when the time is over. The place in the queue is
     * given up in the background then.
     * \par Cancellation
     * As \ref lock.
     * \par Errors
     * As \ref lock. `errc::unreachable` too when the time is over, there is no session and no server.
     */
    template <class Rep, class Period,
              BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, std::optional<held_lock>))
                  Token = asio::deferred_t>
    auto try_lock_for(std::chrono::duration<Rep, Period> timeout, Token&& token = {}) const
    {
        return detail::initiate<std::optional<held_lock>>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_,
             limit = detail::saturated(timeout)](detail::completion<std::optional<held_lock>> c) {
                start_try_lock_for(impl, limit, std::move(c));
            });
    }

    /// As \ref try_lock_for, until a moment.
    template <class Clock, class Duration,
              BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, std::optional<held_lock>))
                  Token = asio::deferred_t>
    auto try_lock_until(std::chrono::time_point<Clock, Duration> moment, Token&& token = {}) const
    {
        return detail::initiate<std::optional<held_lock>>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_, moment](detail::completion<std::optional<held_lock>> c) {
                start_try_lock_for(impl, detail::saturated_between(Clock::now(), moment), std::move(c));
            });
    }

    /**
     * \brief Lists the lock's queue in etcd: the holder, then the waiters. Each session has one place there,
     * whose key all its coroutines share; `queue_entry::owner` tells since when.
     *
     * \par Completion signature
     * `void(error_code, std::vector<queue_entry>)`
     * \par Cancellation
     * Total, partial and terminal.
     * \par Errors
     * As `client::get`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, std::vector<queue_entry>))
                  Token = asio::deferred_t>
    auto queue(Token&& token = {}) const
    {
        return detail::initiate<std::vector<queue_entry>>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_](detail::completion<std::vector<queue_entry>> c) {
                start_queue(impl, std::move(c));
            });
    }

private:
    using state_ptr = std::shared_ptr<const engine::mutex_state>;

    static void start_lock(const state_ptr&, detail::completion<held_lock>);
    static void start_try_lock(const state_ptr&, detail::completion<std::optional<held_lock>>);
    static void start_try_lock_for(const state_ptr&, std::chrono::nanoseconds,
                                   detail::completion<std::optional<held_lock>>);
    static void start_queue(const state_ptr&, detail::completion<std::vector<queue_entry>>);

    template <class Result>
    static void start_operation(const state_ptr&, detail::completion<Result>, const engine::lock_limits&);

    state_ptr impl_;
};

}  // namespace leasehold
