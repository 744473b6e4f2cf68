// SPDX-License-Identifier: Apache-2.0
// Many subscriptions on one stream: each input returns in words what goes to the stream and what to the
// subscribers.
#include <core/watch_router.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <variant>
#include <vector>

BOOST_AUTO_TEST_SUITE(core_watch_router)

using namespace leasehold;
using namespace leasehold::core;

namespace {

watch_event put(const std::string& key, revision at)
{
    watch_event e;
    e.kv.key = key;
    e.kv.mod_revision = at;
    return e;
}

watch_event removal(const std::string& key, revision at)
{
    auto e = put(key, at);
    e.removed = true;
    return e;
}

watch_spec on_key(std::string key, revision start = 0)
{
    watch_spec spec;
    spec.key = std::move(key);
    spec.start = start;
    return spec;
}

/// A router and its stream.
class timeline {
public:
    watch_router router;

    std::string subscribe(watch_spec spec)
    {
        last_ = router.subscribe(std::move(spec));
        return done();
    }
    std::string subscribe(std::string key, revision start = 0)
    {
        return subscribe(on_key(std::move(key), start));
    }
    std::string unsubscribe(subscription_id id)
    {
        router.unsubscribe(id);
        return done();
    }
    std::string open()
    {
        router.on_stream_opened();
        return done();
    }
    std::string close()
    {
        router.on_stream_closed();
        return done();
    }
    std::string created(watch_id id, revision store)
    {
        watch_message m;
        m.id = id;
        m.revision = store;
        m.created = true;
        return message(std::move(m));
    }
    std::string refused(watch_id id, std::string why = "no")
    {
        watch_message m;
        m.id = id;
        m.created = true;
        m.cancelled = true;
        m.cancel_reason = std::move(why);
        return message(std::move(m));
    }
    std::string cancelled(watch_id id, revision compacted = 0, std::string why = {})
    {
        watch_message m;
        m.id = id;
        m.cancelled = true;
        m.compact_revision = compacted;
        m.cancel_reason = std::move(why);
        return message(std::move(m));
    }
    std::string events(watch_id id, std::vector<watch_event> list, bool fragment = false)
    {
        watch_message m;
        m.id = id;
        m.events = std::move(list);
        m.fragment = fragment;
        return message(std::move(m));
    }
    std::string fragment(watch_id id, std::vector<watch_event> list)
    {
        return events(id, std::move(list), true);
    }
    std::string progress(watch_id id, revision reached)
    {
        watch_message m;
        m.id = id;
        m.revision = reached;
        return message(std::move(m));
    }
    std::string message(watch_message m)
    {
        router.on_message(std::move(m));
        return done();
    }

    subscription_id last() const { return last_; }

private:
    std::string done()
    {
        std::string words;
        const auto say = [&](const auto& any) {
            if (!words.empty())
                words += "; ";
            words += std::visit([](const auto& a) { return tell(a); }, any);
        };
        for (const auto& c : router.take_commands())
            say(c);
        for (const auto& d : router.take_deliveries())
            say(d);
        return words;
    }

    static std::string tell(const watch_command::create& c)
    {
        const auto& r = c.request;
        return "create " + std::to_string(r.id) + " on " + r.key +
               (r.range_end.empty() ? "" : ".." + r.range_end) +
               (r.start != 0 ? " from " + std::to_string(r.start) : "") +
               (r.prev_kv ? " with previous" : "") + (r.puts ? "" : " without puts") +
               (r.removes ? "" : " without removals");
    }
    static std::string tell(const watch_command::cancel& c) { return "cancel " + std::to_string(c.id); }
    static std::string tell(const watch_delivery::covered& c)
    {
        return "#" + std::to_string(c.to) + " covered after " + std::to_string(c.revision);
    }
    static std::string tell(const watch_delivery::events& e)
    {
        auto words = "#" + std::to_string(e.to) + " hears";
        for (const auto& event : e.list)
            words +=
                (event.removed ? " -" : " +") + event.kv.key + "@" + std::to_string(event.kv.mod_revision);
        return words + " next " + std::to_string(e.next);
    }
    static std::string tell(const watch_delivery::ended& e)
    {
        return "#" + std::to_string(e.to) + " ended" +
               (e.compacted != 0 ? " compacted at " + std::to_string(e.compacted) : "") +
               (e.reason.empty() ? "" : ": " + e.reason);
    }

