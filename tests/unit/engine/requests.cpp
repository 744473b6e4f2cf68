// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include <boost/asio/use_future.hpp>

BOOST_AUTO_TEST_SUITE(engine_requests)

using namespace leasehold;
using namespace leasehold::test;
using memory::call_kind;
using memory::direction;
using memory::fault;

namespace {

started<get_result> get(world& w, const client& c, get_request r)
{
    return w.start<get_result>([&](auto h) { c.get(std::move(r), std::move(h)); });
}

started<get_result> get(world& w, const client& c, const std::string& key)
{
    get_request r;
    r.key = key;
    return get(w, c, std::move(r));
}

started<put_result> put(world& w, const client& c, const std::string& key, const std::string& value,
                        lease_id lease = 0)
{
    return w.start<put_result>([&](auto h) { c.put(key, value, lease, std::move(h)); });
}

started<transaction_result> txn(world& w, const client& c, const transaction& t)
{
    return w.start<transaction_result>([&](auto h) { c.txn(t, std::move(h)); });
}

/// Every message of that kind and direction meets `f`, `times` times.
void inject(world& w, call_kind kind, direction d, fault f, int times = 1000000)
{
    w.etcd.on_message([kind, d, f, left = times](const memory::message& m) mutable {
        return m.kind == kind && m.direction == d && left-- > 0 ? f : fault::none();
    });
}

const core::status too_many{core::status_code::unknown, "etcdserver: too many requests"};

}  // namespace

BOOST_AUTO_TEST_SUITE(answers)

BOOST_AUTO_TEST_CASE(of_the_whole_vocabulary)
{
    world w;
    const auto c = w.connect();
    auto written = put(w, c, "k", "v");
    MUST(w, written);
    BOOST_TEST(written.value().revision == 2);
    auto read = get(w, c, "k");
    MUST(w, read);
    BOOST_TEST(read.value().items.at(0).value == "v");
    BOOST_TEST(read.value().revision == 2);
    auto removed = w.start<remove_result>([&](auto h) { c.remove("k", std::move(h)); });
    MUST(w, removed);
    BOOST_TEST(removed.value().removed == 1);
    auto none = get(w, c, "k");
    MUST(w, none);
    BOOST_TEST(none.value().items.empty());

    auto granted = w.start<lease_info>([&](auto h) { c.grant_lease(10s, std::move(h)); });
    MUST(w, granted);
    const auto lease = granted.value().lease;
    auto attached = put(w, c, "leased", "v", lease);
    MUST(w, attached);
    w.run_for(3s);
    auto info = w.start<lease_info>([&](auto h) { c.lease_time_to_live(lease, std::move(h)); });
    MUST(w, info);
    BOOST_TEST((info.value().ttl == 7s));
    BOOST_TEST((info.value().granted_ttl == 10s));
    BOOST_TEST(info.value().keys.at(0) == "leased");
    auto revoked = w.start<>([&](auto h) { c.revoke_lease(lease, std::move(h)); });
    MUST(w, revoked);
    BOOST_TEST(w.keys().empty());
    auto again = w.start<>([&](auto h) { c.revoke_lease(lease, std::move(h)); });
    MUST_FAIL(w, again, errc::lease_not_found);
    auto gone = w.start<lease_info>([&](auto h) { c.lease_time_to_live(lease, std::move(h)); });
    MUST_FAIL(w, gone, errc::lease_not_found);
}

