// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/detail/operation.hpp>
#include <leasehold/errc.hpp>
#include <leasehold/fencing_token.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/deferred.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace leasehold {

class claim;

namespace engine {
class ownership_reader;
}

/// How a claim stands from here on.
struct ownership_change {
    bool owned = false;

    /**
     * Not owned: what came in the way last.
     * - no error: nothing, the claim waits for its turn;
     * - `errc::key_deleted` (somebody deleted its key), `session_lost` (the lease was revoked, or could not
     *   be renewed in time), `unreachable`, `overloaded`, `no_space`, `watch_cancelled`, `unauthenticated`,
     *   `permission_denied`, `server_failure`: it queues again, or goes on trying to;
     * - `errc::invalid_request`: etcd refuses the name or the value, as too large for example. Only another
     *   value makes the claim try again;
     * - `errc::not_held`: it has been released. Nothing comes after that.
     *
     * Owned: no error; or why a value that was given while the claim waited could not be published when its
     * turn came: etcd shows the one before.
     */
    error_code why;
    std::string text;     ///< the particulars of `why`, as \ref diagnostics have them
    fencing_token token;  ///< of this ownership
    /// How many changes right before this one were dropped unread.
    std::uint64_t skipped = 0;
};

/**
 * \brief Follows a claim: how it stands, then every change of that, in order.
 *
 * Consecutive changes are different ones, though perhaps both "not owned", for another reason.
 *
 * A reader that is slow, or never reads, keeps nobody waiting: neither the renewals of the lease nor the
 * queueing know of it. Of what it has not read the latest 64 changes are kept, older ones are dropped and
 * counted in `skipped`. So what is read is never made up, and ends with how things stand.
 *
 * To be told takes a moment: what must not be done without the name asks `claim::owned()`, or a storage that
 * compares tokens.
 *
 * Move-only. The destructor, and a move onto it, end the following; a pending operation completes with
 * `asio::error::operation_aborted`. The claim may be destroyed before, which releases it.
 *
 * \par Thread-safety
 * Distinct objects: safe. Shared objects: unsafe.
 */
class [[nodiscard]] ownership_watcher {
public:
    using executor_type = asio::any_io_executor;

    /// Follows nothing: its operations end with `errc::not_held`.
    ownership_watcher() noexcept = default;
    ownership_watcher(ownership_watcher&&) noexcept = default;
    ownership_watcher& operator=(ownership_watcher&& other) noexcept;
    ~ownership_watcher();

    executor_type get_executor() const noexcept;

    /**
     * \brief Waits for the next change; the first time it is how the claim stands.
     *
     * One at a time.
     *
     * \par Completion signature
     * `void(error_code, ownership_change)`
     * \par Executor
     * The handler runs on its associated executor, the client's by default, never inside this call.
     * \par Cancellation
     * Total, partial and terminal; no change is lost by it.
     * \par Errors
     * `errc::not_held` after the change that says so, `already_waiting`; `asio::error::operation_aborted`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, ownership_change)) Token = asio::deferred_t>
    auto next(Token&& token = {})
    {
        return detail::initiate<ownership_change>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_](detail::completion<ownership_change> c) { start_next(impl, std::move(c)); });
    }

private:
    friend class claim;

    explicit ownership_watcher(std::shared_ptr<engine::ownership_reader> impl) noexcept
        : impl_{std::move(impl)}
    {}

    static void start_next(const std::shared_ptr<engine::ownership_reader>&,
                           detail::completion<ownership_change>);

    std::shared_ptr<engine::ownership_reader> impl_;
};

}  // namespace leasehold
