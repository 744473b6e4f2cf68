// SPDX-License-Identifier: Apache-2.0
// What no etcd should say, and what falls between two readings of the clock.
#include "world.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(engine_odd_answers)

using namespace leasehold;
using namespace leasehold::test;
using memory::call_kind;
using memory::direction;
using memory::fault;
using memory::message;

namespace {

/// What is altered, and how. Empty functions alter nothing.
struct alterations {
    std::function<void(transaction_result&)> group;
    std::function<bool(const core::watch_message&)> cancels;  ///< the watch, without a reason, after this
    std::function<void(boot_clock::time_point)> after_now;
    std::chrono::nanoseconds ahead{};  ///< the clock's
    int watches = 0;                   ///< created
};

class altered_transport final : public rpc::transport {
public:
    altered_transport(std::unique_ptr<rpc::transport> to, alterations& how) : to_{std::move(to)}, how_{how} {}

    void shutdown() noexcept override { to_->shutdown(); }
    std::size_t endpoints() const noexcept override { return to_->endpoints(); }
    void on_link(std::function<void(std::size_t, rpc::link_state, std::string)> h) override
    {
        to_->on_link(std::move(h));
    }
    void connect(std::size_t e) override { to_->connect(e); }
    boot_clock::time_point now() const noexcept override
    {
        const auto told = to_->now() + how_.ahead;
        if (how_.after_now)
            how_.after_now(told);
        return told;
    }
    void on_alarm(std::function<void()> h) override { to_->on_alarm(std::move(h)); }
    void alarm_at(boot_clock::time_point when) override { to_->alarm_at(when); }
    void range(std::size_t e, const get_request& r, boot_clock::time_point d,
               rpc::unary_handler<get_result> h) override
    {
        to_->range(e, r, d, std::move(h));
    }
    void put(std::size_t e, const put_request& r, boot_clock::time_point d,
             rpc::unary_handler<put_result> h) override
    {
        to_->put(e, r, d, std::move(h));
    }
    void remove(std::size_t e, const remove_request& r, boot_clock::time_point d,
                rpc::unary_handler<remove_result> h) override
    {
        to_->remove(e, r, d, std::move(h));
    }
    void txn(std::size_t e, const transaction& r, boot_clock::time_point d,
             rpc::unary_handler<transaction_result> h) override
    {
        to_->txn(e, r, d, std::move(h));
    }
    void txn(std::size_t e, std::span<const core::lock_request> group, boot_clock::time_point d,
             rpc::unary_handler<transaction_result> h) override
    {
        to_->txn(e, group, d, [this, h = std::move(h)](core::status s, transaction_result r) {
            if (how_.group)
                how_.group(r);
            h(std::move(s), std::move(r));
        });
    }
    void lease_grant(std::size_t e, lease_id l, std::chrono::seconds ttl, boot_clock::time_point d,
                     rpc::unary_handler<core::lease_grant_result> h) override
    {
        to_->lease_grant(e, l, ttl, d, std::move(h));
    }
    void lease_revoke(std::size_t e, lease_id l, boot_clock::time_point d,
                      rpc::unary_handler<revision> h) override
    {
        to_->lease_revoke(e, l, d, std::move(h));
    }
    void lease_time_to_live(std::size_t e, lease_id l, bool keys, boot_clock::time_point d,
                            rpc::unary_handler<core::lease_time_to_live_result> h) override
    {
        to_->lease_time_to_live(e, l, keys, d, std::move(h));
    }
    void authenticate(std::size_t e, const core::credentials& who, boot_clock::time_point d,
                      rpc::unary_handler<std::string> h) override
    {
        to_->authenticate(e, who, d, std::move(h));
    }
    void set_token(std::string token) override { to_->set_token(std::move(token)); }
    std::unique_ptr<rpc::keep_alive_stream> open_keep_alive(
        std::size_t e, rpc::stream_handler<core::lease_renewal> h) override
    {
        return to_->open_keep_alive(e, std::move(h));
    }
    std::unique_ptr<rpc::watch_stream> open_watch(std::size_t e,
                                                  rpc::stream_handler<core::watch_message> h) override
    {
        h.on_message = [this, pass_on = h.on_message](core::watch_message m) {
            how_.watches += m.created;
            core::watch_message end;
            end.id = m.id;
            end.cancelled = how_.cancels && how_.cancels(m);
            pass_on(std::move(m));
            if (end.cancelled)
                pass_on(std::move(end));
        };
        return to_->open_watch(e, std::move(h));
    }

private:
    std::unique_ptr<rpc::transport> to_;
    alterations& how_;
};

struct altered_world : world {
    alterations how;

