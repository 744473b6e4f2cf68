// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// \file
/// Options are plain aggregates for designated initialisers. They own what they
/// hold, and are checked once, by the constructor or operation that takes them.

namespace leasehold {

class observer;

/// For endpoints that speak TLS. PEM texts; those in files are read by \ref read_tls_files.
struct tls_options {
    /// The authorities of which one must have signed the server's certificate. Empty: those of the system.
    std::string ca_certificates{};

    /// Who we are, for a server that asks (etcd's `--client-cert-auth`): a certificate, with those behind it
    /// that lead to the server's authority, and its key. Both or none.
    std::string certificate{};
    std::string private_key{};

    /// What the server's certificate must be for. Empty: the host in the endpoint.
    std::string server_name{};
};

/// How to reach an etcd cluster; checked by the constructor of \ref client,
/// which throws `std::invalid_argument` with the value at fault.
struct client_options {
    /// The members: `https://host:port`, `http://host:port`, `host:port`, `[v6]:port` or `unix:/path`. At
    /// least one. Without `https://` or `http://` they speak TLS if anything in `tls` is given.
    std::vector<std::string> endpoints{"http://127.0.0.1:2379"};

    /// If anything in it is given, no endpoint may be one without TLS.
    tls_options tls{};

    /// Who we are, to an etcd with authentication; both or none. Where etcd knows its users by their
    /// certificates, none. The token that etcd gives for them is asked for with the first request, and again
    /// when it is refused. Without TLS the password travels in the clear.
    std::string user{};
    std::string password{};

    /// How long an operation looks for an endpoint that can be connected to
    /// before it ends with `errc::unreachable`. Above 0.
    std::chrono::milliseconds connect_timeout{2000};

    /// How long one request waits for its answer before it is repeated on another
    /// endpoint, where that is safe, or reported. Above 0.
    std::chrono::milliseconds request_timeout{5000};

    /// Interval and time limit of HTTP/2 pings on a silent connection. etcd closes
    /// connections that ping more often than every 5 s: at least 5 s and 1 ms.
    std::chrono::milliseconds keepalive_time{10000};
    std::chrono::milliseconds keepalive_timeout{5000};

    /// The largest relative difference between the rates of this machine's clock
    /// and the servers': that part of a lease's time to live is not used. In [0, 0.5].
    double max_clock_drift = 0.01;

    /// How much earlier still ownership ends here, so that the holder is told
    /// before the server gives the lock away. In [0 ms, 1 s).
    std::chrono::milliseconds safety_margin{50};

    /// Who is told what happens. None of them null.
    std::vector<std::shared_ptr<observer>> observers{};
};

/// For \ref session::open.
struct session_options {
    /// How long etcd keeps the session's keys after the last renewal, in whole
    /// seconds (rounded up). 1 s to 9,000,000,000 s; the server may raise it to
    /// its own minimum, 2 s by default.
    std::chrono::milliseconds ttl{15000};
};

/// For \ref mutex.
struct mutex_options {
    /// Of the client's session that the mutex works on: mutexes with equal values
    /// share one. As `session_options::ttl`; ignored with a session of your own.
    std::chrono::milliseconds ttl{15000};

    /// What the lock's key holds while this mutex waits or owns, for people and
    /// for `queue()`. Any bytes; other clients ignore it. Without a value: who we
    /// are, as an \ref owner_record.
    std::optional<std::string> value{};

    /// How long a lock may be handed on among the coroutines of one session
    /// before other processes get their turn. 0 disables the hand-on.
    std::chrono::milliseconds local_turn{20};
};

/// For \ref locker.
struct locker_options {
    /// What the keys of all its names begin with. Any bytes; empty for the whole key space.
    std::string directory{"locker/"};

    /// How long a name stays with an owner that has died. As `session_options::ttl`; all claims of a client
    /// with equal values share one session.
    std::chrono::milliseconds ttl{5000};

    /// How many undelivered changes a \ref name_watcher holds before the server's watch is put to sleep.
    /// Above 0.
    std::size_t watch_buffer = 256;

    /// How many keys are read at once where there may be many. Above 0.
    std::size_t page = 1000;
};

/// For \ref client::watch.
struct watch_options {
    bool prefix = false;              ///< watch every key that begins with the given one
    std::int64_t start_revision = 0;  ///< first change wanted; 0: from now
    bool prev_kv = false;             ///< deliver the key's previous state too
    bool puts = true;                 ///< deliver writes
    bool removes = true;              ///< deliver deletions

    /// How many undelivered events to hold before the server's watch is put to
    /// sleep; it is resumed where it stopped once they are read. Above 0.
    std::size_t buffer = 256;
};

}  // namespace leasehold
