// SPDX-License-Identifier: Apache-2.0
// Claims and watchers of a few names while everything goes wrong, in random order from a seed.
#include "names.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(engine_name_storm)

using namespace leasehold;
using namespace leasehold::test;
using memory::call_kind;
using memory::direction;

namespace {

const std::vector<std::string> all_names{"a", "b", "b/c", "d"};

/// Somebody who wants a name.
struct claimant {
    client c;
    locker names;
    std::string name;
    claim held;
    ownership_watcher changes;
    std::optional<started<ownership_change>> next;
    std::optional<ownership_change> last;
    fencing_token best;
    int values = 0;
};

/// Somebody who follows names, and what he has been told.
struct follower {
    client c;
    locker names;
    std::vector<std::string> of;  ///< what he is told of
    bool single;
    name_watcher changes;
    std::optional<started<name_state>> next;
    bool slow;
    std::vector<name_state> told;
};

class storm {
public:
    storm(unsigned seed, bool compacting) : random_{seed}, compacting_{compacting}
    {
        w_.etcd.on_message([this](const memory::message& m) { return fate(m); });
        for (int i = 0; i < 6; ++i)
            enter();
        for (int i = 0; i < 8; ++i)
            follow();
    }

    void rage()
    {
        const auto end = w_.etcd.now() + 40s;
        while (w_.etcd.now() < end) {
            mischief();
            act();
            for (auto n = below(30); n > 0; --n)
                if (!w_.step())
                    break;
            const auto look_on = [this] {
                look();
                return false;
            };
            w_.run_until(look_on, std::chrono::milliseconds{1 + below(300)});
        }
    }

    /// Everything is well again: what must be true then?
    void calm()
    {
        raging_ = false;
        restore();
        for (int i = 0; i < 90; ++i) {
            w_.run_for(1s);
            look();
            read(true);
        }
        truth_.take();
        for (const auto& name : all_names)
            check_owner(name);
        for (const auto& f : followers_)
            check(f);
    }

    std::size_t seen() const
    {
        std::size_t all = 0;
        for (const auto& f : followers_)
            all += f.told.size();
        return all;
    }

private:
    std::size_t below(std::size_t n) { return random_() % n; }
    bool chance(double p) { return static_cast<double>(random_() % 1000) < p * 1000; }

