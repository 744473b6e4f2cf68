// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/diagnostics.hpp>
#include <leasehold/errc.hpp>
#include <leasehold/held_lock.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace leasehold::detail {

template <class T>
struct awaited;
template <class R>
struct awaited<asio::awaitable<R>> {
    using type = R;
};

/// What the coroutine that `Body` returns delivers.
template <class Body>
using body_result = typename awaited<std::invoke_result_t<Body&, held_lock&>>::type;

inline void check_cancel_ahead(std::chrono::milliseconds ahead)
{
    if (ahead.count() < 0)
        throw error{errc::invalid_option, diagnostics{"with_lock_options::cancel_ahead is negative: " +
                                                      std::to_string(ahead.count()) + " ms"}};
}

/**
 * What the coroutine that waits in `with_lock` and the one that works in it have in common.
 *
 * The work runs on a strand of its own. Asio's cancellation signals belong to one thread at a time, and the
 * slot handler of `co_spawn` in Asio 1.26 is safe only when it is emitted on the coroutine's own executor:
 * so every cause of a cancellation comes here first, and is emitted on the strand.
 */
class lock_scope {
public:
    enum class cause { none, cancelled, lost };

    explicit lock_scope(const asio::any_io_executor& executor) : strand_{asio::make_strand(executor)} {}

    const asio::strand<asio::any_io_executor>& strand() const noexcept { return strand_; }
    asio::cancellation_slot slot() noexcept { return signal_.slot(); }

    // The rest is called on the strand.

    /// The coroutine that waits was cancelled.
    void cancel()
    {
        if (cause_ == cause::none)
            cause_ = cause::cancelled;
        if (!finished_)
            signal_.emit(asio::cancellation_type::terminal);
    }

    /// The lock is lost, or about to be.
    void lose(errc reason)
    {
        if (!in_body_)
            return;
        reason_ = reason;
        if (cause_ == cause::none) {
            cause_ = cause::lost;
            signal_.emit(asio::cancellation_type::terminal);
        }
    }

    void enter_body() noexcept { in_body_ = true; }
    void leave_body() noexcept { in_body_ = false; }
    void finish() noexcept { finished_ = true; }

    cause why() const noexcept { return cause_; }
    errc reason() const noexcept { return reason_; }

private:
    asio::strand<asio::any_io_executor> strand_;
    asio::cancellation_signal signal_;
    cause cause_ = cause::none;
    errc reason_ = errc::session_lost;
    bool in_body_ = false;
    bool finished_ = false;
};

template <class R>
struct lock_scope_with_result : lock_scope {
    using lock_scope::lock_scope;

    R take()
    {
        R taken = *std::move(result);
        result.reset();
        return taken;
    }

    std::optional<R> result;
};

template <>
struct lock_scope_with_result<void> : lock_scope {
    using lock_scope::lock_scope;

    void take() const noexcept {}
};