    subscription_id last_ = 0;
};

/// The stream is open.
struct opened : timeline {
    opened() { open(); }
};

/// Subscription 1 watches "a" from now on, which was revision 10.
struct watching : opened {
    watching()
    {
        subscribe("a");
        created(1, 10);
    }
};

}  // namespace

// ---- creation ----

BOOST_FIXTURE_TEST_CASE(a_subscription_creates_a_watch_and_is_told_what_it_covers, opened)
{
    BOOST_TEST(subscribe("a") == "create 1 on a");
    BOOST_TEST(created(1, 10) == "#1 covered after 10");
    BOOST_TEST(events(1, {put("a", 11), removal("a", 12)}) == "#1 hears +a@11 -a@12 next 13");
}

BOOST_FIXTURE_TEST_CASE(every_wish_reaches_the_server, opened)
{
    watch_spec spec;
    spec.key = "a/";
    spec.prefix = true;
    spec.start = 7;
    spec.prev_kv = true;
    spec.puts = false;
    BOOST_TEST(subscribe(spec) == "create 1 on a/..a0 from 7 with previous without puts");
    spec.puts = true;
    spec.removes = false;
    spec.prev_kv = false;
    BOOST_TEST(subscribe(spec) == "create 2 on a/..a0 from 7 without removals");
}

BOOST_FIXTURE_TEST_CASE(a_watch_from_a_revision_covers_it, opened)
{
    BOOST_TEST(subscribe("a", 5) == "create 1 on a from 5");
    BOOST_TEST(created(1, 10) == "#1 covered after 4");
    BOOST_TEST(events(1, {put("a", 5)}) == "#1 hears +a@5 next 6");
}

BOOST_FIXTURE_TEST_CASE(subscriptions_before_the_stream_wait_for_it, timeline)
{
    BOOST_TEST(router.empty());
    BOOST_TEST(subscribe("b") == "");
    BOOST_TEST(subscribe("a") == "");
    BOOST_TEST(!router.empty());
    BOOST_TEST(open() == "create 1 on b; create 2 on a");
}

BOOST_FIXTURE_TEST_CASE(a_subscription_taken_back_before_the_stream_creates_nothing, timeline)
{
    subscribe("a");
    BOOST_TEST(unsubscribe(1) == "");
    BOOST_TEST(router.empty());
    BOOST_TEST(open() == "");
}

BOOST_FIXTURE_TEST_CASE(creations_are_pipelined_and_answered_in_order, opened)
{
    BOOST_TEST(subscribe("a") == "create 1 on a");
    BOOST_TEST(subscribe("b") == "create 2 on b");
    BOOST_TEST(subscribe("c") == "create 3 on c");
    BOOST_TEST(created(1, 10) == "#1 covered after 10");
    BOOST_TEST(created(2, 11) == "#2 covered after 11");
    BOOST_TEST(created(3, 12) == "#3 covered after 12");
}

BOOST_FIXTURE_TEST_CASE(ids_begin_at_one_and_are_never_used_again, opened)
{
    subscribe("a");
    BOOST_TEST(unsubscribe(1) == "cancel 1");
    BOOST_TEST(subscribe("a") == "create 2 on a");
    BOOST_TEST(refused(-1) == "");
    BOOST_TEST(refused(-1) == "#2 ended: no");
    BOOST_TEST(subscribe("a") == "create 3 on a");
    close();
    BOOST_TEST(open() == "create 3 on a");
    BOOST_TEST(subscribe("b") == "create 4 on b");
}

// ---- refusals ----

BOOST_FIXTURE_TEST_CASE(a_refusal_without_an_id_is_matched_by_its_place, opened)
{
    subscribe("a");
    subscribe("b");
    subscribe("c");
    BOOST_TEST(created(1, 10) == "#1 covered after 10");
    BOOST_TEST(refused(-1, "permission denied") == "#2 ended: permission denied");
    BOOST_TEST(created(3, 10) == "#3 covered after 10");
    BOOST_TEST(router.server_watches() == 2u);
}

