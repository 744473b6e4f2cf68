// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/backoff.hpp>
#include <core/lease_clock.hpp>
#include <engine/dependants.hpp>
#include <engine/failure.hpp>
#include <engine/links.hpp>
#include <engine/timers.hpp>
#include <engine/work_count.hpp>
#include <rpc/transport.hpp>

#include <leasehold/options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/strand.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::engine {

class batcher;
class context_service;
class lease_keeper;
class session;
class watch_hub;
struct call_policy;

using strand = asio::strand<asio::any_io_executor>;

/**
 * The engine of one client: everything that it keeps on one connection to a cluster, on one strand.
 *
 * Members are called on the strand, but for `run`, `executor`, `options` and `now`.
 *
 * Ownership: public handles share a *user* pointer (`make_user`); when the last one is gone, the default
 * sessions are closed. Pending calls share the cluster itself, so that what must still be done in etcd is
 * done. The execution context's service ends everything when the context shuts down, and breaks the cycles
 * between pending operations and handlers that own handles.
 */
class cluster : public std::enable_shared_from_this<cluster> {
public:
    using transport_factory = std::function<std::unique_ptr<rpc::transport>(engine::strand)>;
    using session_handler = std::function<void(failure, std::shared_ptr<session>)>;

    /// A lease that was granted, and when that was asked for at first.
    struct granted_lease {
        lease_id lease = 0;
        std::chrono::seconds ttl{};
        std::chrono::seconds left{};  ///< of it, counted from `sent`
        boot_clock::time_point sent;
    };
    using grant_handler = std::function<void(failure, granted_lease)>;

    /// The endpoints of `options` are only for messages; the factory's transport has the addresses.
    /// With a `seed`, pauses and lease numbers are the same in every run.
    static std::shared_ptr<cluster> make_user(asio::any_io_executor executor, client_options options,
                                              const transport_factory& factory,
                                              std::optional<std::uint64_t> seed = std::nullopt);

    cluster(asio::any_io_executor executor, client_options options, std::uint64_t seed);
    ~cluster();
    cluster(const cluster&) = delete;
    cluster& operator=(const cluster&) = delete;

    const asio::any_io_executor& executor() const noexcept { return executor_; }
    work_count& work() noexcept { return work_; }
    const client_options& options() const noexcept { return options_; }

    /// Runs `f` on the strand, perhaps at once; not at all after shutdown().
    template <class F>
    void run(F f)
    {
        asio::dispatch(strand_, [self = shared_from_this(), f = std::move(f)]() mutable {
            if (!self->shut_down_)
                f();
        });
    }

    /// `f` for the transport to call. What it does may end the request that was the cluster's last owner:
    /// the cluster stays until it has returned.
    template <class F>
    auto keeping(F f)
    {
        return [weak = weak_from_this(), f = std::move(f)]<class... A>(A&&... arguments) {
            if (const auto self = weak.lock())
                f(std::forward<A>(arguments)...);
        };
    }

    boot_clock::time_point now() const noexcept { return transport_->now(); }
    rpc::transport& transport() noexcept { return *transport_; }
    engine::links& links() noexcept { return *links_; }
    engine::timers& timers() noexcept { return *timers_; }
    engine::lease_keeper& keeper() noexcept { return *keeper_; }
    engine::watch_hub& hub() noexcept { return *hub_; }
    engine::batcher& batcher() noexcept { return *batcher_; }
    engine::dependants& dependants() noexcept { return dependants_; }
    core::jitter& random() noexcept { return random_; }
    core::lease_margins margins() const noexcept;
    failure unreachable(const std::string& what) const;

    /// For a request of a user, who waits for it: both time-outs of the options.
    call_policy user_policy(bool repeatable) const;

    /// The client's own session of that time to live: opened now, being opened, or open.
    void default_session(std::chrono::seconds ttl, session_handler then);
    /// That session, if it is open already.
    std::shared_ptr<session> ready_session(std::chrono::seconds ttl) const;
    void open_session(std::chrono::seconds ttl, session_handler then);
    void adopt_session(lease_id lease, session_handler then);
    /// Whether an open session has that lease.
    bool keeps(lease_id lease) const;
    /// An ended session lets go of its place.
    void forget(const session& s);
    void grant_lease(std::chrono::seconds ttl, grant_handler then);
    /// Revokes in the background, until `give_up` at the latest.
    void revoke(lease_id lease, boot_clock::time_point give_up, std::function<void(failure)> then = {});

    void shutdown() noexcept;

private:
    struct user_guard;
    struct default_slot {
        std::shared_ptr<session> ready;
        std::vector<session_handler> waiting;
    };

    void start(std::unique_ptr<rpc::transport> t);
    /// Runs `f` on the strand behind what is queued there, unless shut down by then.
    void defer(std::function<void()> f);
    void users_gone();
    std::shared_ptr<session> enrol(lease_id lease, boot_clock::time_point sent, std::chrono::seconds left,
                                   std::chrono::seconds ttl);
    void read_granted(lease_id lease, std::chrono::seconds ttl, boot_clock::time_point give_up,
                      grant_handler then);

    asio::any_io_executor executor_;
    client_options options_;
    engine::strand strand_;
    work_count work_;
    core::jitter random_;
    std::unique_ptr<rpc::transport> transport_;
    std::unique_ptr<engine::timers> timers_;
    std::unique_ptr<engine::links> links_;
    std::unique_ptr<engine::watch_hub> hub_;
    std::unique_ptr<engine::lease_keeper> keeper_;
    std::unique_ptr<engine::batcher> batcher_;
    std::map<std::chrono::seconds, default_slot> defaults_;
    std::set<std::shared_ptr<session>> sessions_;
    engine::dependants dependants_;
    context_service* service_ = nullptr;
    bool users_gone_ = false;
    bool shut_down_ = false;
};

}  // namespace leasehold::engine
