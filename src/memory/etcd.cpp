// SPDX-License-Identifier: Apache-2.0
#include <memory/etcd.hpp>
#include <memory/transport.hpp>

#include <algorithm>
#include <utility>

namespace leasehold::memory {

namespace {
// etcd's default.
constexpr std::chrono::seconds election_timeout{1};
}  // namespace

etcd::etcd(const options& o)
    : store_{o.seed, o.lessor_late},
      members_(o.members),
      split_after_{o.split_after},
      progress_interval_{o.progress_interval}
{}

etcd::~etcd() = default;

std::unique_ptr<rpc::transport> etcd::connect(strand s, const clock& of_the_client)
{
    auto made = std::make_unique<transport>(*this, std::move(s), clients_.size(), of_the_client);
    clients_.push_back(made.get());
    return made;
}

std::vector<std::string> etcd::endpoints() const
{
    std::vector<std::string> names;
    for (std::size_t i = 0; i < members_.size(); ++i)
        names.push_back("member-" + std::to_string(i) + ":2379");
    return names;
}

void etcd::forget(transport* t)
{
    std::replace(clients_.begin(), clients_.end(), t, static_cast<transport*>(nullptr));
}

bool etcd::advance(time_point limit)
{
    const auto before = now();
    scheduler_.advance_to(std::min(scheduler_.next(), limit));
    return now() > before;
}

// ---- members ----

void etcd::stop(std::size_t m)
{
    members_.at(m).up = false;
    ++members_.at(m).life;
    for (auto* c : clients_)
        if (c != nullptr)
            c->member_stopped(m);
}

void etcd::freeze(std::size_t m)
{
    members_.at(m).frozen = true;
    for (auto* c : clients_)
        if (c != nullptr)
            c->fell_silent(m);
}

void etcd::start(std::size_t m)
{
    members_.at(m).up = true;
    members_.at(m).frozen = false;
    for (auto* c : clients_)
        if (c != nullptr)
            c->member_started(m);
}

void etcd::cut(std::size_t client, std::size_t m)
{
    if (auto* c = clients_.at(client))
        c->cut(m, true);
}

void etcd::mend(std::size_t client, std::size_t m)
{
    if (auto* c = clients_.at(client))
        c->cut(m, false);
}

void etcd::break_streams(std::size_t m, const core::status& why)
{
    for (auto* c : clients_)
        if (c != nullptr)
            c->break_streams(m, why);
}

// ---- the leader ----

// Members notice after three election time-outs that there is none, and end the watch streams.
void etcd::lose_leader()
{
    has_leader_ = false;
    scheduler_.once(
        [this] {
            if (has_leader_)
                return;
            for (std::size_t m = 0; m < members_.size(); ++m)
                break_streams(m, {core::status_code::unavailable, "etcdserver: no leader"});
        },
        now() + 3 * election_timeout);
}

void etcd::elect()
{
    has_leader_ = true;
    store_.promote(now(), election_timeout);
    changed();
}

fault etcd::judge(std::size_t client, std::size_t m, call_kind kind, direction d)
{
    ++messages_;
    return policy_ ? policy_({messages_, client, m, kind, d}) : fault::none();
}

// ---- authentication ----

void etcd::require(core::credentials user)
{
    user_ = std::move(user);
}

reply<std::string> etcd::authenticate(const core::credentials& who)
{
    if (!user_)
        return {refusal::authentication_not_enabled(), {}};
    if (who.user != user_->user || who.password != user_->password)
        return {refusal::authentication_failed(), {}};
    return {{}, *tokens_.insert("token." + std::to_string(++last_token_)).first};
}

core::status etcd::admit(const std::string& token) const
{
    if (!user_ || tokens_.contains(token))
        return {};
    return token.empty() ? refusal::no_user() : refusal::invalid_token();
}

// ---- the store ----

std::optional<core::lease_renewal> etcd::renew(lease_id lease)
{
    return serve([lease](memory::store& s, time_point at) { return s.keep_alive(lease, at); });
}

void etcd::changed()
{
    for (auto* c : clients_)
        if (c != nullptr)
            c->publish();
    const auto due = has_leader_ ? store_.leases().next_due() : time_point::max();
    if (due == lessor_due_)
        return;
    scheduler_.close_lane(std::exchange(lessor_tick_, 0));
    lessor_due_ = due;
    if (due == time_point::max())
        return;
    lessor_tick_ = scheduler_.once(
        [this] {
            lessor_due_ = time_point::max();
            if (has_leader_)
                store_.advance(now());
            changed();
        },
        due);
}

revision etcd::put(const std::string& key, const std::string& value, lease_id lease)
{
    const auto at = store_.put({key, value, lease}).response.revision;
    changed();
    return at;
}

void etcd::remove(const std::string& key)
{
    store_.remove({key, {}});
    changed();
}

void etcd::revoke(lease_id lease)
{
    store_.revoke(lease);
    changed();
}

void etcd::expire(lease_id lease)
{
    store_.expire(lease, now());
    changed();
}

void etcd::compact(revision at)
{
    store_.compact(at);
    changed();
}

}  // namespace leasehold::memory