// 3.4.0 and 3.5.0 answer with the number 0.
BOOST_FIXTURE_TEST_CASE(a_refusal_with_the_id_zero_is_matched_by_its_place, opened)
{
    subscribe("a");
    subscribe("b");
    BOOST_TEST(refused(0) == "#1 ended: no");
    BOOST_TEST(refused(0) == "#2 ended: no");
    BOOST_TEST(router.empty());
}

BOOST_FIXTURE_TEST_CASE(a_refusal_with_the_id_asked_for_is_understood_too, opened)
{
    subscribe("a");
    subscribe("b");
    BOOST_TEST(refused(1) == "#1 ended: no");
    BOOST_TEST(created(2, 10) == "#2 covered after 10");
}

BOOST_FIXTURE_TEST_CASE(the_refusal_of_a_watch_given_up_meanwhile_ends_no_other, opened)
{
    subscribe("a");
    subscribe("b");
    BOOST_TEST(unsubscribe(1) == "cancel 1");
    BOOST_TEST(refused(-1) == "");
    BOOST_TEST(created(2, 10) == "#2 covered after 10");
}

BOOST_FIXTURE_TEST_CASE(a_refusal_that_nobody_asked_for_ends_nothing, watching)
{
    BOOST_TEST(refused(-1) == "");
    BOOST_TEST(refused(0) == "");
    BOOST_TEST(events(1, {put("a", 11)}) == "#1 hears +a@11 next 12");
}

BOOST_FIXTURE_TEST_CASE(a_refusal_after_a_break_is_matched_on_the_new_stream, opened)
{
    subscribe("a");
    subscribe("b");
    created(1, 10);
    close();
    BOOST_TEST(open() == "create 1 on a from 10; create 2 on b");
    BOOST_TEST(refused(-1) == "#1 ended: no");
    BOOST_TEST(created(2, 20) == "#2 covered after 20");
}

BOOST_FIXTURE_TEST_CASE(a_refusal_ends_every_subscription_that_shared_the_watch, opened)
{
    subscribe("a");
    subscribe("a");
    BOOST_TEST(refused(-1) == "#1 ended: no; #2 ended: no");
    BOOST_TEST(router.empty());
    BOOST_TEST(unsubscribe(1) == "");
    BOOST_TEST(unsubscribe(2) == "");
}

// ---- breaks ----

BOOST_FIXTURE_TEST_CASE(a_watch_resumes_behind_what_was_delivered, watching)
{
    events(1, {put("a", 15)});
    BOOST_TEST(close() == "");
    BOOST_TEST(open() == "create 1 on a from 15");
    // It goes on where it was: nothing new is covered.
    BOOST_TEST(created(1, 30) == "");
    BOOST_TEST(events(1, {put("a", 20)}) == "#1 hears +a@20 next 21");
}

// etcd#18089: a deletion at the revision of a compaction is forgotten, and only who asks for more is told.
BOOST_FIXTURE_TEST_CASE(a_watch_resumes_one_revision_early_and_drops_what_was_delivered, watching)
{
    events(1, {put("a", 15)});
    close();
    BOOST_TEST(open() == "create 1 on a from 15");
    created(1, 30);
    BOOST_TEST(events(1, {put("a", 15)}) == "");
    BOOST_TEST(events(1, {put("a", 15), put("a", 16)}) == "#1 hears +a@16 next 17");
}

BOOST_FIXTURE_TEST_CASE(a_watch_without_events_resumes_behind_its_creation, watching)
{
    close();
    BOOST_TEST(open() == "create 1 on a from 10");
}

BOOST_FIXTURE_TEST_CASE(a_watch_never_created_begins_from_now_after_a_break, opened)
{
    subscribe("a");
    subscribe("b", 5);
    close();
    BOOST_TEST(open() == "create 1 on a; create 2 on b from 5");
    BOOST_TEST(created(1, 30) == "#1 covered after 30");
    BOOST_TEST(created(2, 30) == "#2 covered after 4");
}

