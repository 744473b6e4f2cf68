// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/detail/operation.hpp>
#include <leasehold/kv.hpp>
#include <leasehold/options.hpp>
#include <leasehold/watcher.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution_context.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace leasehold {

class client;
class locker;
class mutex;
class session;

namespace engine {
class cluster;
client make_client(std::shared_ptr<cluster> user);
}  // namespace engine

/// A lease as `client::grant_lease` and `client::lease_time_to_live` describe it.
struct lease_info {
    lease_id lease = 0;
    std::chrono::seconds ttl{};  ///< remaining; equal to `granted_ttl` right after the grant
    std::chrono::seconds granted_ttl{};
    std::vector<std::string> keys;  ///< attached to it; only from `lease_time_to_live`
};

/**
 * \brief A cheap-to-copy handle on one connection to an etcd cluster.
 *
 * Connects to every endpoint, works with one that is connected, and moves to another when that one fails.
 * Nothing runs but on the given executor and one thread of the transport, which only hands completions
 * over; nothing happens while nobody runs the executor. A pending operation keeps `io_context::run()`
 * running, an idle client does not.
 *
 * \par Lifetimes
 * The executor's context must outlive every handle (client, session, mutex, held lock, watcher), but for
 * those that its own handlers and coroutines hold, which go with it. Handles may be destroyed in any order,
 * with operations pending.
 *
 * Releases go on in the background only as long as the context runs: at the end of a program, release what is
 * held, let go of the handles, and let `io_context::run()` return, which it does when etcd has answered, or,
 * in an outage, when the leases have ended by themselves. After `io_context::stop()` the keys stay for the
 * time to live.
 *
 * A client does not survive `fork()`: make it in the child.
 *
 * \par All operations
 * The last parameter is a completion token, `asio::deferred` by default. The handler runs on its
 * associated executor, the client's by default, and never inside the initiating call. Arguments are
 * copied. The associated executor must fit into `asio::any_io_executor`. Partial and terminal cancellation
 * are honoured at every moment: the operation completes at once with `asio::error::operation_aborted`, and
 * where a request had been sent it may take effect all the same. What has no effect (`get`,
 * `lease_time_to_live`) or can be taken back (`grant_lease`) honours total cancellation too. An error's
 * particulars are found with \ref with_diagnostics.
 *
 * \par Thread-safety
 * Distinct objects: safe, copies included. Shared objects: the const members are safe.
 */
class client {
public:
    using executor_type = asio::any_io_executor;

    /// \throws std::invalid_argument naming the option and its value.
    client(executor_type executor, client_options options);
    /// With the default options: etcd on this machine.
    explicit client(executor_type executor);

    /// On the executor of an execution context, an `asio::io_context` for example.
    template <class Context>
        requires std::is_convertible_v<Context&, asio::execution_context&>
    client(Context& context, client_options options)
        : client{executor_type{context.get_executor()}, std::move(options)}
    {}
    template <class Context>
        requires std::is_convertible_v<Context&, asio::execution_context&>
    explicit client(Context& context) : client{executor_type{context.get_executor()}}
    {}

    /// A moved-from client is one still.
    client(const client&) noexcept = default;
    client& operator=(const client&) noexcept = default;

    executor_type get_executor() const noexcept;
    const client_options& options() const noexcept;

