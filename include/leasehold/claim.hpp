// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/boot_clock.hpp>
#include <leasehold/detail/operation.hpp>
#include <leasehold/fencing_token.hpp>
#include <leasehold/kv.hpp>
#include <leasehold/ownership_watcher.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/deferred.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace leasehold {

class locker;

namespace engine {
class claim_driver;
}

/**
 * \brief Holds a name of a \ref locker, or waits for it, as long as it lives: `locker::claim` makes one.
 *
 * Queues for the name behind whoever claimed it before, publishes its value there when its turn comes, and
 * queues again when it loses the name, for whatever reason. It goes on without being asked or read; like a
 * held lock it does not keep `io_context::run()` running.
 *
 * Claims exclude each other whatever their values are, in one process too. Of one client, one at a time has a
 * place in etcd's queue of a name; the others stand behind it.
 *
 * Move-only. The destructor, and a move onto it, release the name in the background.
 *
 * \par All operations
 * The last parameter is a completion token, `asio::deferred` by default. The handler runs on its associated
 * executor, the client's by default, and never inside the initiating call.
 *
 * \par Thread-safety
 * Distinct objects: safe. Shared objects: the const members are safe, while no other member runs.
 */
class [[nodiscard]] claim {
public:
    using executor_type = asio::any_io_executor;

    /// Claims nothing: its operations end with `errc::not_held`.
    claim() noexcept = default;
    claim(claim&&) noexcept = default;
    claim& operator=(claim&& other) noexcept;
    ~claim();

    executor_type get_executor() const noexcept;

    /// Without the locker's directory. Nothing for a claim of nothing.
    const std::string& name() const noexcept;

    /// Whether the name is certainly owned at this moment: as `held_lock::held()`, and false from the call of
    /// `release()` on.
    bool owned() const noexcept;

    /// Grows strictly from owner to owner of a name. Zero while the claim owns nothing.
    fencing_token token() const noexcept;

    /// Until when the name is certainly owned unless the lease is renewed before. The epoch while the claim
    /// owns nothing.
    boot_clock::time_point deadline() const noexcept;

    /// The compare that holds in etcd exactly as long as the present ownership lasts there, as
    /// `held_lock::ownership()` is for a lock: a transaction with it is only ever the owner's. Nothing while
    /// the claim owns nothing.
    std::optional<compare> while_owned() const;

    /// Follows the claim; any number of times, independently of each other.
    ownership_watcher ownership() const;

    /**
     * \brief Publishes another value from now on.
     *
     * While the name is owned, etcd shows the value when the operation has completed with `true`: it is
     * written on the condition that the ownership lasts, and never over a later one. Of several values given
     * in quick succession, only the last need ever be seen.
     *
     * Otherwise the operation completes at once with `false`, and the value is published when the claim's
     * turn comes. Where the claim has a place in the queue already, its old value may be seen before.
     *
     * \par Completion signature
     * `void(error_code, bool)`
     * \par Cancellation
     * Partial and terminal; the value is published all the same.
     * \par Errors
     * `errc::not_held` (the claim has been released), `invalid_request` (the value is too large; the one
     * before stays), `no_space`, `unreachable`, `overloaded`, `unauthenticated`, `permission_denied`,
     * `server_failure` (it may be published all the same, and is when the name is owned the next time);
     * `asio::error::operation_aborted`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, bool)) Token = asio::deferred_t>
    auto set_value(std::string value, Token&& token = {})
    {
        return detail::initiate<bool>(get_executor(), std::forward<Token>(token),
                                      [impl = impl_, v = std::move(value)](detail::completion<bool> c) {
                                          start_set_value(impl, v, std::move(c));
                                      });
    }

    /**
     * \brief Gives the name, or the place in its queue, back for good.
     *
     * Completes when the next one may own the name. A place in the queue is given back in the background.
     *
     * \par Completion signature
     * `void(error_code)`
     * \par Cancellation
     * Partial and terminal: the release goes on in the background.
     * \par Errors
     * `errc::not_held` (it was released before); otherwise as `held_lock::unlock`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code)) Token = asio::deferred_t>
    auto release(Token&& token = {})
    {
        return detail::initiate<>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_](detail::completion<> c) { start_release(impl, std::move(c)); });
    }

private:
    friend class locker;

    explicit claim(std::shared_ptr<engine::claim_driver> impl) noexcept : impl_{std::move(impl)} {}

    static void start_set_value(const std::shared_ptr<engine::claim_driver>&, std::string,
                                detail::completion<bool>);
    static void start_release(const std::shared_ptr<engine::claim_driver>&, detail::completion<>);

    std::shared_ptr<engine::claim_driver> impl_;
};

}  // namespace leasehold