BOOST_FIXTURE_TEST_CASE(what_is_delivered_again_after_a_break_is_not_heard_twice, watching)
{
    events(1, {put("a", 11), put("a", 12)});
    close();
    open();
    created(1, 20);
    BOOST_TEST(events(1, {put("a", 11), put("a", 12)}) == "");
    BOOST_TEST(events(1, {put("a", 12), put("a", 13)}) == "#1 hears +a@13 next 14");
}

BOOST_FIXTURE_TEST_CASE(commands_for_a_broken_stream_are_forgotten, opened)
{
    router.subscribe(on_key("a"));
    router.on_stream_closed();
    BOOST_TEST(router.take_commands().empty());
    BOOST_TEST(open() == "create 1 on a");
}

BOOST_FIXTURE_TEST_CASE(what_was_given_up_during_a_break_is_not_created_again, watching)
{
    subscribe("b");
    close();
    BOOST_TEST(unsubscribe(1) == "");
    BOOST_TEST(open() == "create 2 on b");
}

// ---- fragments ----

BOOST_FIXTURE_TEST_CASE(fragments_are_heard_as_one, watching)
{
    BOOST_TEST(fragment(1, {put("a", 11)}) == "");
    BOOST_TEST(fragment(1, {put("b", 11)}) == "");
    BOOST_TEST(events(1, {put("c", 11)}) == "#1 hears +a@11 +b@11 +c@11 next 12");
    BOOST_TEST(events(1, {put("a", 12)}) == "#1 hears +a@12 next 13");
}

BOOST_FIXTURE_TEST_CASE(fragments_before_a_break_are_nothing_since_their_revision_comes_again, watching)
{
    fragment(1, {put("a", 11)});
    close();
    BOOST_TEST(open() == "create 1 on a from 10");
    created(1, 11);
    BOOST_TEST(events(1, {put("a", 11), put("b", 11)}) == "#1 hears +a@11 +b@11 next 12");
}

BOOST_FIXTURE_TEST_CASE(fragments_of_different_watches_do_not_mix, watching)
{
    subscribe("b");
    created(2, 10);
    fragment(1, {put("a", 11)});
    BOOST_TEST(events(2, {put("b", 11)}) == "#2 hears +b@11 next 12");
    BOOST_TEST(events(1, {put("a", 12)}) == "#1 hears +a@11 +a@12 next 13");
}

BOOST_FIXTURE_TEST_CASE(somebody_who_joins_between_fragments_hears_the_whole, watching)
{
    fragment(1, {put("a", 11)});
    BOOST_TEST(subscribe("a") == "#2 covered after 10");
    BOOST_TEST(events(1, {put("b", 11)}) == "#1 hears +a@11 +b@11 next 12; #2 hears +a@11 +b@11 next 12");
}

// ---- sharing ----

BOOST_FIXTURE_TEST_CASE(equal_subscriptions_from_now_share_one_watch, opened)
{
    BOOST_TEST(subscribe("a") == "create 1 on a");
    BOOST_TEST(subscribe("a") == "");
    BOOST_TEST(router.server_watches() == 1u);
    BOOST_TEST(created(1, 10) == "#1 covered after 10; #2 covered after 10");
    BOOST_TEST(events(1, {put("a", 11)}) == "#1 hears +a@11 next 12; #2 hears +a@11 next 12");
}

BOOST_FIXTURE_TEST_CASE(a_newcomer_is_covered_from_what_was_delivered_before_it, watching)
{
    BOOST_TEST(subscribe("a") == "#2 covered after 10");
    events(1, {put("a", 15)});
    BOOST_TEST(subscribe("a") == "#3 covered after 15");
    BOOST_TEST(events(1, {put("a", 16)}) ==
               "#1 hears +a@16 next 17; #2 hears +a@16 next 17; #3 hears +a@16 next 17");
}

// What is in nobody's hands yet must reach the newcomer, and what it is told must say so.
BOOST_FIXTURE_TEST_CASE(a_newcomer_during_a_break_hears_what_the_resumed_watch_brings, watching)
{
    close();
    BOOST_TEST(subscribe("a") == "#2 covered after 10");
    BOOST_TEST(open() == "create 1 on a from 10");
    BOOST_TEST(created(1, 30) == "");
    BOOST_TEST(events(1, {put("a", 20)}) == "#1 hears +a@20 next 21; #2 hears +a@20 next 21");
}

