// SPDX-License-Identifier: Apache-2.0
#include "subject.hpp"

using namespace leasehold;
using namespace leasehold::conformance;

namespace {

core::watch_create watch(core::watch_id id, const std::string& key, revision start = 0)
{
    core::watch_create r;
    r.id = id;
    r.key = key;
    r.start = start;
    return r;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(watches)

BOOST_AUTO_TEST_CASE(from_now_see_what_follows)
{
    session s;
    const auto before = s.put(s.key("k"), "0").response.revision;
    watch_log w{s};
    w.create(watch(1, s.key("k")));
    const auto created = w.next();
    BOOST_TEST(created.id == 1);
    BOOST_TEST(created.created);
    BOOST_TEST(!created.cancelled);
    BOOST_TEST(created.revision == before);
    s.put(s.key("k"), "1");
    s.put(s.key("other"), "1");
    s.remove(s.key("k"));
    const auto events = w.events(2);
    BOOST_TEST(!events[0].removed);
    BOOST_TEST(events[0].kv.value == "1");
    BOOST_TEST(events[0].kv.mod_revision == before + 1);
    BOOST_TEST(events[0].kv.create_revision == before);
    BOOST_TEST(events[1].removed);
    BOOST_TEST(events[1].kv.key == s.key("k"));
    BOOST_TEST(events[1].kv.mod_revision == before + 3);
    BOOST_TEST(events[1].kv.create_revision == 0);
    BOOST_TEST(w.silent());
}

BOOST_AUTO_TEST_CASE(from_the_past_see_it_first)
{
    session s;
    const auto first = s.put(s.key("k"), "1").response.revision;
    s.put(s.key("k"), "2");
    watch_log w{s};
    w.create(watch(1, s.key("k"), first));
    BOOST_TEST(w.next().created);
    s.put(s.key("k"), "3");
    const auto events = w.events(3);
    BOOST_TEST(events[0].kv.value == "1");
    BOOST_TEST(events[1].kv.value == "2");
    BOOST_TEST(events[2].kv.value == "3");
    BOOST_TEST(w.silent());
}

BOOST_AUTO_TEST_CASE(from_a_revision_to_come_wait_for_it)
{
    session s;
    const auto before = s.put(s.key("k"), "0").response.revision;
    watch_log w{s};
    w.create(watch(1, s.key("k"), before + 1));
    BOOST_TEST(w.next().created);
    s.put(s.key("k"), "1");
    BOOST_TEST(w.events(1)[0].kv.value == "1");
}

BOOST_AUTO_TEST_CASE(of_a_range_see_one_revision_at_once)
{
    session s;
    watch_log w{s};
    auto r = watch(1, s.key("a"));
    r.range_end = s.key("c");
    w.create(r);
    w.next();
    transaction t;
    for (const auto* name : {"a", "b", "c"})
        t.then.emplace_back(put_request{s.key(name), "v", 0});
    s.txn(t);
    const auto m = w.next();
    BOOST_TEST(m.events.size() == 2u);
    BOOST_TEST(m.events.at(0).kv.mod_revision == m.events.at(1).kv.mod_revision);
    BOOST_TEST(w.silent());
}

BOOST_AUTO_TEST_CASE(may_leave_out_puts_or_removals_and_tell_what_was_before)
{
    session s;
    watch_log w{s};
    auto puts = watch(1, s.key("k"));
    puts.removes = false;
    puts.prev_kv = true;
    w.create(puts);
    BOOST_TEST(w.next().id == 1);
    auto removes = watch(2, s.key("k"));
    removes.puts = false;
    w.create(removes);
    BOOST_TEST(w.next().id == 2);
    s.put(s.key("k"), "1");
    s.put(s.key("k"), "2");
    const auto changes = w.events(2);
    BOOST_TEST(changes[0].prev.key.empty());
    BOOST_TEST(changes[1].prev.value == "1");
    BOOST_TEST(w.silent());
    s.remove(s.key("k"));
    const auto m = w.next();
    BOOST_TEST(m.id == 2);
    BOOST_TEST(m.events.at(0).removed);
    BOOST_TEST(w.silent());
}

BOOST_AUTO_TEST_CASE(see_the_end_of_a_lease)
{
    session s;
    const auto lease = s.fresh_lease();
    s.grant(lease, 600s);
    s.put(s.key("k"), "v", lease);
    watch_log w{s};
    w.create(watch(1, s.key("k")));
    w.next();
    s.revoke(lease);
    BOOST_TEST(w.events(1)[0].removed);
}

BOOST_AUTO_TEST_CASE(that_are_cancelled_say_so_once)
{
    session s;
    watch_log w{s};
    w.create(watch(1, s.key("k")));
    w.next();
    w.cancel(1);
    const auto m = w.next();
    BOOST_TEST(m.id == 1);
    BOOST_TEST(m.cancelled);
    BOOST_TEST(!m.created);
    w.cancel(1);
    w.cancel(77);
    s.put(s.key("k"), "1");
    BOOST_TEST(w.silent());
}

BOOST_AUTO_TEST_CASE(that_are_refused_are_created_and_cancelled_at_once)
{
    session s;
    watch_log w{s};
    w.create(watch(1, s.key("k")));
    w.next();
    w.create(watch(1, s.key("other")));
    const auto duplicate = w.next();
    BOOST_TEST(duplicate.created);
    BOOST_TEST(duplicate.cancelled);
    BOOST_TEST(duplicate.cancel_reason == "mvcc: duplicate watch ID provided on the WatchStream");
    auto empty = watch(2, s.key("b"));
    empty.range_end = s.key("a");
    w.create(empty);
    const auto refused = w.next();
    BOOST_TEST(refused.created);
    BOOST_TEST(refused.cancelled);
    s.put(s.key("k"), "1");
    BOOST_TEST(w.events(1)[0].kv.value == "1");
}

BOOST_AUTO_TEST_CASE(behind_a_compaction_are_cancelled_and_keep_their_id)
{
    session s;
    const auto first = s.put(s.key("k"), "1").response.revision;
    for (const auto* value : {"2", "3", "4"})
        s.put(s.key("k"), value);
    s->compact(first + 2);
    watch_log w{s};
    w.create(watch(1, s.key("k"), first));
    BOOST_TEST(w.next().created);
    const auto m = w.next();
    BOOST_TEST(m.id == 1);
    BOOST_TEST(m.cancelled);
    BOOST_TEST(!m.created);
    BOOST_TEST(m.compact_revision == first + 2);
    w.create(watch(2, s.key("k"), first + 2));
    BOOST_TEST(w.next().created);
    const auto events = w.events(2);
    BOOST_TEST(events[0].kv.value == "3");
    BOOST_TEST(events[1].kv.value == "4");
    w.create(watch(1, s.key("k")));
    const auto taken = w.next();
    BOOST_TEST(taken.created);
    BOOST_TEST(taken.cancelled);
    w.cancel(1);
    w.create(watch(1, s.key("k")));
    auto again = w.next();
    if (!again.created)  // whether the cancellation of a dead watch is answered is not relied on
        again = w.next();
    BOOST_TEST(again.id == 1);
    BOOST_TEST(again.created);
    BOOST_TEST(!again.cancelled);
}

BOOST_AUTO_TEST_CASE(that_are_quiet_say_how_far_they_have_come_where_that_was_asked_for)
{
    session s;
    watch_log w{s};
    auto telling = watch(1, s.key("k"));
    telling.progress = true;
    w.create(telling);
    w.create(watch(2, s.key("k")));
    w.next();
    w.next();
    const auto reached = s.put(s.key("other"), "1").response.revision;
    core::watch_message m;
    do {
        m = w.next();
        BOOST_TEST_REQUIRE(m.id == 1);
        BOOST_TEST_REQUIRE(!m.created);
        BOOST_TEST_REQUIRE(!m.cancelled);
        BOOST_TEST_REQUIRE(m.events.empty());
    } while (m.revision < reached);
    BOOST_TEST(m.revision == reached);
}

BOOST_AUTO_TEST_SUITE_END()
