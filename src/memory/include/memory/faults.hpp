// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/status.hpp>

#include <leasehold/boot_clock.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace leasehold::memory {

enum class call_kind : std::uint8_t {
    range,
    put,
    remove,
    txn,
    lease_grant,
    lease_revoke,
    lease_time_to_live,
    authenticate,
    keep_alive,
    watch
};
const char* name_of(call_kind kind) noexcept;

enum class direction : std::uint8_t { to_server, to_client };

/// A message at the moment when it is sent. A stream's messages are each one.
struct message {
    std::uint64_t number;  ///< in the whole run, from 1
    std::size_t client;    ///< in the order of their connecting, from 0
    std::size_t member;
    call_kind kind;
    memory::direction direction;
};
std::string to_string(const message& m);

/// What becomes of a message.
struct fault {
    enum class kind : std::uint8_t {
        none,
        lose,   ///< nobody hears of it: a call ends by its deadline, a stream falls silent until its
                ///< connection is given up
        fail,   ///< the call or stream ends with `status`; a lost answer's effect stays
        delay,  ///< it arrives after `by`
        late,   ///< of a request: the call ends with `status` at once and takes effect after `by`
        twice   ///< it arrives twice. A call's answer is that of the second time, since nothing repeats a
                ///< request that was answered. Of streams, only a watch's whole responses may
                ///< come twice.
    };

    kind what = kind::none;
    core::status status{};
    boot_clock::duration by{};

    static fault none() { return {}; }
    static fault lose() { return {kind::lose}; }
    static fault twice() { return {kind::twice}; }
    static fault fail(core::status s) { return {kind::fail, std::move(s)}; }
    static fault delay(boot_clock::duration by) { return {kind::delay, {}, by}; }
    static fault late(boot_clock::duration by, core::status s) { return {kind::late, std::move(s), by}; }
};

/// Asked about each message.
using fault_policy = std::function<fault(const message&)>;

/// A connection that broke under a call: the request may have taken effect.
core::status connection_reset();

}  // namespace leasehold::memory
