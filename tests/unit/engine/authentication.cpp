// SPDX-License-Identifier: Apache-2.0
// An etcd with authentication: tokens that are asked for, refused and asked for again.
#include "world.hpp"

BOOST_AUTO_TEST_SUITE(engine_authentication)

using namespace leasehold;
using namespace leasehold::test;
using memory::call_kind;
using memory::direction;

namespace {

const core::credentials somebody{"somebody", "secret"};

struct guarded_world : world {
    guarded_world() { count(); }

    /// Also what becomes of the requests for a token.
    void count(memory::fault first = memory::fault::none())
    {
        etcd.on_message([this, first](const memory::message& m) {
            const bool asks = m.kind == call_kind::authenticate && m.direction == direction::to_server;
            asked += asks;
            return asks && asked == 1 ? first : memory::fault::none();
        });
    }

    client connect_as(const std::string& user, const std::string& password)
    {
        client_options options;
        options.user = user;
        options.password = password;
        return connect(std::move(options));
    }
    client connect_as_somebody() { return connect_as(somebody.user, somebody.password); }

    started<put_result> put(const client& c, const std::string& key)
    {
        return start<put_result>([&](auto h) { c.put(key, "value", 0, std::move(h)); });
    }

    int asked = 0;
};

}  // namespace

BOOST_AUTO_TEST_CASE(one_token_goes_with_everything)
{
    guarded_world w;
    w.etcd.require(somebody);
    const auto c = w.connect_as_somebody();
    auto changes = c.watch("name/", {.prefix = true});
    const auto held = w.must_lock(mutex{c, "name"});
    auto seen = w.next(changes);
    MUST(w, seen);
    w.run_for(1min);
    BOOST_TEST(held.held());
    BOOST_TEST(w.asked == 1);
}

BOOST_AUTO_TEST_CASE(another_token_is_got_when_one_is_refused)
{
    guarded_world w;
    w.etcd.require(somebody);
    const auto c = w.connect_as_somebody();
    auto done = w.put(c, "k");
    MUST(w, done);
    w.etcd.forget_tokens();
    std::vector<started<put_result>> all;
    for (int i = 0; i < 20; ++i)
        all.push_back(w.put(c, "k" + std::to_string(i)));
    for (auto& op : all)
        MUST(w, op);
    BOOST_TEST(w.asked == 2);
}

BOOST_AUTO_TEST_CASE(a_lock_and_who_waits_for_it_outlive_their_tokens)
{
    guarded_world w;
    w.etcd.require(somebody);
    const auto a = w.connect_as_somebody();
    const auto b = w.connect_as_somebody();
    auto held = w.must_lock(mutex{a, "name"});
    auto other = w.must_lock(mutex{b, "another"});  // b's stream has begun
    auto waiting = w.lock(mutex{b, "name"});
    w.run_for(1s);
    for (int i = 0; i < 10; ++i) {
        w.etcd.forget_tokens();
        w.run_for(10s);
        BOOST_TEST(held.held());
        BOOST_TEST(other.held());
        BOOST_TEST(!waiting.done());
    }
    w.etcd.forget_tokens();
    auto released = w.unlock(held);
    MUST(w, released);
    MUST(w, waiting);
    BOOST_TEST(waiting.value().held());
}

// A watch that is refused for its stream's token is no watch that may not be.
BOOST_AUTO_TEST_CASE(a_watch_on_a_stream_with_an_old_token_begins_on_another)
{
    guarded_world w;
    w.etcd.require(somebody);
    const auto c = w.connect_as_somebody();
    auto before = c.watch("before");
    auto ready = w.ready(before);
    MUST(w, ready);
    w.etcd.forget_tokens();
    auto after = c.watch("after");
    auto ready_too = w.ready(after);
    MUST(w, ready_too);
    BOOST_TEST(w.asked == 2);
    auto first = w.next(before);
    auto second = w.next(after);
    w.etcd.put("before", "x");
    w.etcd.put("after", "x");
    MUST(w, first);
    MUST(w, second);
}

BOOST_AUTO_TEST_CASE(a_watch_without_the_permission_ends_and_leaves_the_others_alone)
{
    guarded_world w;
    w.etcd.require(somebody);
    const auto c = w.connect_as_somebody();
    auto allowed = c.watch("allowed");
    auto ready = w.ready(allowed);
    MUST(w, ready);
    w.etcd.refuse_watches("etcdserver: permission denied");
    auto denied = c.watch("denied");
    auto refused = w.next(denied);
    MUST_FAIL(w, refused, errc::permission_denied);
    BOOST_TEST(w.asked == 1);
    auto change = w.next(allowed);
    w.etcd.put("allowed", "x");
    MUST(w, change);
}

