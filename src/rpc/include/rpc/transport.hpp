// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/lock_protocol.hpp>
#include <core/messages.hpp>
#include <core/status.hpp>

#include <leasehold/boot_clock.hpp>
#include <leasehold/kv.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace leasehold::rpc {

/// The state of the connection to one endpoint.
enum class link_state : std::uint8_t { idle, connecting, ready, failed };

/// How a unary call ends. `response` is meaningful only when `status.ok()`.
template <class Response>
using unary_handler = std::function<void(core::status status, Response response)>;

/// What a stream tells its owner. `on_closed` is called at most once and last.
template <class Message>
struct stream_handler {
    std::function<void(Message)> on_message;
    std::function<void(core::status)> on_closed;
};

/// The client's half of a lease keep-alive stream. Destroying it cancels the
/// stream; its handlers are not called any more then.
class keep_alive_stream {
public:
    virtual ~keep_alive_stream() = default;
    virtual void send(lease_id lease) = 0;  ///< queued in order behind earlier ones
};

/// The client's half of a watch stream. As \ref keep_alive_stream.
class watch_stream {
public:
    virtual ~watch_stream() = default;
    virtual void create(const core::watch_create& request) = 0;
    virtual void cancel(core::watch_id id) = 0;
};

/**
 * \brief The way to an etcd cluster, without a policy of its own.
 *
 * Endpoints are numbered from 0 in the order of the configuration. The caller
 * chooses one for each call; retries, failover and time limits across calls are
 * the engine's business.
 *
 * Members but now() are called on the engine's strand only. Handlers run on that strand
 * too, several in one posted batch where several are ready, and never inside
 * the member function that was given them. After `shutdown()`, or the
 * destructor, no handler runs; those not yet called are destroyed there.
 *
 * A call that reaches `deadline` ends with `deadline_exceeded`; one whose
 * connection cannot be made ends with `unavailable` and `status.sent == false`
 * where the transport is certain of that.
 */
class transport {
public:
    virtual ~transport() = default;

    /// Releases every handler and every connection. Idempotent; the only member
    /// that may run outside the strand, when the strand runs nothing any more.
    virtual void shutdown() noexcept = 0;

    virtual std::size_t endpoints() const noexcept = 0;

    /// Reports each change of a link's state, with the reason in words where it failed.
    virtual void on_link(std::function<void(std::size_t endpoint, link_state, std::string why)> handler) = 0;
    /// Begins to connect and goes on trying until shutdown(). Idempotent.
    virtual void connect(std::size_t endpoint) = 0;

    /// The clock of deadlines and alarms, `boot_clock` or a virtual one. From any thread, and after
    /// shutdown() too.
    virtual boot_clock::time_point now() const noexcept = 0;
    /// Sets the one handler of alarms.
    virtual void on_alarm(std::function<void()> handler) = 0;
    /// Calls the alarm handler at `when` or soon after; an earlier alarm that is
    /// still to come stays armed, and spurious calls are allowed.
    virtual void alarm_at(boot_clock::time_point when) = 0;

    virtual void range(std::size_t endpoint, const get_request&, boot_clock::time_point deadline,
                       unary_handler<get_result>) = 0;
    virtual void put(std::size_t endpoint, const put_request&, boot_clock::time_point deadline,
                     unary_handler<put_result>) = 0;
    virtual void remove(std::size_t endpoint, const remove_request&, boot_clock::time_point deadline,
                        unary_handler<remove_result>) = 0;
    virtual void txn(std::size_t endpoint, const transaction&, boot_clock::time_point deadline,
                     unary_handler<transaction_result>) = 0;
    /// Transactions of the lock protocol: one as it is, several as the operations of one without conditions.
    /// What they refer to is read before it returns.
    virtual void txn(std::size_t endpoint, std::span<const core::lock_request>,
                     boot_clock::time_point deadline, unary_handler<transaction_result>) = 0;
    virtual void lease_grant(std::size_t endpoint, lease_id, std::chrono::seconds ttl,
                             boot_clock::time_point deadline, unary_handler<core::lease_grant_result>) = 0;
    /// The response is the store's revision.
    virtual void lease_revoke(std::size_t endpoint, lease_id, boot_clock::time_point deadline,
                              unary_handler<revision>) = 0;
    virtual void lease_time_to_live(std::size_t endpoint, lease_id, bool with_keys,
                                    boot_clock::time_point deadline,
                                    unary_handler<core::lease_time_to_live_result>) = 0;

    /// The response is a token.
    virtual void authenticate(std::size_t endpoint, const core::credentials&, boot_clock::time_point deadline,
                              unary_handler<std::string>) = 0;
    /// Goes with every call and stream that begins later; empty: none does.
    virtual void set_token(std::string token) = 0;

    virtual std::unique_ptr<keep_alive_stream> open_keep_alive(std::size_t endpoint,
                                                               stream_handler<core::lease_renewal>) = 0;
    /// Opened with the require-leader metadata, so that a member cut off from the
    /// majority ends the stream instead of staying silent (etcd.md §5.4).
    virtual std::unique_ptr<watch_stream> open_watch(std::size_t endpoint,
                                                     stream_handler<core::watch_message>) = 0;
};

}  // namespace leasehold::rpc
