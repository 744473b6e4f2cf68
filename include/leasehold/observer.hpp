// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/errc.hpp>
#include <leasehold/fencing_token.hpp>
#include <leasehold/kv.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace leasehold {

/**
 * \brief Is told what happens in a client: for metrics, logs and traces.
 *
 * Override what is of interest, and put it into `client_options::observers`; each client keeps a share of it
 * until its last handle and operation are gone. A client without observers does nothing for them.
 *
 * \par What comes in pairs
 * Every `requested` is followed by exactly one of `acquired`, `refused`, `timed_out`, `cancelled` and
 * `failed`; every `acquired` by exactly one of `released` and `lost`; every `session_opened` by exactly one
 * `session_ended`. Only what is still open when the execution context shuts down ends without a word. Claims
 * of a \ref locker are locks here; each time they queue is a request.
 *
 * \par Executor
 * Called inside the client, on its strand: never two calls at once for one client, and everything that the
 * client does waits for the call. An observer must not block, cannot throw, and starts nothing on a client
 * from inside a call: it posts instead.
 *
 * \par Thread-safety
 * An observer of several clients may be called by all of them at once.
 *
 * \par Lifetimes
 * Text in an event is valid during the call.
 */
class observer {
public:
    using duration = std::chrono::nanoseconds;

    /// Somebody wants the lock: a `lock`, a bounded attempt, a claim.
    struct requested {
        std::string_view lock;
    };
    /// It has to wait.
    struct queued {
        std::string_view lock;
        /// How many come before it, as far as known: the keys in etcd before its session's, when that was
        /// put there, and those of its own session.
        std::size_t position;
    };
    struct acquired {
        std::string_view lock;
        fencing_token token;
        duration waited;  ///< since `requested`
    };
    /// A holder's release passed the lock on inside the session; `acquired` of the next one follows.
    struct handed_on {
        std::string_view lock;
        fencing_token token;  ///< of the next one
    };
    struct released {
        std::string_view lock;
        fencing_token token;
        duration held;  ///< until etcd had answered
        /// Where the key could not be deleted, or was gone: `server_failure`, `key_deleted` and so on.
        error_code error;
    };
    /// The holder has lost the lock.
    struct lost {
        std::string_view lock;
        fencing_token token;
        duration held;
        error_code reason;  ///< `session_lost`, `session_closed` or `key_deleted`
        std::string_view text;
    };
    /// `try_lock` found somebody there.
    struct refused {
        std::string_view lock;
    };
    /// The time of a bounded attempt is over.
    struct timed_out {
        std::string_view lock;
        duration waited;
    };
    /// The user has cancelled the wait.
    struct cancelled {
        std::string_view lock;
        duration waited;
    };
    /// The wait ended with an error.
    struct failed {
        std::string_view lock;
        duration waited;
        error_code reason;
        std::string_view text;
    };

    /// A lease was granted, or adopted, and is kept alive.
    struct session_opened {
        lease_id lease;
        std::chrono::seconds ttl;
    };
    struct session_renewed {
        lease_id lease;
        duration round_trip;
        duration left;  ///< until the deadline, as of now
    };
    struct session_ended {
        lease_id lease;
        error_code reason;  ///< `session_lost`, or `session_closed` for an orphaned one too
        std::string_view text;
    };

    enum class stream : std::uint8_t { watch, keep_alive };
    /// A stream that had broken was opened again.
    struct stream_reopened {
        observer::stream stream;
        std::string_view endpoint;
    };
    /// Transactions of locks were sent, as one.
    struct batch_sent {
        std::size_t size;
        std::string_view endpoint;
    };

    virtual ~observer() = default;

    virtual void on_requested(const requested&) noexcept {}
    virtual void on_queued(const queued&) noexcept {}
    virtual void on_acquired(const acquired&) noexcept {}
    virtual void on_handed_on(const handed_on&) noexcept {}
    virtual void on_released(const released&) noexcept {}
    virtual void on_lost(const lost&) noexcept {}
    virtual void on_refused(const refused&) noexcept {}
    virtual void on_timed_out(const timed_out&) noexcept {}
    virtual void on_cancelled(const cancelled&) noexcept {}
    virtual void on_failed(const failed&) noexcept {}
    virtual void on_session_opened(const session_opened&) noexcept {}
    virtual void on_session_renewed(const session_renewed&) noexcept {}
    virtual void on_session_ended(const session_ended&) noexcept {}
    virtual void on_stream_reopened(const stream_reopened&) noexcept {}
    virtual void on_batch_sent(const batch_sent&) noexcept {}
};

}  // namespace leasehold
