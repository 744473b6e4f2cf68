// SPDX-License-Identifier: Apache-2.0
#include <core/status.hpp>
#include <engine/authenticator.hpp>

#include <chrono>
#include <utility>

namespace leasehold::engine {

using namespace std::chrono_literals;

// The pauses stay below a client's patience with connecting, so that whoever waits hears of a refusal. etcd
// hashes the password for each attempt, and slowly on purpose.
authenticator::authenticator(rpc::transport& t, timers& timers, core::jitter& random,
                             const client_options& options, keeper keep, news_handler then)
    : transport_{t},
      timers_{timers},
      random_{random},
      who_{options.user, options.password},
      attempt_{options.request_timeout},
      keep_{std::move(keep)},
      then_{std::move(then)},
      pause_{100ms, 1s}
{}

void authenticator::ask(std::size_t endpoint)
{
    if (asked_ || resting_)
        return;
    asked_ = endpoint;
    transport_.authenticate(endpoint, who_, transport_.now() + attempt_,
                            [this, endpoint, n = ++asking_](const core::status& s, std::string token) {
                                const auto kept = keep_();
                                if (kept && n == asking_ && asked_)
                                    on_answer(endpoint, s, std::move(token));
                            });
}

void authenticator::give_up(std::size_t endpoint)
{
    if (asked_ == endpoint)
        asked_.reset();
}

void authenticator::on_answer(std::size_t endpoint, const core::status& s, std::string token)
{
    asked_.reset();
    const auto verdict = core::classify(s);
    // An etcd without authentication takes everybody (Go: ErrAuthNotEnabled).
    const bool not_enabled =
        verdict == core::verdict::unauthenticated && s.code == core::status_code::failed_precondition;
    if (s.ok() || not_enabled) {
        admitted_ = true;
        ++number_;
        refusal_.clear();
        pause_.reset();
        transport_.set_token(std::move(token));
        return then_(news::admitted, endpoint);
    }
    rest(endpoint);
    const bool refused = verdict == core::verdict::unauthenticated || verdict == core::verdict::invalid ||
                         verdict == core::verdict::permission_denied;
    refusal_ = refused ? s.text : std::string{};
    then_(refused ? news::refused : news::no_answer, endpoint);
}

void authenticator::rest(std::size_t endpoint)
{
    resting_ = true;
    timers_.at(transport_.now() + pause_.pause(random_), [this, endpoint] {
        resting_ = false;
        then_(news::rested, endpoint);
    });
}

// The next request asks for another. What is on its way goes with the old one: with none, an etcd that knows
// its users by their certificates would take it for somebody else's.
void authenticator::token_refused(std::uint64_t number)
{
    if (number == number_)
        admitted_ = false;
}

}  // namespace leasehold::engine
