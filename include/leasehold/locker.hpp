// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/claim.hpp>
#include <leasehold/client.hpp>
#include <leasehold/detail/operation.hpp>
#include <leasehold/name_lister.hpp>
#include <leasehold/name_state.hpp>
#include <leasehold/name_watcher.hpp>
#include <leasehold/options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/deferred.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace leasehold {

namespace engine {
struct locker_state;
}

/**
 * \brief A registry of names: whoever owns one publishes a value there, for everybody to read and to follow.
 *
 * The name N is the lock DIRECTORY N (`locker_options::directory`), and its value that of the lock's holder:
 * first come, first served, gone with the owner within the time to live. A \ref mutex of that name, Go's
 * `concurrency.Mutex` and `etcdctl lock` queue for it like a claim.
 *
 * A name is any non-empty bytes. Names may have slashes, `eu/web-1` and `eu/web-2` under the prefix `eu/` for
 * example; but while `eu/web-1` is claimed, a claim of the name `eu` that came later waits for it, and nobody
 * is told to own `eu` meanwhile.
 *
 * Cheap to make and to copy; holds nothing itself.
 *
 * \par All operations
 * The last parameter is a completion token, `asio::deferred` by default. The handler runs on its associated
 * executor, the client's by default, and never inside the initiating call. The locker may be destroyed while
 * they are pending, and before the claims and watchers that it made. An error's particulars are found with
 * \ref with_diagnostics.
 *
 * \par Thread-safety
 * Distinct objects: safe, copies included. Shared objects: the const members are safe, and all operations
 * are.
 */
class locker {
public:
    using executor_type = asio::any_io_executor;

    /// \throws std::invalid_argument for an option out of range, naming the value.
    locker(client c, locker_options options);
    explicit locker(client c);

    /// A moved-from locker is one still.
    locker(const locker&) noexcept = default;
    locker& operator=(const locker&) noexcept = default;

    executor_type get_executor() const noexcept;
    const locker_options& options() const noexcept;

    /// Begins to hold a name, or to wait for it, and goes on as long as the \ref leasehold::claim lives.
    /// \throws std::invalid_argument for an empty name.
    [[nodiscard]] leasehold::claim claim(std::string name, std::string value) const;

    /**
     * \brief Reads what the name's owner publishes; nothing when nobody owns it.
     *
     * \par Completion signature
     * `void(error_code, std::optional<std::string>)`
     * \par Cancellation
     * Total, partial and terminal.
     * \par Errors
     * As `client::get`.
     */
    template <BOOST_ASIO_COMPLETION_TOKEN_FOR(void(error_code, std::optional<std::string>))
                  Token = asio::deferred_t>
    auto get(std::string name, Token&& token = {}) const
    {
        return detail::initiate<std::optional<std::string>>(
            get_executor(), std::forward<Token>(token),
            [impl = impl_, n = std::move(name)](detail::completion<std::optional<std::string>> c) {
                start_get(impl, n, std::move(c));
            });
    }

    /// Follows one name.
    /// \throws std::invalid_argument for an empty name.
    [[nodiscard]] name_watcher watch(std::string name) const;

    /// Follows every name that begins with the prefix; an empty one is that of all names.
    [[nodiscard]] name_watcher watch_prefix(std::string prefix) const;

    /// Lists the names that begin with the prefix and are owned.
    [[nodiscard]] name_lister list(std::string prefix = {}) const;

private:
    using state_ptr = std::shared_ptr<const engine::locker_state>;

    static void start_get(const state_ptr&, std::string, detail::completion<std::optional<std::string>>);

    state_ptr impl_;
};

}  // namespace leasehold
