// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory/clock.hpp>
#include <memory/faults.hpp>
#include <memory/reply.hpp>
#include <memory/scheduler.hpp>
#include <memory/store.hpp>
#include <rpc/transport.hpp>

#include <leasehold/boot_clock.hpp>
#include <leasehold/kv.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/strand.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace leasehold::memory {

class transport;

/**
 * \brief An etcd cluster in memory: members in front of one store, on a virtual clock, with faults on order.
 *
 * Nothing happens but in step(), which delivers one message, and advance(), which moves the clock to the next
 * thing that waits for it. Between the two the caller runs what was posted to the clients' executors. One
 * thread at a time; must outlive its transports.
 */
class etcd {
public:
    using time_point = boot_clock::time_point;
    using strand = boost::asio::strand<boost::asio::any_io_executor>;

    struct options {
        std::size_t members = 3;
        std::uint64_t seed = 1;       ///< of the lessor's lateness
        std::size_t split_after = 0;  ///< events, in a watch response; 0: never
        boot_clock::duration lessor_late = lessor::most_late;
        /// How often a quiet watch is told of progress, where it asked for that.
        boot_clock::duration progress_interval = std::chrono::minutes{10};
    };

    explicit etcd(const options& o);
    etcd() : etcd{options{}} {}
    ~etcd();
    etcd(const etcd&) = delete;
    etcd& operator=(const etcd&) = delete;

    /// A client's way to all members.
    std::unique_ptr<rpc::transport> connect(strand s, const clock& of_the_client = clock{});
    /// Host names for `client_options::endpoints`: "member-0:2379" and so on.
    std::vector<std::string> endpoints() const;

    // ---- the run ----
    memory::scheduler& scheduler() noexcept { return scheduler_; }
    time_point now() const noexcept { return scheduler_.now(); }
    bool step() { return scheduler_.step(); }
    /// Moves the clock to the next delivery that waits for it, or to `limit`; false when it is there already.
    bool advance(time_point limit);

    // ---- members and their links ----
    void stop(std::size_t member);
    void start(std::size_t member);
    /// A paused process: nothing comes or goes, and its connections last until somebody's pings have gone
    /// unanswered.
    void freeze(std::size_t member);
    void thaw(std::size_t member) { members_.at(member).frozen = false; }
    /// One client's packets to and from a member get lost: as freeze().
    void cut(std::size_t client, std::size_t member);
    void mend(std::size_t client, std::size_t member);
    /// Ends every stream to a member; the calls go on.
    void break_streams(std::size_t member, const core::status& why = connection_reset());

    // ---- the leader ----
    /// Until elect(), nothing is decided and no lease ends; requests wait, and streams end one by one.
    void lose_leader();
    void elect();
    bool has_leader() const noexcept { return has_leader_; }

    // ---- faults ----
    void on_message(fault_policy p) { policy_ = std::move(p); }
    std::uint64_t messages() const noexcept { return messages_; }
    /// Asked for each watch that has something to deliver: whether it lags, as a slow consumer's does.
    void on_publish(std::function<bool()> lags) { watch_lag_ = std::move(lags); }
    /// Creations of watches are refused for this reason; none when empty.
    void refuse_watches(std::string reason) { watch_refusal_ = std::move(reason); }

    // ---- authentication ----
    /// From now on requests need a token, and this is the only user. Renewals need one too, as since 3.4.42.
    void require(core::credentials user);
    /// As if all had expired.
    void forget_tokens() { tokens_.clear(); }

    // ---- what an operator does, at once ----
    const memory::store& store() const noexcept { return store_; }
    revision put(const std::string& key, const std::string& value, lease_id lease = 0);
    void remove(const std::string& key);
    void revoke(lease_id lease);
    void expire(lease_id lease);
    void compact(revision at);

    // ---- for transports ----
    bool up(std::size_t member) const { return members_.at(member).up; }
    bool responsive(std::size_t member) const { return up(member) && !members_.at(member).frozen; }
    /// Another number after each stop(): what was on its way to an earlier life is lost.
    std::uint64_t life_of(std::size_t member) const { return members_.at(member).life; }
    fault judge(std::size_t client, std::size_t member, call_kind kind, direction d);
    std::size_t split_after() const noexcept { return split_after_; }
    boot_clock::duration progress_interval() const noexcept { return progress_interval_; }
    const std::string& watch_refusal() const noexcept { return watch_refusal_; }
    const std::function<bool()>& watch_lag() const noexcept { return watch_lag_; }
    std::optional<core::lease_renewal> renew(lease_id lease);
    reply<std::string> authenticate(const core::credentials& who);
    /// What is said to a request with this token; ok when it is served.
    core::status admit(const std::string& token) const;
    /// Runs a request on the store and tells the watches of what it did.
    template <class Request>
    auto serve(const Request& r)
    {
        auto answer = r(store_, now());
        changed();
        return answer;
    }
    void forget(transport* t);

private:
    struct member {
        bool up = true;
        bool frozen = false;
        std::uint64_t life = 0;
    };

    /// After everything that may have changed the store.
    void changed();
    memory::scheduler scheduler_;
    memory::store store_;
    std::vector<member> members_;
    std::vector<transport*> clients_;
    fault_policy policy_;
    std::uint64_t messages_ = 0;
    std::size_t split_after_;
    boot_clock::duration progress_interval_;
    std::string watch_refusal_;
    std::function<bool()> watch_lag_;
    std::optional<core::credentials> user_;  ///< where authentication is enabled
    std::set<std::string> tokens_;
    std::uint64_t last_token_ = 0;
    bool has_leader_ = true;
    memory::scheduler::lane lessor_tick_ = 0;
    time_point lessor_due_ = time_point::max();
};

}  // namespace leasehold::memory
