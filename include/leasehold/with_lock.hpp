// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/detail/saturated.hpp>
#include <leasehold/detail/with_lock.hpp>
#include <leasehold/held_lock.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <utility>

namespace leasehold {

/// For \ref with_lock.
struct with_lock_options {
    /// How long before the lock's deadline the body is cancelled when the lease has not been renewed until
    /// then: the time it has to unwind while nobody else can own the lock. Not negative, and well below two
    /// thirds of the session's time to live, since that much is left just before each regular renewal.
    std::chrono::milliseconds cancel_ahead{500};
};

/// Anything that is locked as \ref mutex is; cheap to copy or move.
template <class Lock>
concept lockable = std::move_constructible<Lock> && requires(Lock& lock) {
    { lock.lock(boost::asio::use_awaitable) } -> std::same_as<boost::asio::awaitable<held_lock>>;
};

/// Callable with `held_lock&`, and returns an `asio::awaitable` of anything movable, or of `void`.
template <class Body>
concept lock_body = std::move_constructible<Body> && requires { typename detail::body_result<Body>; };

/**
 * \brief Runs `body` while a lock is held that the caller has acquired already; see \ref with_lock below.
 *
 * A handle that is not `held()` is an error, and the body does not run: `errc::not_held` where it owns
 * nothing (moved from, unlocked), `session_lost`, `session_closed` or `key_deleted` where the lock has been
 * lost.
 *
 * \code
 * if (auto held = co_await mutex.try_lock_for(10s))
 *     co_await leasehold::with_lock(*std::move(held), body);
 * \endcode
 */
template <lock_body Body>
auto with_lock(held_lock held, Body body, with_lock_options options = {})
    -> asio::awaitable<detail::body_result<Body>>
{
    using result = detail::body_result<Body>;
    detail::check_cancel_ahead(options.cancel_ahead);
    auto executor = co_await asio::this_coro::executor;
    auto scope = std::make_shared<detail::lock_scope_with_result<result>>(executor);
    auto work = detail::run_held<result>(scope, std::move(held), std::move(body),
                                         detail::saturated(options.cancel_ahead));
    auto all = detail::run_scope(scope, std::move(work));
    co_await std::move(all);
    co_return scope->take();
}

/**
 * \brief Acquires a lock, runs `body(held_lock&)`, releases the lock and returns what the body returned.
 *
 * The body does not outlive the ownership: when the lock is lost, or when less than `options.cancel_ahead` is
 * left to its deadline, the body is cancelled and waited for, and only then does this function end.
 *
 * \code
 * auto report = co_await leasehold::with_lock(mutex, [&](leasehold::held_lock& held) ->
 * asio::awaitable<std::string> { co_return co_await rebuild_index(held.token());
 * });
 * \endcode
 *
 * \pre The body can be cancelled (it waits in operations that honour terminal cancellation, and does not
 * block), and unwinds within `options.cancel_ahead`. Nothing can make it stop earlier than it wants to.
 *
 * \par Lifetimes
 * Lock and body are copied or moved into the coroutine and live until it ends. The body may unlock or move
 * away the handle that it is given; then there is nothing to release, or to lose, any more.
 *
 * g++ 12 destroys a lambda twice that is written inside a `co_await` expression and captures an object with a
 * destructor by value (reference captures are fine). Give such a lambda a name first and pass it with
 * `std::move`.
 *
 * \par Returns
 * The body's result, whose type may be `void`, move-only and without a default constructor. A body that ends
 * normally while the lock is `held()` has its result delivered, even if it had been cancelled.
 *
 * \par Executor
 * The body runs on a strand of the calling coroutine's executor, which a multi-threaded context may run; the
 * caller continues on its own executor.
 *
 * \par Cancellation
 * Of the calling coroutine, any type that it lets through: the wait for the lock, or the body, is cancelled
 * (terminally) and waited for; the lock, or the place in its queue, is released in the background; and
 * `asio::error::operation_aborted` is thrown, unless the body ended otherwise.
 *
 * \par Errors
 * Thrown, as \ref error where this library is the origin:
 * - as `lock()`, when the lock could not be had, or was lost before the body began; it has not run then;
 * - whatever the body threw, after the release. It wins over an error of the release. In place of the
 *   `operation_aborted` of a body that was cancelled because of a loss comes the loss;
 * - `errc::session_lost`, `session_closed` or `key_deleted`: the lock was lost before the body ended, or the
 *   release found the key deleted; also when the body returned a result, which is discarded;
 * - `errc::invalid_option` for a negative `cancel_ahead`.
 *
 * \par Thread-safety
 * Calls are independent of each other, on one mutex too.
 */
template <lockable Lock, lock_body Body>
auto with_lock(Lock lock, Body body, with_lock_options options = {})
    -> asio::awaitable<detail::body_result<Body>>
{
    using result = detail::body_result<Body>;
    detail::check_cancel_ahead(options.cancel_ahead);
    auto executor = co_await asio::this_coro::executor;
    auto scope = std::make_shared<detail::lock_scope_with_result<result>>(executor);
    auto work = detail::acquire_and_run<result>(scope, std::move(lock), std::move(body),
                                                detail::saturated(options.cancel_ahead));
    auto all = detail::run_scope(scope, std::move(work));
    co_await std::move(all);
    co_return scope->take();
}

}  // namespace leasehold