BOOST_AUTO_TEST_CASE(wrong_credentials_are_told_at_once)
{
    guarded_world w;
    w.etcd.require(somebody);
    const auto c = w.connect_as(somebody.user, "guess");
    const auto before = w.etcd.now();
    auto locking = w.lock(mutex{c, "name"});
    auto changes = c.watch("k");
    auto change = w.next(changes);
    MUST_FAIL(w, locking, errc::unauthenticated);
    BOOST_TEST(locking.text().find("invalid user ID or password") != std::string::npos, locking.text());
    MUST_FAIL(w, change, errc::unauthenticated);
    BOOST_TEST((w.etcd.now() - before < c.options().connect_timeout));
    BOOST_TEST(w.asked == 1);
    auto again = w.put(c, "k");
    MUST_FAIL(w, again, errc::unauthenticated);
    BOOST_TEST(w.asked == 2);
}

BOOST_AUTO_TEST_CASE(the_refusal_may_be_the_last_that_the_client_hears)
{
    guarded_world w;
    w.etcd.require(somebody);
    std::optional<client> c{w.connect_as(somebody.user, "guess")};
    auto done = w.put(*c, "k");
    c.reset();
    MUST_FAIL(w, done, errc::unauthenticated);
    w.run_for(1min);
    BOOST_TEST(w.asked == 1);
}

BOOST_AUTO_TEST_CASE(credentials_that_are_refused_for_a_while_cost_no_lock)
{
    guarded_world w;
    w.etcd.require(somebody);
    const auto c = w.connect_as_somebody();
    const auto other = w.connect_as_somebody();
    auto s = w.must_open(c, 30s);
    auto held = w.must_lock(mutex{s, "name"});
    auto also = w.must_lock(mutex{s, "also"});
    auto waiting = w.lock(mutex{w.must_open(other, 30s), "name"});
    auto changes = other.watch("k");
    auto ready = w.ready(changes);
    MUST(w, ready);
    w.run_for(1s);
    w.etcd.require({somebody.user, "changed"});
    w.etcd.forget_tokens();
    // Whatever the session wants meanwhile.
    auto third = w.lock(mutex{s, "third"});
    auto released = w.unlock(also);
    auto later = other.watch("later");
    auto event = w.next(later);
    w.run_for(15s);
    auto refused = w.put(c, "k");
    MUST_FAIL(w, refused, errc::unauthenticated);
    w.etcd.require(somebody);
    w.run_for(1min);
    BOOST_TEST(held.held());
    MUST(w, third);
    MUST(w, released);
    w.etcd.put("later", "x");
    MUST(w, event);
    auto change = w.next(changes);
    w.etcd.put("k", "x");
    MUST(w, change);
    auto last = w.unlock(held);
    MUST(w, last);
    MUST(w, waiting);
}

BOOST_AUTO_TEST_CASE(who_waits_for_nothing_does_not_go_on_asking)
{
    guarded_world w;
    w.etcd.require(somebody);
    const auto c = w.connect_as(somebody.user, "guess");
    {
        auto changes = c.watch("k");
        auto change = w.next(changes);
        MUST_FAIL(w, change, errc::unauthenticated);
    }
    w.run_for(2s);
    const auto asked = w.asked;
    w.run_for(1min);
    BOOST_TEST(w.asked == asked);
}

BOOST_AUTO_TEST_CASE(nobody_is_refused_by_its_name)
{
    guarded_world w;
    w.etcd.require(somebody);
    const auto c = w.connect();
    auto locking = w.lock(mutex{c, "name"});
    MUST_FAIL(w, locking, errc::unauthenticated);
    BOOST_TEST(locking.text().find("user name is empty") != std::string::npos, locking.text());
    BOOST_TEST(w.asked == 0);
}

BOOST_AUTO_TEST_CASE(an_etcd_without_authentication_takes_everybody_until_it_has_it)
{
    guarded_world w;
    const auto c = w.connect_as_somebody();
    const auto held = w.must_lock(mutex{c, "name"});
    BOOST_TEST(w.asked == 1);
    w.etcd.require(somebody);
    auto done = w.put(c, "k");
    MUST(w, done);
    w.run_for(1min);
    BOOST_TEST(held.held());
    BOOST_TEST(w.asked == 2);
}

BOOST_AUTO_TEST_CASE(a_member_that_does_not_answer_is_not_the_only_one_asked)
{
    for (const auto& lost : {memory::fault::lose(), memory::fault::fail(memory::connection_reset())}) {
        guarded_world w;
        w.etcd.require(somebody);
        w.count(lost);
        const auto c = w.connect_as_somebody();
        auto locking = w.lock(mutex{c, "name"});
        MUST(w, locking);
        BOOST_TEST(w.asked == 2);
    }
}

BOOST_AUTO_TEST_SUITE_END()
