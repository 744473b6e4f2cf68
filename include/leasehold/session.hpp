// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/boot_clock.hpp>
#include <leasehold/detail/operation.hpp>
#include <leasehold/kv.hpp>
#include <leasehold/options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/deferred.hpp>

#include <chrono>
#include <memory>
#include <type_traits>
#include <utility>

namespace leasehold {

class client;
class mutex;

namespace engine {
class cluster;
class session;
}  // namespace engine

/**
 * \brief A lease that is kept alive, and with it every lock taken on it.
 *
 * One session serves any number of locks; a lease for each lock would only
 * load the cluster. Copies share the session. When the last copy, mutex and
 * held lock of a session is gone, it is closed in the background.
 *
 * \par Thread-safety
 * Distinct objects: safe. Shared objects: the const members are safe.
 */
class [[nodiscard]] session {
public:
    using executor_type = asio::any_io_executor;

    /**
     * \brief Grants a lease and keeps it alive from then on.
     *
     * \par Completion signature
     * `void(error_code, session)`
     * \par Executor
     * The handler runs on its associated executor, the client's by default, never inside this call.
     * \par Cancellation
     * Total, partial and terminal: a lease that was granted meanwhile is revoked in the background.
     * \par Errors
     * `errc::invalid_ttl`, `unreachable`, `overloaded`, `no_space`, `unauthenticated`, `permission_denied`,
     * `server_failure`; `asio::error::operation_aborted`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, session)) Token = asio::deferred_t>
    static auto open(const client& c, session_options options = {}, Token&& token = {});

    /// As above, with the default options.
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, session)) Token>
        requires(!std::is_convertible_v<Token, session_options>)
    static auto open(const client& c, Token&& token);

    /**
     * \brief Takes over a lease that somebody granted before, for example an orphaned session of an
     * earlier process, and keeps it alive from then on.
     *
     * Completion signature, executor as \ref open. Cancellation: the lease is left as it is.
     * \par Errors
     * As \ref open, and `errc::lease_not_found`, or `invalid_option` for a lease that this client keeps
     * alive already.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, session)) Token = asio::deferred_t>
    static auto adopt(const client& c, lease_id lease, Token&& token = {});

    /// A session that is none: every operation on it ends with `errc::session_closed`.
    session() noexcept = default;

    /// \pre Not default-constructed.
    executor_type get_executor() const noexcept;

    /// The lease's number; 0 for a session that is none.
    lease_id lease() const noexcept;
    /// The time to live that the server granted.
    std::chrono::seconds ttl() const noexcept;
    /// Whether the lease is certainly alive at this moment.
    bool alive() const noexcept;
    /// Until when the lease is certainly alive unless it is renewed before. Counted from the moment the
    /// last successful renewal was *sent*, less the configured margins.
    boot_clock::time_point deadline() const noexcept;

    /**
     * \brief Waits until the session is lost.
     *
     * Completes without an error and with the reason: `errc::session_lost` when the deadline has passed
     * or the server says that the lease is gone. Ends with an error, `errc::session_closed`, when the
     * session is closed or orphaned here. At once where either has happened before.
     *
     * \par Completion signature
     * `void(error_code, errc reason)`
     * \par Executor
     * As \ref open.
     * \par Cancellation
     * Total, partial and terminal; the session goes on.
     * \par Errors
     * `errc::session_closed`; `asio::error::operation_aborted`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, errc)) Token = asio::deferred_t>
    auto lost(Token&& token = {}) const
    {
        return detail::initiate<errc>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_](detail::completion<errc> c) { start_lost(impl, std::move(c)); });
    }

    /**
     * \brief Ends the session: its locks are no longer held, at the latest when the operation completes, and
     * the lease, with every key on it, is revoked.
     *
     * \par Completion signature
     * `void(error_code)`
     * \par Cancellation
     * Partial and terminal: the revocation goes on in the background, bounded by the time to live.
     * \par Errors
     * `errc::session_closed` when it was closed or orphaned before, `session_lost` when it was lost;
     * `errc::unreachable` when no server answered before the lease ended by itself, or `unauthenticated`,
     * `permission_denied` or `server_failure`; `asio::error::operation_aborted`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code)) Token = asio::deferred_t>
    auto close(Token&& token = {})
    {
        return detail::initiate<>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_](detail::completion<> c) { start_close(impl, std::move(c)); });
    }

    /**
     * \brief Stops keeping the lease alive without revoking it; it lives on for its time to live, and
     * another process can \ref adopt it.
     *
     * Locks held on the session stay held until their deadline and are not told of it as a loss of their
     * own; waiting `lock()` operations end with `errc::session_closed`.
     * \return the lease's number.
     */
    lease_id orphan();

private:
    friend class client;
    friend class mutex;

    session(std::shared_ptr<engine::cluster> user, std::shared_ptr<engine::session> impl) noexcept
        : user_{std::move(user)}, impl_{std::move(impl)}
    {}

    static void start_open(const client& c, session_options options, detail::completion<session> completion);
    static void start_adopt(const client& c, lease_id lease, detail::completion<session> completion);
    static void start_lost(const std::shared_ptr<engine::session>& impl, detail::completion<errc> completion);
    static void start_close(const std::shared_ptr<engine::session>& impl, detail::completion<> completion);

    std::shared_ptr<engine::cluster> user_;
    std::shared_ptr<engine::session> impl_;
};

}  // namespace leasehold

#include <leasehold/client.hpp>  // session::open and adopt take one

namespace leasehold {

template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, session)) Token>
auto session::open(const client& c, session_options options, Token&& token)
{
    return detail::initiate<session>(
        c.get_executor(), std::forward<Token>(token),
        [c, options](detail::completion<session> done) { start_open(c, options, std::move(done)); });
}

template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, session)) Token>
    requires(!std::is_convertible_v<Token, session_options>)
auto session::open(const client& c, Token&& token)
{
    return open(c, session_options{}, std::forward<Token>(token));
}

template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, session)) Token>
auto session::adopt(const client& c, lease_id lease, Token&& token)
{
    return detail::initiate<session>(
        c.get_executor(), std::forward<Token>(token),
        [c, lease](detail::completion<session> done) { start_adopt(c, lease, std::move(done)); });
}

}  // namespace leasehold
