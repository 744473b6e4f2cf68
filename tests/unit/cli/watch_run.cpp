// SPDX-License-Identifier: Apache-2.0
#include "../../../src/cli/watch_run.hpp"

#include "running.hpp"

#include <view/queue_key.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

#include <cstddef>
#include <map>
#include <random>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(cli_watch_run)

using namespace leasehold;
using namespace leasehold::cli;
using namespace leasehold::cli::test;
namespace data = boost::unit_test::data;

namespace {

/// How each lock was held, one state after the other: "KEY@CREATED=VALUE", or a dash when it was free.
using histories = std::map<std::string, std::vector<std::string>>;

std::string state_of(const std::optional<key_value>& holder)
{
    return holder ? holder->key + '@' + std::to_string(holder->create_revision) + '=' + holder->value : "-";
}

/// An etcd in which people queue for a few locks, and what is true there.
struct town {
    world w;
    client c = w.connect();
    std::mt19937 chance;
    std::vector<std::string> names;
    std::vector<std::string> keys;
    histories truth;
    int values = 0;

    explicit town(unsigned seed, const memory::etcd::options& options = {}) : w{options}, chance{seed} {}

    std::size_t any(std::size_t below)
    {
        return std::uniform_int_distribution<std::size_t>{0, below - 1}(chance);
    }
    std::string value() { return "v" + std::to_string(++values); }

    std::optional<key_value> holder_of(const std::string& name) const
    {
        const auto queue = w.keys(name + '/');
        return queue.empty() ? std::nullopt : std::optional{queue.front()};
    }

    void note()
    {
        for (const std::string& name : names) {
            auto& history = truth[name];
            std::string state = state_of(holder_of(name));
            if (history.empty() || history.back() != state)
                history.push_back(std::move(state));
        }
    }

    void join()
    {
        const lease_id lease = grant(w, c);
        std::string key = names[any(names.size())] + '/' + hex(lease);
        w.etcd.put(key, value(), lease);
        keys.push_back(std::move(key));
    }

    std::string take_key()
    {
        const auto it = keys.begin() + static_cast<std::ptrdiff_t>(any(keys.size()));
        std::string key = std::move(*it);
        keys.erase(it);
        return key;
    }

    /// Deletes the holder and a waiter of one lock and lets another in, all in one transaction.
    void exchange()
    {
        const std::string name = names[any(names.size())];
        const lease_id lease = grant(w, c);
        std::string key = name + '/' + hex(lease);
        transaction t;
        t.then.emplace_back(put_request{key, value(), lease});
        int left = 2;
        for (const key_value& kv : w.keys(name + '/')) {
            if (left-- > 0)
                t.then.emplace_back(remove_request{kv.key, {}});
        }
        auto done = w.start<transaction_result>([&](auto h) { c.txn(std::move(t), std::move(h)); });
        BOOST_TEST_REQUIRE(w.finish(done));
        std::erase_if(keys, [this](const std::string& k) { return !w.find(k); });
        keys.push_back(std::move(key));
    }

    /// One revision of the store.
    void change_something()
    {
        switch (keys.size() < 3 ? 0 : any(6)) {
        case 0:
        case 1:
            join();
            break;
        case 2:
            w.etcd.remove(take_key());
            break;
        case 3:
            w.etcd.revoke(w.find(take_key())->lease);
            break;
        case 4: {
            const key_value kv = *w.find(keys[any(keys.size())]);
            w.etcd.put(kv.key, any(3) == 0 ? kv.value : value(), kv.lease);
            break;
        }
        default:
            exchange();
        }
        note();
    }
};

void compare_with_history(unsigned seed, bool prefix)
{
    memory::etcd::options options;
    options.seed = seed;
    options.split_after = seed % 4;  // parts of a response, which may cut a revision in two
    town t{seed, options};
    t.names = prefix ? std::vector<std::string>{"locks/a", "locks/b", "locks/c"}
                     : std::vector<std::string>{"locks/a"};
    for (std::size_t i = 1 + t.any(10); i > 0; --i)
        t.change_something();
    t.truth.clear();
    t.note();

    histories reported;
    const auto watching = begin(
        t.w, watch_locks(t.c, {prefix ? "locks/" : "locks/a", prefix}, [&](const holders::change& change) {
            reported[change.name].push_back(state_of(change.holder));
        }));
    // It has looked, and the watch is there or on its way.
    BOOST_TEST_REQUIRE(t.w.run_until([&] { return !reported.empty() || t.keys.empty(); }));
    for (int i = 0; i < 60; ++i) {
        t.change_something();
        for (std::size_t steps = t.any(6); steps > 0; --steps)
            t.w.step();
        if (t.any(10) == 0)
            t.w.etcd.break_streams(t.any(3));
    }
    t.w.run_for(std::chrono::seconds{30});

    BOOST_TEST(!watching->ended);
    for (const std::string& name : t.names) {
        // Below a prefix a lock that is free at the first look is not mentioned.
        if (prefix && t.truth[name].front() == "-")
            t.truth[name].erase(t.truth[name].begin());
        BOOST_TEST(reported[name] == t.truth[name], boost::test_tools::per_element());
    }
}

void compact_under_a_watch(unsigned seed)
{
    town t{seed};
    t.names = {"a", "b"};
    for (int i = 0; i < 5; ++i)
        t.change_something();
    std::map<std::string, std::string> last{{"a", "-"}, {"b", "-"}};
    const auto watching =
        begin(t.w, watch_locks(t.c, {"", true}, [&](const holders::change& change) {
                  const std::string state = state_of(change.holder);
                  BOOST_TEST(last[change.name] != state, "reported twice: " << change.name << ' ' << state);
                  last[change.name] = state;
              }));
    for (int round = 0; round < 10; ++round) {
        // The watch hears of none of it before etcd has forgotten it.
        for (std::size_t member = 0; member < 3; ++member)
            t.w.etcd.break_streams(member);
        for (int i = 0; i < 8; ++i)
            t.change_something();
        t.w.etcd.compact(t.w.etcd.store().history().current());
        t.w.run_for(std::chrono::seconds{5});
        BOOST_TEST(!watching->ended);
        for (const auto& [name, state] : last)
            BOOST_TEST(state == state_of(t.holder_of(name)));
    }
}

}  // namespace

BOOST_DATA_TEST_CASE(what_is_reported_is_the_history, data::xrange(1U, 41U) * data::make({false, true}), seed,
                     prefix)
{
    compare_with_history(seed, prefix);
}

BOOST_DATA_TEST_CASE(after_a_compaction_the_last_report_is_the_truth, data::xrange(1U, 21U), seed)
{
    compact_under_a_watch(seed);
}

BOOST_AUTO_TEST_CASE(what_the_reporter_throws_ends_the_watch)
{
    town t{1};
    const auto watching = begin(t.w, watch_locks(t.c, {"a", false}, [](const holders::change&) {
                                    throw std::runtime_error{"no room"};
                                }));
    BOOST_CHECK_THROW(finish(t.w, watching), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
