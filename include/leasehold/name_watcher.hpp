// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/detail/operation.hpp>
#include <leasehold/name_state.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/deferred.hpp>

#include <memory>
#include <utility>

namespace leasehold {

class locker;

namespace engine {
class name_watch;
}

/**
 * \brief Follows who owns a name of a \ref locker, or the names that begin with a prefix, and what they
 * publish; `locker::watch` and `locker::watch_prefix` make one.
 *
 * First how things stand at the first `next()`: of one name, its state, also when nobody owns it; of a
 * prefix, each name that is owned. Then every change, in order, each once: another owner, another value, or
 * nobody. An owner is followed by the next one in the queue without a gap where one is waiting. What waiters
 * do is no change.
 *
 * Nothing is missed and nothing made up across lost connections and members: the watch is resumed where it
 * stopped. Where etcd has compacted what was not delivered yet, the keys are read anew and the differences
 * delivered, each a state that the name really had; only how it came about is lost.
 *
 * It remembers every key of the name's or prefix's queues, with its value. A consumer that does not read
 * costs at most `locker_options::watch_buffer` changes more, or one for each name after a reading, and
 * disturbs nobody: etcd's own history is the buffer behind it.
 *
 * Move-only. The destructor and a move onto it end the watch; a pending operation completes with
 * `asio::error::operation_aborted`.
 *
 * \par Thread-safety
 * Distinct objects: safe. Shared objects: unsafe.
 */
class [[nodiscard]] name_watcher {
public:
    using executor_type = asio::any_io_executor;

    /// A watcher of nothing: its operations end with `errc::watch_cancelled`.
    name_watcher() noexcept = default;
    name_watcher(name_watcher&&) noexcept = default;
    name_watcher& operator=(name_watcher&& other) noexcept;
    ~name_watcher();

    executor_type get_executor() const noexcept;

    /**
     * \brief Waits for the next state.
     *
     * One at a time. Once anything has been read, an outage of the cluster is not an error: the operation
     * waits on, and nothing is missed.
     *
     * \par Completion signature
     * `void(error_code, name_state)`
     * \par Executor
     * The handler runs on its associated executor, the client's by default, never inside this call.
     * \par Cancellation
     * Total, partial and terminal; no state is lost by it.
     * \par Errors
     * `errc::unreachable` and `overloaded` (the first reading did not come about; the next call tries again);
     * `watch_cancelled`, `unauthenticated`, `permission_denied`, `server_failure`: every later call ends the
     * same way; `already_waiting`; `asio::error::operation_aborted`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, name_state)) Token = asio::deferred_t>
    auto next(Token&& token = {})
    {
        return detail::initiate<name_state>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_](detail::completion<name_state> c) { start_next(impl, std::move(c)); });
    }

private:
    friend class locker;

    explicit name_watcher(std::shared_ptr<engine::name_watch> impl) noexcept : impl_{std::move(impl)} {}

    static void start_next(const std::shared_ptr<engine::name_watch>&, detail::completion<name_state>);

    std::shared_ptr<engine::name_watch> impl_;
};

}  // namespace leasehold