    memory::fault fate(const memory::message& m)
    {
        if (!raging_ || !chance(0.04))
            return memory::fault::none();
        switch (below(5)) {
        case 0:
            return memory::fault::lose();
        case 1:
            return memory::fault::fail(memory::connection_reset());
        case 2:
            return memory::fault::delay(std::chrono::milliseconds{below(3000)});
        case 3:
            if (m.direction == direction::to_server && m.kind != call_kind::watch &&
                m.kind != call_kind::keep_alive)
                return memory::fault::late(std::chrono::milliseconds{below(20'000)},
                                           memory::connection_reset());
            [[fallthrough]];
        default:
            return memory::fault::none();
        }
    }

    void mischief()
    {
        const auto member = below(3);
        switch (below(14)) {
        case 0:
            w_.etcd.break_streams(member);
            break;
        case 1:
            if (w_.etcd.up(member))
                w_.etcd.stop(member);
            break;
        case 2:
            w_.etcd.freeze(member);
            break;
        case 3:
            if (w_.etcd.has_leader())
                w_.etcd.lose_leader();
            break;
        case 4:
        case 5:
        case 6:
            restore();
            break;
        case 7:
            if (const auto key = any_key()) {
                taken_.insert(key->create_revision);
                w_.etcd.remove(key->key);
            }
            break;
        case 8:
            if (const auto key = any_key()) {
                take_all_of(key->lease);
                w_.etcd.revoke(key->lease);
            }
            break;
        case 9:
            if (compacting_) {
                truth_.take();
                w_.etcd.compact(w_.etcd.store().history().current());
            }
            break;
        default:
            break;
        }
    }

    void restore()
    {
        for (std::size_t m = 0; m < 3; ++m) {
            if (!w_.etcd.up(m))
                w_.etcd.start(m);
            w_.etcd.thaw(m);
        }
        if (!w_.etcd.has_leader())
            w_.etcd.elect();
    }

    std::optional<key_value> any_key()
    {
        const auto keys = w_.keys("locker/");
        return keys.empty() ? std::nullopt : std::optional{keys[below(keys.size())]};
    }

    void take_all_of(lease_id lease)
    {
        for (const auto& kv : w_.keys("locker/"))
            if (kv.lease == lease)
                taken_.insert(kv.create_revision);
    }

    void enter()
    {
        auto c = w_.connect();
        locker names{c};
        const auto name = all_names[below(all_names.size())];
        auto held = names.claim(name, "value-0");
        auto changes = held.ownership();
        claimants_.push_back({c, names, name, std::move(held), std::move(changes), {}, {}, {}, 0});
    }

    void follow()
    {
        auto c = w_.connect();
        locker_options options;
        options.watch_buffer = 1 + below(5);
        options.page = 1 + below(4);
        locker names{c, options};
        const bool single = chance(0.5);
        const std::string which = single ? all_names[below(all_names.size())] : chance(0.5) ? "" : "b";
        auto changes = single ? names.watch(which) : names.watch_prefix(which);
        std::vector<std::string> of;
        for (const auto& name : all_names)
            if (single ? name == which : name.starts_with(which))
                of.push_back(name);
        followers_.push_back({c, names, std::move(of), single, std::move(changes), {}, chance(0.4), {}});
    }

    void act()
    {
        if (chance(0.1) && claimants_.size() < 12)
            enter();
        if (claimants_.empty())
            return;
        auto& one = claimants_[below(claimants_.size())];
        switch (below(12)) {
        case 0:
            claimants_.erase(claimants_.begin() + std::ptrdiff_t(&one - claimants_.data()));
            break;
        case 1:
            w_.release(one.held);
            break;
        case 2:
        case 3:
        case 4:
            w_.set_value(one.held, "value-" + std::to_string(++one.values));
            break;
        case 5:
            if (const auto key = any_key()) {
                take_all_of(key->lease);
                w_.etcd.expire(key->lease);
            }
            break;
        default:
            break;
        }
    }

    /// At every moment: who owns a name has the oldest key of its queue, unless an operator took it.
    void look()
    {
        for (const auto& one : claimants_) {
            const auto token = one.held.token();
            if (!one.held.owned() || taken_.contains(token.revision))
                continue;
            const auto keys = w_.keys("locker/" + one.name + "/");
            if (keys.empty() || keys.front().create_revision != token.revision)
                BOOST_FAIL("a claim of \"" << one.name << "\" believes in " << token
                                           << ", and etcd does not");
        }
        read(false);
    }

    void read(bool everybody)
    {
        for (auto& one : claimants_)
            take(one);
        for (auto& f : followers_)
            if (everybody || !f.slow || chance(0.05))
                take(f);
    }

    void take(claimant& one)
    {
        if (!one.next)
            one.next = w_.next(one.changes);
        while (one.next->done()) {
            if (!one.next->ok()) {
                BOOST_REQUIRE((one.next->ec() == errc::not_held));
                return;
            }
            check(one, std::move(one.next->value()));
            one.next = w_.next(one.changes);
            w_.poll();
        }
    }

    // Never twice the same; and nobody owns twice in a row without a loss in between, unless one was dropped.
    static void check(claimant& one, ownership_change change)
    {
        if (one.last && change.skipped == 0) {
            BOOST_TEST_REQUIRE((change.owned != one.last->owned || change.why != one.last->why ||
                                change.token != one.last->token));
            if (change.owned && one.last->owned)
                BOOST_TEST_REQUIRE((change.token == one.last->token));
        }
        if (change.owned && (!one.last || !one.last->owned))
            BOOST_TEST_REQUIRE((change.token > one.best));
        one.best = std::max(one.best, change.token);
        one.last = std::move(change);
    }

    void take(follower& f)
    {
        if (!f.next)
            f.next = w_.next(f.changes);
        while (f.next->done()) {
            if (f.next->ok())
                f.told.push_back(std::move(f.next->value()));
            else
                BOOST_TEST_REQUIRE((f.next->ec() == errc::unreachable || f.next->ec() == errc::overloaded),
                                   f.next->ec().message());
            f.next = w_.next(f.changes);
            w_.poll();
        }
    }

    void check_owner(const std::string& name)
    {
        const claimant* owner = nullptr;
        bool wanted = false;
        for (const auto& one : claimants_) {
            if (one.name != name || !one.last || one.last->why == errc::not_held)
                continue;
            wanted = true;
            if (one.held.owned())
                owner = &one;
        }
        const auto state = truth_.at(name, w_.etcd.store().history().current());
        if (!owner) {
            // "b" may wait behind "b/c".
            BOOST_TEST((!wanted || name == "b"), name << " is wanted and nobody's");
            BOOST_TEST(!state.value.has_value());
            return;
        }
        BOOST_TEST_REQUIRE(state.value.has_value());
        BOOST_TEST(owner->last->owned);
        BOOST_TEST(state.create_revision == owner->held.token().revision);
        BOOST_TEST(*state.value == "value-" + std::to_string(owner->values));
    }

    void check(const follower& f) const
    {
        for (const auto& name : f.of) {
            std::vector<name_state> told;
            for (const auto& s : f.told)
                if (s.name == name)
                    told.push_back(s);
            const auto now = truth_.at(name, w_.etcd.store().history().current());
            if (told.empty()) {
                BOOST_TEST(!f.single);
                BOOST_TEST(!now.value.has_value());
                continue;
            }
            // It ends with how things stand.
            BOOST_TEST(told.back().create_revision == now.create_revision);
            BOOST_TEST((told.back().value == now.value));
            // Each was so.
            revision last = 0;
            for (const auto& s : told) {
                BOOST_TEST(s.revision > last);
                last = s.revision;
                BOOST_TEST((s == truth_.at(name, s.revision)));
            }
            if (compacting_)
                continue;
            // And nothing is missing between them.
            auto expected = truth_.after(name, told.front().revision);
            expected.insert(expected.begin(), truth_.at(name, told.front().revision));
            BOOST_TEST(told == expected, boost::test_tools::per_element());
        }
    }

    world w_;
    std::mt19937 random_;
    const bool compacting_;
    bool raging_ = true;
    name_truth truth_{w_, "locker/", all_names};
    std::set<revision> taken_;  ///< keys that an operator removed
    std::vector<claimant> claimants_;
    std::vector<follower> followers_;
};

}  // namespace

namespace {

#ifdef LEASEHOLD_INSTRUMENTED
constexpr int storms = 1;
#else
constexpr int storms = 25;
#endif

}  // namespace

BOOST_DATA_TEST_CASE(every_history_is_told_as_it_was, boost::unit_test::data::xrange(storms), seed)
{
    storm s{static_cast<unsigned>(seed), false};
    s.rage();
    s.calm();
    BOOST_TEST(s.seen() > 0u);
}

BOOST_DATA_TEST_CASE(what_is_told_across_compactions_was_so, boost::unit_test::data::xrange(storms), seed)
{
    storm s{1000 + static_cast<unsigned>(seed), true};
    s.rage();
    s.calm();
    BOOST_TEST(s.seen() > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
