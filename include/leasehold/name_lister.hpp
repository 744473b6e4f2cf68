// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/detail/operation.hpp>
#include <leasehold/name_state.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/deferred.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace leasehold {

class locker;

namespace engine {
class name_listing;
}

/**
 * \brief Lists the names of a \ref locker that are owned, a page at a time; `locker::list` makes one.
 *
 * All pages are of one moment, that of the first: nothing is left out, and nothing twice, whatever happens
 * meanwhile. One page at a time is in memory, whatever the number of names.
 *
 * Move-only. The destructor and a move onto it end the listing; a pending operation completes with
 * `asio::error::operation_aborted`.
 *
 * \par Thread-safety
 * Distinct objects: safe. Shared objects: unsafe.
 */
class [[nodiscard]] name_lister {
public:
    using executor_type = asio::any_io_executor;

    /// A listing of nothing: its operations end with `errc::invalid_name`.
    name_lister() noexcept = default;
    name_lister(name_lister&&) noexcept = default;
    name_lister& operator=(name_lister&& other) noexcept;
    ~name_lister();

    executor_type get_executor() const noexcept;

    /**
     * \brief Reads the next names, in the order of their keys; none when there are no more.
     *
     * A page is what one read of `locker_options::page` keys, those of waiters included, has brought to an
     * end; more reads where that is nothing. One call at a time.
     *
     * \par Completion signature
     * `void(error_code, std::vector<name_state>)`
     * \par Executor
     * The handler runs on its associated executor, the client's by default, never inside this call.
     * \par Cancellation
     * Total, partial and terminal; no name is lost by it.
     * \par Errors
     * `errc::compacted` (etcd has forgotten the moment of the first page: list anew), `unreachable`,
     * `overloaded`, `unauthenticated`, `permission_denied`, `server_failure`, `already_waiting`;
     * `asio::error::operation_aborted`. After any but the first and the last two, the next call tries again
     * from the same place.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, std::vector<name_state>))
                  Token = asio::deferred_t>
    auto next(Token&& token = {})
    {
        return detail::initiate<std::vector<name_state>>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_](detail::completion<std::vector<name_state>> c) {
                start_next(impl, std::move(c));
            });
    }

private:
    friend class locker;

    explicit name_lister(std::shared_ptr<engine::name_listing> impl) noexcept : impl_{std::move(impl)} {}

    static void start_next(const std::shared_ptr<engine::name_listing>&,
                           detail::completion<std::vector<name_state>>);

    std::shared_ptr<engine::name_listing> impl_;
};

}  // namespace leasehold