BOOST_FIXTURE_TEST_CASE(different_wishes_are_not_shared, watching)
{
    BOOST_TEST(subscribe("a", 5) == "create 2 on a from 5");
    auto spec = on_key("a");
    spec.prev_kv = true;
    BOOST_TEST(subscribe(spec) == "create 3 on a with previous");
    spec.prev_kv = false;
    spec.puts = false;
    BOOST_TEST(subscribe(spec) == "create 4 on a without puts");
    spec.puts = true;
    spec.removes = false;
    BOOST_TEST(subscribe(spec) == "create 5 on a without removals");
    spec.removes = true;
    spec.prefix = true;
    BOOST_TEST(subscribe(spec) == "create 6 on a..b");
}

BOOST_FIXTURE_TEST_CASE(a_watch_from_a_revision_is_shared_with_nobody, opened)
{
    subscribe("a", 5);
    BOOST_TEST(subscribe("a", 5) == "create 2 on a from 5");
    BOOST_TEST(subscribe("a") == "create 3 on a");
    BOOST_TEST(subscribe("a") == "");
}

BOOST_FIXTURE_TEST_CASE(a_shared_watch_lives_until_the_last_leaves, watching)
{
    subscribe("a");
    BOOST_TEST(unsubscribe(1) == "");
    BOOST_TEST(events(1, {put("a", 11)}) == "#2 hears +a@11 next 12");
    BOOST_TEST(unsubscribe(2) == "cancel 1");
    BOOST_TEST(router.empty());
    BOOST_TEST(subscribe("a") == "create 2 on a");
}

// ---- ends ----

BOOST_FIXTURE_TEST_CASE(a_compacted_watch_is_cancelled_by_name_and_ended, watching)
{
    BOOST_TEST(cancelled(1, 25, "compacted") == "cancel 1; #1 ended compacted at 25: compacted");
    BOOST_TEST(router.empty());
    BOOST_TEST(subscribe("a") == "create 2 on a");
}

BOOST_FIXTURE_TEST_CASE(a_watch_from_history_that_is_gone_is_ended, opened)
{
    subscribe("a", 5);
    BOOST_TEST(created(1, 30) == "#1 covered after 4");
    BOOST_TEST(cancelled(1, 25) == "cancel 1; #1 ended compacted at 25");
}

BOOST_FIXTURE_TEST_CASE(events_and_the_end_in_one_message_come_in_that_order, watching)
{
    watch_message m;
    m.id = 1;
    m.cancelled = true;
    m.cancel_reason = "bye";
    m.events = {put("a", 11)};
    BOOST_TEST(message(m) == "cancel 1; #1 hears +a@11 next 12; #1 ended: bye");
}

BOOST_FIXTURE_TEST_CASE(an_ended_watch_is_not_resumed, watching)
{
    cancelled(1);
    close();
    BOOST_TEST(open() == "");
}

BOOST_FIXTURE_TEST_CASE(messages_about_unknown_watches_are_ignored, watching)
{
    BOOST_TEST(unsubscribe(1) == "cancel 1");
    BOOST_TEST(events(1, {put("a", 11)}) == "");
    BOOST_TEST(cancelled(1) == "");
    BOOST_TEST(created(7, 10) == "");
    BOOST_TEST(unsubscribe(1) == "");
    BOOST_TEST(unsubscribe(99) == "");
}

BOOST_FIXTURE_TEST_CASE(a_creation_answered_after_it_was_given_up_is_ignored, opened)
{
    subscribe("a");
    subscribe("b");
    unsubscribe(1);
    BOOST_TEST(created(1, 10) == "");
    BOOST_TEST(refused(-1) == "#2 ended: no");
}

// Before 3.4.25 and 3.5.8 it may overtake events.
BOOST_FIXTURE_TEST_CASE(progress_of_the_whole_stream_is_nobodys, watching)
{
    watch_message m;
    m.id = -1;
    m.revision = 99;
    BOOST_TEST(message(m) == "");
    BOOST_TEST(events(1, {put("a", 50)}) == "#1 hears +a@50 next 51");
}

BOOST_FIXTURE_TEST_CASE(a_quiet_watch_resumes_from_its_progress, watching)
{
    BOOST_TEST(progress(1, 99) == "");
    close();
    BOOST_TEST(open() == "create 1 on a from 99");
}