BOOST_AUTO_TEST_CASE(name_their_refusals)
{
    world w;
    const auto c = w.connect();
    auto no_key = put(w, c, "", "v");
    MUST_FAIL(w, no_key, errc::invalid_name);
    auto no_lease = put(w, c, "k", "v", 4711);
    MUST_FAIL(w, no_lease, errc::lease_not_found);
    BOOST_TEST(no_lease.text().find("requested lease not found") != std::string::npos, no_lease.text());
    auto large = put(w, c, "k", std::string(2'000'000, 'x'));
    MUST_FAIL(w, large, errc::invalid_request);
    transaction twice;
    twice.then.emplace_back(put_request{"k", "1"});
    twice.then.emplace_back(put_request{"k", "2"});
    auto duplicate = txn(w, c, twice);
    MUST_FAIL(w, duplicate, errc::invalid_request);
    BOOST_TEST(duplicate.text().find("duplicate key") != std::string::npos, duplicate.text());
    for (int i = 0; i < 10; ++i)
        w.etcd.put("k", std::to_string(i));
    w.etcd.compact(8);
    get_request past;
    past.key = "k";
    past.at_revision = 5;
    auto compacted = get(w, c, past);
    MUST_FAIL(w, compacted, errc::compacted);
    past.at_revision = 500;
    auto future = get(w, c, past);
    MUST_FAIL(w, future, errc::invalid_request);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(connections)

BOOST_AUTO_TEST_CASE(that_cannot_be_made_are_named_in_time)
{
    world w;
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.stop(m);
    const auto c = w.connect({.connect_timeout = 1500ms});
    const auto begun = w.etcd.now();
    auto read = get(w, c, "k");
    MUST_FAIL(w, read, errc::unreachable);
    BOOST_TEST((w.etcd.now() - begun == 1500ms));
    for (const auto& name : w.etcd.endpoints())
        BOOST_TEST(read.text().find(name) != std::string::npos, read.text());
    auto written = put(w, c, "k", "v");
    MUST_FAIL(w, written, errc::unreachable);
}

BOOST_AUTO_TEST_CASE(that_come_up_in_time_are_used)
{
    world w;
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.stop(m);
    const auto c = w.connect();
    auto written = put(w, c, "k", "v");
    w.run_for(1900ms);
    BOOST_TEST(!written.done());
    w.etcd.start(2);
    MUST(w, written);
}

BOOST_AUTO_TEST_CASE(that_hang_are_unreachable_too)
{
    world w;
    for (std::size_t m = 0; m < 3; ++m)
        w.etcd.freeze(m);
    const auto c = w.connect();
    const auto begun = w.etcd.now();
    auto read = get(w, c, "k");
    MUST_FAIL(w, read, errc::unreachable);
    BOOST_TEST((w.etcd.now() - begun == 2s));
}

BOOST_AUTO_TEST_CASE(one_member_is_enough)
{
    for (std::size_t alive = 0; alive < 3; ++alive) {
        world w;
        for (std::size_t m = 0; m < 3; ++m)
            if (m != alive)
                w.etcd.stop(m);
        const auto c = w.connect();
        const auto begun = w.etcd.now();
        auto written = put(w, c, "k", "v");
        MUST(w, written);
        BOOST_TEST((w.etcd.now() == begun));
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(repetition)

BOOST_AUTO_TEST_CASE(of_a_read_moves_to_another_member)
{
    world w;
    const auto c = w.connect();
    auto warm = get(w, c, "k");
    MUST(w, warm);
    std::size_t asked = 0;
    w.etcd.on_message([&](const memory::message& m) {
        if (m.direction == direction::to_server)
            asked |= std::size_t{1} << m.member;
        return m.member == 0 ? fault::lose() : fault::none();
    });
    const auto begun = w.etcd.now();
    auto read = get(w, c, "k");
    MUST(w, read);
    BOOST_TEST((w.etcd.now() - begun < 5100ms));
    BOOST_TEST((asked & 1) != 0u);
    BOOST_TEST((asked & 6) != 0u);
}

BOOST_AUTO_TEST_CASE(of_a_write_is_not_risked)
{
    world w;
    const auto c = w.connect();
    inject(w, call_kind::put, direction::to_client, fault::fail(memory::connection_reset()), 1);
    auto done = put(w, c, "k", "1");
    MUST_FAIL(w, done, errc::outcome_unknown);
    BOOST_TEST(w.find("k")->version == 1);
    inject(w, call_kind::put, direction::to_server, fault::fail(memory::connection_reset()), 1);
    auto not_done = put(w, c, "k", "2");
    MUST_FAIL(w, not_done, errc::outcome_unknown);
    BOOST_TEST(w.find("k")->value == "1");
    inject(w, call_kind::put, direction::to_server, fault::lose(), 1);
    const auto begun = w.etcd.now();
    auto silent = put(w, c, "k", "3");
    MUST_FAIL(w, silent, errc::outcome_unknown);
    BOOST_TEST((w.etcd.now() - begun == 5s));
    inject(w, call_kind::txn, direction::to_client, fault::fail(memory::connection_reset()), 1);
    auto unknown = txn(w, c, {});
    MUST_FAIL(w, unknown, errc::outcome_unknown);
}

BOOST_AUTO_TEST_CASE(of_a_write_is_done_where_it_is_safe)
{
    world w;
    const auto c = w.connect();
    inject(w, call_kind::put, direction::to_server,
           fault::fail({core::status_code::unavailable, "etcdserver: no leader"}), 3);
    auto written = put(w, c, "k", "1");
    MUST(w, written);
    inject(w, call_kind::put, direction::to_server, fault::fail(too_many), 3);
    auto again = put(w, c, "k", "2");
    MUST(w, again);
    BOOST_TEST(w.find("k")->version == 2);
}

BOOST_AUTO_TEST_CASE(of_an_overloaded_server_backs_off)
{
    world w;
    const auto c = w.connect();
    int asked = 0;
    w.etcd.on_message([&](const memory::message& m) {
        if (m.direction != direction::to_server)
            return fault::none();
        ++asked;
        return fault::fail(too_many);
    });
    auto read = get(w, c, "k");
    MUST_FAIL(w, read, errc::overloaded);
    BOOST_TEST(read.text().find("too many requests") != std::string::npos, read.text());
    // 10 ms, 20 ms, 40 ms … 500 ms, halved at most, for 7 s.
    BOOST_TEST(asked > 10);
    BOOST_TEST(asked < 50);
}

BOOST_AUTO_TEST_CASE(ends_when_nobody_answers_at_all)
{
    world w;
    const auto c = w.connect();
    inject(w, call_kind::range, direction::to_server, fault::lose());
    const auto begun = w.etcd.now();
    auto read = get(w, c, "k");
    MUST_FAIL(w, read, errc::unreachable);
    BOOST_TEST((w.etcd.now() - begun <= 7s));
}

BOOST_AUTO_TEST_CASE(of_a_revocation_finds_its_own_work)
{
    world w;
    const auto c = w.connect();
    auto granted = w.start<lease_info>([&](auto h) { c.grant_lease(10s, std::move(h)); });
    MUST(w, granted);
    inject(w, call_kind::lease_revoke, direction::to_client, fault::fail(memory::connection_reset()), 1);
    auto revoked = w.start<>([&](auto h) { c.revoke_lease(granted.value().lease, std::move(h)); });
    MUST(w, revoked);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(completion)

BOOST_AUTO_TEST_CASE(uses_the_clients_executor_by_default)
{
    world w;
    const auto c = w.connect();
    bool called = false;
    bool inside = true;
    c.get(std::string{"k"}, [&](error_code ec, const get_result&) {
        BOOST_TEST(!ec);
        BOOST_TEST(!inside);
        BOOST_TEST(w.io.get_executor().running_in_this_thread());
        called = true;
    });
    inside = false;
    BOOST_TEST(w.run_until([&] { return called; }));
}

BOOST_AUTO_TEST_CASE(reaches_a_future)
{
    world w;
    const auto c = w.connect();
    auto result = c.put("k", "v", 0, asio::use_future);
    w.run_for(1s);
    BOOST_TEST(result.get().revision == 2);
}

BOOST_AUTO_TEST_CASE(clears_the_diagnostics_first)
{
    world w;
    const auto c = w.connect();
    diagnostics diag{"left over"};
    bool called = false;
    c.get(std::string{"k"},
          redirect_diagnostics(diag, [&](error_code, const get_result&) { called = true; }));
    BOOST_TEST(diag.message.empty());
    BOOST_TEST(w.run_until([&] { return called; }));
    BOOST_TEST(diag.message.empty());
}

BOOST_AUTO_TEST_CASE(a_cancelled_request_ends_at_once_and_may_take_effect)
{
    for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial}) {
        world w;
        const auto c = w.connect();
        auto warm = get(w, c, "k");
        MUST(w, warm);
        auto written = put(w, c, "k", "v");
        w.poll();
        written.cancel(type);
        w.poll();
        BOOST_TEST(written.aborted());
        w.settle();
        BOOST_TEST(w.find("k") != nullptr);
        written.cancel(type);
        w.settle();
    }
}

BOOST_AUTO_TEST_CASE(is_cancelled_though_the_last_handle_is_gone)
{
    world w;
    started<put_result> written;
    {
        const auto c = w.connect();
        auto warm = get(w, c, "k");
        MUST(w, warm);
        w.etcd.on_message([](const memory::message&) { return fault::lose(); });
        written = put(w, c, "k", "v");
        w.poll();
    }
    w.poll();
    written.cancel();
    w.poll();
    BOOST_TEST(written.aborted());
}

BOOST_AUTO_TEST_CASE(what_may_take_effect_is_not_cancelled_totally)
{
    world w;
    const auto c = w.connect();
    auto s = w.must_open(c);
    auto held = w.must_lock(mutex{s, "name"});
    const auto total = asio::cancellation_type::total;
    auto written = put(w, c, "k", "v");
    written.cancel(total);
    MUST(w, written);
    auto read = get(w, c, "k");
    read.cancel(total);
    BOOST_TEST(w.finish(read));
    BOOST_TEST(read.aborted());
    auto unlocked = w.unlock(held);
    unlocked.cancel(total);
    MUST(w, unlocked);
    auto closed = w.close(s);
    closed.cancel(total);
    MUST(w, closed);
}

BOOST_AUTO_TEST_CASE(a_transaction_reads_from_the_first_key_on)
{
    world w;
    const auto c = w.connect();
    auto written = put(w, c, "k", "v");
    MUST(w, written);
    transaction inner;
    inner.then.emplace_back(get_request{.key = "", .range_end = prefix_end("")});
    transaction t;
    t.when.push_back(compare::create_revision("", prefix_end("")) > 0);
    t.then.emplace_back(inner);
    auto done = w.start<transaction_result>([&](auto h) { c.txn(t, std::move(h)); });
    MUST(w, done);
    const auto& nested = std::get<transaction_result>(done.value().results.at(0).result);
    BOOST_TEST(std::get<get_result>(nested.results.at(0).result).items.at(0).key == "k");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(equal_seeds_give_equal_runs)
{
    const auto run = [] {
        std::string log;
        world w;
        w.etcd.scheduler().at_random(42);
        w.etcd.on_message([&](const memory::message& m) {
            log +=
                std::to_string(w.etcd.now().time_since_epoch().count()) + ' ' + memory::to_string(m) + '\n';
            return m.number % 7 == 0 ? fault::delay(300ms) : fault::none();
        });
        std::vector<client> clients;
        std::vector<started<held_lock>> locks;
        for (int i = 0; i < 5; ++i) {
            clients.push_back(w.connect());
            locks.push_back(w.lock(mutex{clients.back(), "name", {.ttl = 5s}}));
        }
        for (auto& l : locks)
            w.run_for(3s), l.cancel(), l = {};
        w.run_for(30s);
        return log;
    };
    const auto first = run();
    BOOST_TEST(!first.empty());
    BOOST_TEST((first == run()));
}

BOOST_AUTO_TEST_SUITE_END()