    /**
     * \brief Reads one key. The result has one item or none.
     *
     * \par Completion signature
     * `void(error_code, get_result)`
     * \par Errors
     * `errc::invalid_name` for an empty key, `unreachable`, `overloaded`, `compacted`, `invalid_request` (a
     * revision to come), `unauthenticated`, `permission_denied`, `server_failure`;
     * `asio::error::operation_aborted`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, get_result)) Token = asio::deferred_t>
    auto get(std::string key, Token&& token = {}) const
    {
        get_request request;
        request.key = std::move(key);
        return get(std::move(request), std::forward<Token>(token));
    }

    /// As above, for a range, a limit, an order or an earlier revision.
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, get_result)) Token = asio::deferred_t>
    auto get(get_request request, Token&& token = {}) const
    {
        return detail::initiate<get_result>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_, r = std::move(request)](detail::completion<get_result> c) {
                start_get(impl, r, std::move(c));
            });
    }

    /**
     * \brief Writes one key, attached to `lease` unless that is 0.
     *
     * Sent at most once, so that a lost answer never makes it happen twice.
     * \par Completion signature
     * `void(error_code, put_result)`
     * \par Errors
     * `errc::invalid_name`, `unreachable` (certainly not done), `outcome_unknown` (perhaps done),
     * `lease_not_found`, `invalid_request`, `no_space`, `overloaded`, `unauthenticated`,
     * `permission_denied`, `server_failure`; `asio::error::operation_aborted`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, put_result)) Token = asio::deferred_t>
    auto put(std::string key, std::string value, lease_id lease = 0, Token&& token = {}) const
    {
        return detail::initiate<put_result>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_, r = put_request{std::move(key), std::move(value), lease}](
                detail::completion<put_result> c) { start_put(impl, r, std::move(c)); });
    }

    /// As above, on no lease.
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, put_result)) Token>
        requires(!std::is_convertible_v<Token, lease_id>)
    auto put(std::string key, std::string value, Token&& token) const
    {
        return put(std::move(key), std::move(value), lease_id{}, std::forward<Token>(token));
    }

    /**
     * \brief Deletes one key. Completion signature `void(error_code, remove_result)`; otherwise as \ref put.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, remove_result)) Token = asio::deferred_t>
    auto remove(std::string key, Token&& token = {}) const
    {
        return remove(remove_request{std::move(key), {}}, std::forward<Token>(token));
    }

    /// As above, for a range.
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, remove_result)) Token = asio::deferred_t>
    auto remove(remove_request request, Token&& token = {}) const
    {
        return detail::initiate<remove_result>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_, r = std::move(request)](detail::completion<remove_result> c) {
                start_remove(impl, r, std::move(c));
            });
    }

    /**
     * \brief Runs a transaction, at most once.
     *
     * With \ref held_lock::ownership among the compares it is *fenced*: etcd itself refuses it once the lock
     * is no longer held.
     * \par Completion signature
     * `void(error_code, transaction_result)`
     * \par Errors
     * As \ref put.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, transaction_result)) Token = asio::deferred_t>
    auto txn(transaction request, Token&& token = {}) const
    {
        return detail::initiate<transaction_result>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_, r = std::move(request)](detail::completion<transaction_result> c) {
                start_txn(impl, r, std::move(c));
            });
    }

    /**
     * \brief Grants a lease that nobody renews; a \ref session is a lease that is kept alive.
     *
     * \par Completion signature
     * `void(error_code, lease_info)`
     * \par Cancellation
     * A lease granted meanwhile is revoked in the background.
     * \par Errors
     * As `session::open`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, lease_info)) Token = asio::deferred_t>
    auto grant_lease(std::chrono::seconds ttl, Token&& token = {}) const
    {
        return detail::initiate<lease_info>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_, ttl](detail::completion<lease_info> c) { start_grant(impl, ttl, std::move(c)); });
    }

    /**
     * \brief Ends a lease and deletes every key attached to it. Repeated until answered: an end of the lease
     * by other means counts as success only for a repetition.
     *
     * \par Completion signature
     * `void(error_code)`
     * \par Errors
     * `errc::lease_not_found`, `unreachable`, `overloaded`, `unauthenticated`, `permission_denied`,
     * `server_failure`; `asio::error::operation_aborted`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code)) Token = asio::deferred_t>
    auto revoke_lease(lease_id lease, Token&& token = {}) const
    {
        return detail::initiate<>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_, lease](detail::completion<> c) { start_revoke(impl, lease, std::move(c)); });
    }

    /**
     * \brief Tells how long a lease lives and which keys are attached to it.
     *
     * \par Completion signature
     * `void(error_code, lease_info)`
     * \par Errors
     * As \ref revoke_lease.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, lease_info)) Token = asio::deferred_t>
    auto lease_time_to_live(lease_id lease, Token&& token = {}) const
    {
        return detail::initiate<lease_info>(get_executor(), std::forward<Token>(token),
                                            [impl = impl_, lease](detail::completion<lease_info> c) {
                                                start_ttl(impl, lease, std::move(c));
                                            });
    }

    /// Watches a key, or every key that begins with it; see \ref watcher.
    /// \throws std::invalid_argument for an empty key without `prefix`, a negative start revision, a buffer
    /// of 0, or neither `puts` nor `removes`.
    [[nodiscard]] watcher watch(std::string key, watch_options options = {}) const;

private:
    friend class locker;
    friend class mutex;
    friend class session;
    friend client engine::make_client(std::shared_ptr<engine::cluster> user);
    using impl_ptr = std::shared_ptr<engine::cluster>;

    explicit client(impl_ptr impl) noexcept : impl_{std::move(impl)} {}

    static void start_get(const impl_ptr&, get_request, detail::completion<get_result>);
    static void start_put(const impl_ptr&, put_request, detail::completion<put_result>);
    static void start_remove(const impl_ptr&, remove_request, detail::completion<remove_result>);
    static void start_txn(const impl_ptr&, transaction, detail::completion<transaction_result>);
    static void start_grant(const impl_ptr&, std::chrono::seconds, detail::completion<lease_info>);
    static void start_revoke(const impl_ptr&, lease_id, detail::completion<>);
    static void start_ttl(const impl_ptr&, lease_id, detail::completion<lease_info>);

    impl_ptr impl_;
};

}  // namespace leasehold
