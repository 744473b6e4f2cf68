// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory/clock.hpp>
#include <memory/etcd.hpp>
#include <memory/link.hpp>
#include <memory/stream.hpp>
#include <rpc/transport.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::memory {

class any_call;

/// One client's way to an \ref etcd in memory.
class transport final : public rpc::transport {
public:
    using time_point = boot_clock::time_point;

    transport(etcd& world, etcd::strand strand, std::size_t client, const memory::clock& clock);
    ~transport() override;

    void shutdown() noexcept override;
    std::size_t endpoints() const noexcept override { return links_.size(); }
    void on_link(std::function<void(std::size_t, rpc::link_state, std::string)> handler) override;
    void connect(std::size_t endpoint) override;
    time_point now() const noexcept override { return clock_.local(world_.now()); }
    void on_alarm(std::function<void()> handler) override;
    void alarm_at(time_point when) override;

    void range(std::size_t, const get_request&, time_point, rpc::unary_handler<get_result>) override;
    void put(std::size_t, const put_request&, time_point, rpc::unary_handler<put_result>) override;
    void remove(std::size_t, const remove_request&, time_point, rpc::unary_handler<remove_result>) override;
    void txn(std::size_t, const transaction&, time_point, rpc::unary_handler<transaction_result>) override;
    void txn(std::size_t, std::span<const core::lock_request>, time_point,
             rpc::unary_handler<transaction_result>) override;
    void lease_grant(std::size_t, lease_id, std::chrono::seconds, time_point,
                     rpc::unary_handler<core::lease_grant_result>) override;
    void lease_revoke(std::size_t, lease_id, time_point, rpc::unary_handler<revision>) override;
    void lease_time_to_live(std::size_t, lease_id, bool, time_point,
                            rpc::unary_handler<core::lease_time_to_live_result>) override;
    void authenticate(std::size_t, const core::credentials&, time_point,
                      rpc::unary_handler<std::string>) override;
    void set_token(std::string token) override { token_ = std::move(token); }
    std::unique_ptr<rpc::keep_alive_stream> open_keep_alive(
        std::size_t, rpc::stream_handler<core::lease_renewal>) override;
    std::unique_ptr<rpc::watch_stream> open_watch(std::size_t,
                                                  rpc::stream_handler<core::watch_message>) override;

    // ---- for the etcd ----
    void member_stopped(std::size_t member);
    void member_started(std::size_t member);
    void fell_silent(std::size_t member);
    void cut(std::size_t member, bool on);
    void break_streams(std::size_t member, const core::status& why);
    void publish();

private:
    using link_handler = std::function<void(std::size_t, rpc::link_state, std::string)>;

    /// `r` is asked only if the token is taken.
    template <class Response, class Request>
    void call(std::size_t endpoint, call_kind kind, time_point deadline, Request r,
              rpc::unary_handler<Response> handler);
    template <class Response, class Request>
    void begin(std::size_t endpoint, call_kind kind, time_point deadline, Request r,
               rpc::unary_handler<Response> handler);
    void enlist(const std::shared_ptr<any_stream>& s, const link& l);
    void try_connect(std::size_t member);
    void set_state(std::size_t member, rpc::link_state state, const std::string& why);
    void lose_connection(std::size_t member, const std::string& why);
    /// Runs on the strand, unless the transport has been shut down by then.
    void post(std::function<void()> f);

    etcd& world_;
    const etcd::strand strand_;
    const memory::clock clock_;
    std::shared_ptr<transport*> alive_;  ///< empty once shut down
    std::vector<std::shared_ptr<link>> links_;
    std::shared_ptr<const link_handler> link_handler_;
    std::shared_ptr<const std::function<void()>> alarm_handler_;
    std::string token_;
    std::uint64_t last_number_ = 0;
    std::map<std::uint64_t, std::shared_ptr<any_call>> calls_;
    std::map<std::uint64_t, std::weak_ptr<any_stream>> streams_;
};

}  // namespace leasehold::memory
