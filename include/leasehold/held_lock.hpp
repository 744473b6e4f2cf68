// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/boot_clock.hpp>
#include <leasehold/detail/operation.hpp>
#include <leasehold/detail/saturated.hpp>
#include <leasehold/fencing_token.hpp>
#include <leasehold/kv.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/deferred.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace leasehold {

namespace engine {
class ownership;
}

/**
 * \brief Ownership of a lock, as `mutex::lock` and its siblings deliver it.
 *
 * Move-only. The destructor, and a move onto a handle that owns, release in the background: the release is
 * repeated until it is done or the lease has ended, and keeps the executor's context running meanwhile.
 *
 * Ownership ends for this handle strictly before the server can give the lock away (docs/guarantees.md).
 * A process that is paused between asking `held()` and acting can still act late; `token()` and
 * `ownership()` are there for that.
 *
 * \par Thread-safety
 * Distinct objects: safe. Shared objects: `held()`, `token()`, `key()`, `deadline()` and `ownership()` are
 * safe while no other member runs; the rest is unsafe.
 */
class [[nodiscard]] held_lock {
public:
    using executor_type = asio::any_io_executor;

    /// A handle that owns nothing.
    held_lock() noexcept = default;
    held_lock(held_lock&&) noexcept = default;
    held_lock& operator=(held_lock&& other) noexcept;
    ~held_lock();

    executor_type get_executor() const noexcept;

    /// Whether the lock is certainly owned at this moment. False from the call of `unlock()` on, once the
    /// deadline has passed, and when the loss of the lease or the key has become known. Never true again.
    bool held() const noexcept;

    /// Grows strictly from holder to holder. Zero for a handle that owns nothing.
    fencing_token token() const noexcept;

    /// The lock's key in etcd, or nothing for a handle that owns nothing. All who hold the lock in one turn
    /// of a session have the same key: a compare made of it by hand does not tell them apart, \ref ownership
    /// does.
    const std::string& key() const noexcept;

    /// Until when the lock is certainly owned unless the lease is renewed before; renewals move it on.
    boot_clock::time_point deadline() const noexcept;

    /**
     * \brief The compare that holds in etcd exactly as long as this ownership lasts there.
     *
     * A transaction with it among its compares (\ref transaction::when) is fenced: it changes nothing once
     * the lock has gone to somebody else, however late it arrives. Having asked for it excludes a hand-on
     * inside the process at release (`mutex_options::local_turn`), since a late transaction could not be told
     * apart there. First asked for after the release, it is too late for that, and the compare never holds.
     * \pre The handle owns, or owned, a lock.
     */
    compare ownership() const;

    /**
     * \brief Waits until the lock is lost, or until less than `ahead` remains to the deadline.
     *
     * Completes without an error and with the reason: `errc::session_lost` (the lease ended, or will within
     * `ahead`), `errc::session_closed` (`session::close` was called) or `errc::key_deleted`. Ends with the
     * error `errc::not_held` when the lock is released instead. At once where that has happened before.
     *
     * \par Completion signature
     * `void(error_code, errc reason)`
     * \par Executor
     * The handler runs on its associated executor, the client's by default, never inside this call.
     * \par Cancellation
     * Total, partial and terminal; the lock stays held.
     * \par Errors
     * `errc::not_held`; `asio::error::operation_aborted`.
     */
    template <class Rep, class Period,
              BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, errc)) Token = asio::deferred_t>
    auto lost(std::chrono::duration<Rep, Period> ahead, Token&& token = {}) const
    {
        return detail::initiate<errc>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_, left = detail::saturated(ahead)](detail::completion<errc> c) {
                start_lost(impl, left, std::move(c));
            });
    }

    /// As above, with nothing ahead: completes when the lock is lost.
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, errc)) Token = asio::deferred_t>
    auto lost(Token&& token = {}) const
    {
        return lost(std::chrono::nanoseconds{0}, std::forward<Token>(token));
    }

    /**
     * \brief Releases the lock; `held()` is false from this call on.
     *
     * Completes when the next waiter may proceed: etcd has deleted the key, or the lock was handed on inside
     * the process. Only this very ownership is released, never a later one.
     *
     * \par Completion signature
     * `void(error_code)`
     * \par Executor
     * As \ref lost.
     * \par Cancellation
     * Partial and terminal: the release goes on in the background.
     * \par Errors
     * `errc::not_held` (nothing is deleted); `session_lost`, `session_closed` or `key_deleted` when the lock
     * had been lost before, or was while it was being released; `unauthenticated`, `permission_denied`,
     * `no_space`, `invalid_request` or `server_failure` when the server refuses: it is tried again in the
     * background while the session lives; `asio::error::operation_aborted`. In an outage it waits for a
     * server, until the deadline at most.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code)) Token = asio::deferred_t>
    auto unlock(Token&& token = {})
    {
        return detail::initiate<>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_](detail::completion<> c) { start_unlock(impl, std::move(c)); });
    }

private:
    friend class mutex;

    explicit held_lock(std::shared_ptr<engine::ownership> impl) noexcept : impl_{std::move(impl)} {}

    static void start_lost(const std::shared_ptr<engine::ownership>&, std::chrono::nanoseconds,
                           detail::completion<errc>);
    static void start_unlock(const std::shared_ptr<engine::ownership>&, detail::completion<>);

    std::shared_ptr<engine::ownership> impl_;
};

}  // namespace leasehold