    client connect_altered()
    {
        client_options options;
        options.endpoints = etcd.endpoints();
        const auto make = [this](engine::strand s) -> std::unique_ptr<rpc::transport> {
            return std::make_unique<altered_transport>(etcd.connect(std::move(s)), how);
        };
        return leasehold::connect(io.get_executor(), std::move(options), make, 1);
    }

    /// Everything that happens without the clock moving, if that is not without end.
    bool calms_down()
    {
        for (int i = 0; i < 1000; ++i)
            if (!step())
                return true;
        return false;
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_group_that_lacks_answers_fails_each_lock)
{
    altered_world w;
    const auto c = w.connect_altered();
    auto s = w.must_open(c);
    w.how.group = [](transaction_result& r) {
        if (r.results.size() > 2) {
            r.results.resize(2);
            r.results[1].result = put_result{};
        }
    };
    std::vector<started<held_lock>> all;
    for (int i = 0; i < 10; ++i)
        all.push_back(w.lock(mutex{s, "name-" + std::to_string(i)}));
    for (auto& one : all)
        BOOST_TEST_REQUIRE(w.finish(one));
    BOOST_TEST(std::count_if(all.begin(), all.end(),
                             [](auto& one) { return one.ec() == errc::server_failure; }) >= 8);
    w.how.group = {};
    all.clear();
    // Their keys are there all the same, and go.
    BOOST_TEST(w.run_until([&] { return w.keys("name-").empty(); }));
    BOOST_TEST(s.alive());
}

BOOST_AUTO_TEST_CASE(an_answer_without_a_place_fails_the_lock)
{
    altered_world w;
    const auto c = w.connect_altered();
    auto s = w.must_open(c);
    w.how.group = [](transaction_result& r) {
        r.succeeded = false;
        r.results.clear();
    };
    auto op = w.lock(mutex{s, "name"});
    BOOST_TEST(w.calms_down());
    BOOST_TEST_REQUIRE(op.done());
    BOOST_TEST((op.ec() == errc::server_failure), op.ec().message() << ": " << op.text());
}

BOOST_AUTO_TEST_CASE(a_watch_ended_without_a_reason_is_a_refusal)
{
    altered_world w;
    const auto other = w.connect();
    auto theirs = w.must_lock(mutex{other, "name"});
    const auto c = w.connect_altered();
    auto s = w.must_open(c);
    w.how.cancels = [](const core::watch_message& m) { return m.created && !m.cancelled; };
    auto op = w.lock(mutex{s, "name"});
    BOOST_TEST(w.calms_down());
    BOOST_TEST(w.how.watches <= 2);
    BOOST_TEST_REQUIRE(op.done());
    BOOST_TEST((op.ec() == errc::watch_cancelled), op.ec().message() << ": " << op.text());
    w.how.cancels = {};
}

// Somebody sees the deadline pass between the arrival of a renewal and its effect.
BOOST_AUTO_TEST_CASE(a_renewal_that_comes_to_a_dead_lease_ends_the_session)
{
    bool met = false;
    for (int reading = 1; reading <= 8; ++reading) {
        altered_world w;
        const auto c = w.connect_altered();
        auto s = w.must_open(c);
        auto held = w.must_lock(mutex{s, "name"});
        auto lost = w.lost(s);
        const auto deadline = held.deadline();
        const auto arrival = deadline - 500us;
        w.etcd.on_message([&](const message& m) {
            const bool late = m.kind == call_kind::keep_alive && m.direction == direction::to_client &&
                              w.etcd.now() < arrival;
            return late ? fault::delay(arrival - w.etcd.now()) : fault::none();
        });
        w.run_for(arrival - w.etcd.now() - 1us);
        int readings = 0;
        bool seen = false;
        w.how.after_now = [&](boot_clock::time_point at) {
            if (seen || at < arrival || at >= deadline || ++readings != reading)
                return;
            seen = true;
            w.how.ahead = 1ms;
            met = !held.held() || met;
        };
        w.run_for(3us);
        w.how.after_now = {};
        w.run_for(1min);
        BOOST_TEST(s.alive() != lost.done(), "at reading " << reading);
        BOOST_TEST(w.leases() == (s.alive() ? 1u : 0u));
    }
    BOOST_TEST(met);
}

BOOST_AUTO_TEST_SUITE_END()
