// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/detail/operation.hpp>
#include <leasehold/kv.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/deferred.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace leasehold {

class client;

namespace engine {
class watch;
}

/// One change of one key.
struct watch_event {
    enum class kind : std::uint8_t { put, removed };

    kind what = kind::put;
    key_value kv;        ///< of a removal: only the key and, as `mod_revision`, the revision of the removal
    key_value previous;  ///< with `watch_options::prev_kv`, unless compacted away; otherwise empty
};

/**
 * \brief The changes of a key or prefix, in order, none missed and none twice.
 *
 * Survives lost connections and members: the watch is resumed where it stopped. A consumer that does not
 * read costs `watch_options::buffer` events of memory here, and those of the server's last message beyond
 * that, and disturbs nobody; etcd's own history is the buffer behind it. Thousands of watchers share one
 * stream.
 *
 * Move-only. The destructor and a move onto it end the watch; a pending operation completes with
 * `asio::error::operation_aborted`.
 *
 * \par Thread-safety
 * Distinct objects: safe. Shared objects: unsafe.
 */
class [[nodiscard]] watcher {
public:
    using executor_type = asio::any_io_executor;

    /// A watcher of nothing: its operations end with `errc::watch_cancelled`.
    watcher() noexcept = default;
    watcher(watcher&&) noexcept = default;
    watcher& operator=(watcher&& other) noexcept;
    ~watcher();

    /// \pre Not default-constructed or moved from.
    executor_type get_executor() const noexcept;

    /**
     * \brief Waits until the server has set up the watch, and tells the first revision that it covers:
     * every change at that revision or later is delivered.
     *
     * \par Completion signature
     * `void(error_code, revision)`
     * \par Cancellation
     * Total, partial and terminal; the watch goes on.
     * \par Errors
     * `errc::unreachable`, `compacted` (the start revision is history), `watch_cancelled`,
     * `unauthenticated`, `permission_denied`; `asio::error::operation_aborted`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, revision)) Token = asio::deferred_t>
    auto ready(Token&& token = {})
    {
        return detail::initiate<revision>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_](detail::completion<revision> c) { start_ready(impl, std::move(c)); });
    }

    /**
     * \brief Waits for the next change.
     *
     * One at a time. Once the watch has been set up, an outage of the cluster is not an error: the operation
     * waits on, and nothing is missed.
     *
     * \par Completion signature
     * `void(error_code, watch_event)`
     * \par Cancellation
     * Total, partial and terminal; no event is lost by it.
     * \par Errors
     * `errc::unreachable` (the watch could not be set up within `client_options::connect_timeout`) and
     * `unauthenticated`: the next call tries again; `compacted` (etcd may have forgotten changes not yet
     * delivered: a slow reader's, or what came during a break of the connection; start anew from a `get`),
     * `watch_cancelled`, `permission_denied`: after one of these three every later call ends the same way;
     * `already_waiting`;
     * `asio::error::operation_aborted`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, watch_event)) Token = asio::deferred_t>
    auto next(Token&& token = {})
    {
        return detail::initiate<watch_event>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_](detail::completion<watch_event> c) { start_next(impl, std::move(c)); });
    }

private:
    friend class client;

    explicit watcher(std::shared_ptr<engine::watch> impl) noexcept : impl_{std::move(impl)} {}

    static void start_ready(const std::shared_ptr<engine::watch>&, detail::completion<revision>);
    static void start_next(const std::shared_ptr<engine::watch>&, detail::completion<watch_event>);

    std::shared_ptr<engine::watch> impl_;
};

}  // namespace leasehold
