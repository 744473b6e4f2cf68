// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <core/backoff.hpp>
#include <core/messages.hpp>
#include <engine/timers.hpp>
#include <rpc/transport.hpp>

#include <leasehold/options.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace leasehold::engine {

/// The token that an etcd with authentication wants to see with every request: asked for once for the whole
/// cluster, and again when it is refused. Without a user's name nothing is asked, and all are admitted.
class authenticator {
public:
    enum class news : std::uint8_t {
        admitted,
        refused,    ///< etcd does not take these credentials
        no_answer,  ///< from the endpoint that was asked
        rested,     ///< after one of the two before: it may be asked again
    };
    using news_handler = std::function<void(news what, std::size_t endpoint)>;

    /// The news, and what follows from them, may end the client: what `keep` returns keeps it meanwhile.
    using keeper = std::function<std::shared_ptr<const void>()>;

    authenticator(rpc::transport& t, timers& timers, core::jitter& random, const client_options& options,
                  keeper keep, news_handler then);

    /// Whether there are credentials at all.
    bool asked_for() const noexcept { return !who_.user.empty(); }
    bool admitted() const noexcept { return !asked_for() || admitted_; }
    /// Of the token that goes with requests now.
    std::uint64_t token_number() const noexcept { return number_; }
    /// etcd's words when it refused the credentials, until it takes them or does not answer.
    const std::string& refusal() const noexcept { return refusal_; }

    /// Unless that is under way, or must rest.
    void ask(std::size_t endpoint);
    /// Waits no longer for that endpoint's answer.
    void give_up(std::size_t endpoint);
    /// The token of that number was refused.
    void token_refused(std::uint64_t number);

private:
    void on_answer(std::size_t endpoint, const core::status& s, std::string token);
    void rest(std::size_t endpoint);

    rpc::transport& transport_;
    timers& timers_;
    core::jitter& random_;
    const core::credentials who_;
    const boot_clock::duration attempt_;
    const keeper keep_;
    const news_handler then_;
    core::backoff pause_;
    bool admitted_ = false;
    std::optional<std::size_t> asked_;
    bool resting_ = false;
    std::uint64_t asking_ = 0;  ///< how often
    std::uint64_t number_ = 0;
    std::string refusal_;
};

}  // namespace leasehold::engine