inline bool is_operation_aborted(const std::exception_ptr& failure) noexcept
{
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

inline error loss(errc reason, const std::string& key)
{
    return error{reason, diagnostics{"the lock " + key + " was lost while with_lock's body ran"}};
}

/// Throws what the end of the body and the release amount to.
inline void judge(lock_scope& scope, const std::exception_ptr& failure, bool kept, error_code released,
                  const std::string& key)
{
    if (failure) {
        if (scope.why() == lock_scope::cause::lost && is_operation_aborted(failure))
            throw loss(scope.reason(), key);
        std::rethrow_exception(failure);
    }
    // A release that finds the lease gone says nothing about a body that had ended before the deadline; one
    // that finds the key deleted does: that may have happened at any time.
    if (released == errc::key_deleted)
        throw loss(errc::key_deleted, key);
    if (!kept && (released == errc::session_lost || released == errc::session_closed))
        throw loss(static_cast<errc>(released.value()), key);
    if (!kept && released == asio::error::operation_aborted)
        throw boost::system::system_error{released, "with_lock"};
}

/// Throws why a lock is not held.
inline asio::awaitable<void> throw_not_held(held_lock held)
{
    diagnostics diag;
    auto token = redirect_diagnostics(diag, asio::as_tuple(asio::use_awaitable));
    const auto outcome = co_await held.unlock(std::move(token));
    const error_code why = std::get<0>(outcome);
    if (why)
        throw error{why, std::move(diag)};
    throw error{errc::session_lost, diagnostics{"the deadline of the lock had passed"}};
}

/// Body and release; on the scope's strand.
template <class R, class Body>
asio::awaitable<void> run_held(std::shared_ptr<lock_scope_with_result<R>> scope, held_lock held, Body body,
                               std::chrono::nanoseconds ahead)
{
    if (scope->why() == lock_scope::cause::cancelled)
        throw boost::system::system_error{asio::error::operation_aborted, "with_lock"};
    if (!held.held()) {
        asio::awaitable<void> refusal = throw_not_held(std::move(held));
        co_await std::move(refusal);
    }

    const std::string key = held.key();
    scope->enter_body();
    held.lost(ahead, asio::bind_executor(scope->strand(), [scope](error_code ec, errc reason) {
                  if (!ec)
                      scope->lose(reason);
              }));

    std::exception_ptr failure;
    try {
        asio::awaitable<R> work = std::invoke(body, held);
        if constexpr (std::is_void_v<R>) {
            co_await std::move(work);
        } else {
            R value = co_await std::move(work);
            scope->result.emplace(std::move(value));
        }
    } catch (...) {
        failure = std::current_exception();
    }
    scope->leave_body();

    const bool kept = held.held();
    error_code released = asio::error::operation_aborted;
    if (scope->why() != lock_scope::cause::cancelled) {
        // Whatever the body did to this coroutine's cancellation is undone.
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        co_await asio::this_coro::throw_if_cancelled(false);
        if (held.key().empty()) {  // the body moved the handle away
            released = errc::not_held;
        } else {
            constexpr auto token = asio::as_tuple(asio::use_awaitable);
            const auto outcome = co_await held.unlock(token);
            released = std::get<0>(outcome);
        }
    }
    scope->finish();
    judge(*scope, failure, kept, released, key);
}

template <class R, class Lock, class Body>
asio::awaitable<void> acquire_and_run(std::shared_ptr<lock_scope_with_result<R>> scope, Lock lock, Body body,
                                      std::chrono::nanoseconds ahead)
{
    held_lock held = co_await lock.lock(with_diagnostics(asio::use_awaitable));
    asio::awaitable<void> rest = run_held<R>(std::move(scope), std::move(held), std::move(body), ahead);
    co_await std::move(rest);
}

/// Spawns the work on the scope's strand and completes the handler, on its own executor, when it has ended.
struct start_scope {
    template <class Handler>
    void operator()(Handler&& handler, std::shared_ptr<lock_scope> scope, asio::awaitable<void> work) const
    {
        auto parent = asio::get_associated_cancellation_slot(handler);
        if (parent.is_connected()) {
            parent.assign([weak = std::weak_ptr<lock_scope>{scope}](asio::cancellation_type type) {
                if (type == asio::cancellation_type::none)
                    return;
                if (auto s = weak.lock())
                    asio::post(s->strand(), [s] { s->cancel(); });
            });
        }

        auto executor = asio::get_associated_executor(handler, scope->strand());
        auto slot = scope->slot();
        auto strand = scope->strand();
        auto finish = [scope = std::move(scope), executor = std::move(executor),
                       handler = std::forward<Handler>(handler)](std::exception_ptr failure) mutable {
            scope->finish();
            asio::post(executor, [handler = std::move(handler), failure = std::move(failure)]() mutable {
                std::move(handler)(std::move(failure));
            });
        };
        asio::co_spawn(strand, std::move(work), asio::bind_cancellation_slot(slot, std::move(finish)));
    }
};

inline asio::awaitable<void> run_scope(std::shared_ptr<lock_scope> scope, asio::awaitable<void> work)
{
    return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
        start_scope{}, asio::use_awaitable, std::move(scope), std::move(work));
}

}  // namespace leasehold::detail