BOOST_FIXTURE_TEST_CASE(progress_behind_what_was_delivered_is_none, watching)
{
    events(1, {put("a", 50)});
    BOOST_TEST(progress(1, 40) == "");
    close();
    BOOST_TEST(open() == "create 1 on a from 50");
}

BOOST_FIXTURE_TEST_CASE(progress_in_the_middle_of_a_response_is_none, watching)
{
    fragment(1, {put("a", 50)});
    BOOST_TEST(progress(1, 99) == "");
    BOOST_TEST(events(1, {put("b", 50)}) == "#1 hears +a@50 +b@50 next 51");
}

BOOST_FIXTURE_TEST_CASE(progress_of_a_watch_that_is_not_set_up_is_none, opened)
{
    subscribe("a");
    BOOST_TEST(progress(1, 99) == "");
    BOOST_TEST(created(1, 10) == "#1 covered after 10");
}

// ---- recurring subscriptions ----

namespace {

watch_spec recurring(std::string key)
{
    auto spec = on_key(std::move(key));
    spec.recurring = true;
    return spec;
}

/// As `watching`; the subscription recurs, has heard of a change at 11 and is gone. Its watch was kept.
struct kept : opened {
    kept()
    {
        subscribe(recurring("a"));
        created(1, 10);
        events(1, {removal("a", 11)});
        unsubscribe(1);
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_recurring_watch_that_was_of_use_is_kept_for_the_next_subscription, opened)
{
    subscribe(recurring("a"));
    created(1, 10);
    events(1, {removal("a", 11)});
    BOOST_TEST(unsubscribe(1) == "");
    BOOST_TEST(subscribe(recurring("a")) == "#2 covered after 11");
    BOOST_TEST(events(1, {removal("a", 13)}) == "#2 hears -a@13 next 14");
}

BOOST_FIXTURE_TEST_CASE(a_recurring_watch_that_was_of_no_use_is_cancelled, opened)
{
    subscribe(recurring("a"));
    created(1, 10);
    BOOST_TEST(unsubscribe(1) == "cancel 1");
    BOOST_TEST(router.empty());
}

BOOST_FIXTURE_TEST_CASE(a_kept_watch_that_is_of_no_use_to_the_next_one_is_cancelled, kept)
{
    subscribe(recurring("a"));
    BOOST_TEST(unsubscribe(2) == "cancel 1");
    BOOST_TEST(router.empty());
}

BOOST_FIXTURE_TEST_CASE(a_kept_watch_that_brings_what_nobody_wants_is_cancelled, kept)
{
    BOOST_TEST(events(1, {removal("a", 11)}) == "");  // told before
    BOOST_TEST(events(1, {removal("a", 13)}) == "cancel 1");
    BOOST_TEST(router.empty());
    BOOST_TEST(subscribe(recurring("a")) == "create 2 on a");
}

BOOST_FIXTURE_TEST_CASE(a_kept_watch_is_for_those_who_recur_only, kept)
{
    BOOST_TEST(subscribe("a") == "create 2 on a");
}

BOOST_FIXTURE_TEST_CASE(a_kept_watch_that_the_server_ends_is_forgotten, kept)
{
    BOOST_TEST(cancelled(1) == "cancel 1");
    BOOST_TEST(router.empty());
    BOOST_TEST(subscribe(recurring("a")) == "create 2 on a");
}

BOOST_FIXTURE_TEST_CASE(a_kept_watch_ends_with_its_stream, kept)
{
    close();
    BOOST_TEST(router.empty());
    BOOST_TEST(open() == "");
}

BOOST_FIXTURE_TEST_CASE(the_oldest_of_too_many_kept_watches_is_cancelled, opened)
{
    for (watch_id id = 1; id <= 129; ++id) {
        subscribe(recurring("key " + std::to_string(id)));
        created(id, 10);
        events(id, {removal("key", 11)});
        BOOST_TEST(unsubscribe(last()) == (id <= 128 ? "" : "cancel 1"));
    }
    BOOST_TEST(router.server_watches() == 128U);
}

BOOST_AUTO_TEST_SUITE_END()
