// SPDX-License-Identifier: Apache-2.0
// One claim: each input returns in words what the machine wants done.
#include <core/claim_machine.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <variant>

BOOST_AUTO_TEST_SUITE(core_claim_machine)

using namespace leasehold;
using namespace leasehold::core;
using namespace std::chrono_literals;

namespace {

enum code { fine, key_deleted, session_lost, unreachable, too_large, released };

const char* name_of(int c)
{
    static constexpr const char* names[] = {"fine",        "key deleted", "session lost",
                                            "unreachable", "too large",   "released"};
    return names[c];
}

class timeline {
public:
    claim_machine machine{"v0"};
    claim_machine::time_point now{1000s};
    attempt_id attempt = 0;  ///< the last one asked for, of either kind
    claim_machine::time_point wake{};

    std::string begin()
    {
        machine.begin();
        return done();
    }
    std::string granted(revision at) { return granted(attempt, at); }
    std::string granted(attempt_id a, revision at)
    {
        machine.on_granted(a, {at, 0});
        return done();
    }
    std::string not_granted(code c) { return not_granted(attempt, c); }
    std::string not_granted(attempt_id a, code c)
    {
        machine.on_not_granted(a, trouble(c), now, random_);
        return done();
    }
    std::string lost(code c)
    {
        machine.on_lost(trouble(c), now);
        return done();
    }
    std::string set(update_id id, std::string value)
    {
        machine.set_value(id, std::move(value));
        return done();
    }
    std::string published(revision at) { return published(attempt, at); }
    std::string published(attempt_id a, revision at)
    {
        machine.on_published(a, at);
        return done();
    }
    std::string changed(std::string value, revision at)
    {
        machine.on_changed_by_others(attempt, value, at);
        return done();
    }
    std::string key_gone()
    {
        machine.on_key_gone(attempt);
        return done();
    }
    std::string publish_failed(code c)
    {
        machine.on_publish_failed(attempt, trouble(c));
        return done();
    }
    std::string wakes() { return wakes(attempt); }
    std::string wakes(attempt_id a)
    {
        machine.on_wake(a);
        return done();
    }
    std::string release()
    {
        machine.release(trouble(released));
        return done();
    }

    static claim_trouble trouble(code c) { return {c, name_of(c), c == too_large}; }

private:
    std::string done()
    {
        std::string words;
        for (const auto& a : machine.take_actions())
            words += (words.empty() ? "" : "; ") + std::visit([this](const auto& x) { return say(x); }, a);
        return words;
    }

    std::string say(const claim_action::queue& a)
    {
        attempt = a.attempt;
        return "queue " + a.value;
    }
    std::string say(const claim_action::leave&) { return "leave"; }
    std::string say(const claim_action::release&) { return "release"; }
    std::string say(const claim_action::publish& a)
    {
        attempt = a.attempt;
        return "publish " + a.value + " over " + std::to_string(a.known) + " of " + std::to_string(a.own);
    }
    std::string say(const claim_action::tell& a)
    {
        const std::string why = a.state.why.code == fine ? "" : ", " + a.state.why.text;
        return a.state.owned ? "owned " + to_string(a.state.token) + why : "not owned" + why;
    }
    std::string say(const claim_action::answer& a)
    {
        const auto which = "update " + std::to_string(a.update);
        if (a.why.code != fine)
            return which + " failed, " + a.why.text;
        return which + (a.published ? " published" : " kept");
    }
    std::string say(const claim_action::wake& a)
    {
        attempt = a.attempt;
        wake = a.at;
        return "wake";
    }

    static std::string to_string(const fencing_token& t) { return std::to_string(t.revision); }

    jitter random_{1};
};

/// That owns its name, since revision 7.
struct owner : timeline {
    owner()
    {
        begin();
        granted(7);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ownership)

BOOST_AUTO_TEST_CASE(a_claim_queues_and_owns)
{
    timeline t;
    BOOST_TEST(!t.machine.state().owned);
    BOOST_TEST(t.begin() == "queue v0");
    BOOST_TEST(t.begin() == "");
    BOOST_TEST(t.granted(7) == "owned 7");
    BOOST_TEST(t.machine.state().owned);
}

BOOST_AUTO_TEST_CASE(what_is_lost_is_queued_for_again_at_once_and_on_a_fresh_stack)
{
    owner t;
    BOOST_TEST(t.lost(key_deleted) == "not owned, key deleted; wake");
    BOOST_TEST((t.wake == t.now));
    BOOST_TEST(t.wakes() == "queue v0");
    BOOST_TEST(t.granted(9) == "owned 9");
    BOOST_TEST(t.lost(session_lost) == "not owned, session lost; wake");
    BOOST_TEST(t.wakes() == "queue v0");
}

BOOST_AUTO_TEST_CASE(attempts_that_fail_are_repeated_after_growing_pauses)
{
    timeline t;
    t.begin();
    auto before = 0ns;
    for (int i = 0; i < 5; ++i) {
        // The same trouble once more is no news.
        BOOST_TEST(t.not_granted(unreachable) == (i == 0 ? "not owned, unreachable; wake" : "wake"));
        BOOST_TEST((t.wake - t.now > before));
        before = t.wake - t.now;
        BOOST_TEST(t.wakes() == "queue v0");
    }
    for (int i = 0; i < 20; ++i) {
        t.not_granted(unreachable);
        BOOST_TEST((t.wake - t.now <= 2s));
        t.wakes();
    }
    BOOST_TEST(t.not_granted(session_lost) == "not owned, session lost; wake");
    t.wakes();
    // Once it has worked, the pauses are short again.
    BOOST_TEST(t.granted(5) == "owned 5");
    t.lost(key_deleted);
    t.wakes();
    t.not_granted(session_lost);
    BOOST_TEST((t.wake - t.now <= 20ms));
}

BOOST_AUTO_TEST_CASE(late_answers_mean_nothing)
{
    timeline t;
    t.begin();
    const auto first = t.attempt;
    t.not_granted(unreachable);
    BOOST_TEST(t.granted(first, 7) == "");
    BOOST_TEST(t.not_granted(first, unreachable) == "");
    const auto pause = t.attempt;
    t.wakes();
    BOOST_TEST(t.wakes(pause) == "");
    BOOST_TEST(t.not_granted(first, unreachable) == "");
    BOOST_TEST(t.granted(9) == "owned 9");
    BOOST_TEST(t.granted(10) == "");
}

BOOST_AUTO_TEST_CASE(what_will_never_be_accepted_is_not_asked_for_again)
{
    timeline t;
    t.begin();
    BOOST_TEST(t.not_granted(too_large) == "not owned, too large");
    BOOST_TEST(t.wakes() == "");
    BOOST_TEST(t.set(1, "v1") == "update 1 kept; queue v1");
    BOOST_TEST(t.granted(7) == "owned 7");
}

BOOST_AUTO_TEST_CASE(a_refusal_of_a_value_that_is_not_wanted_any_more_is_none)
{
    timeline t;
    t.begin();
    BOOST_TEST(t.set(1, "v1") == "update 1 kept");
    BOOST_TEST(t.not_granted(too_large) == "not owned, too large; wake");
    BOOST_TEST(t.wakes() == "queue v1");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(release)

BOOST_AUTO_TEST_CASE(of_an_owner)
{
    owner t;
    BOOST_TEST(t.release() == "release; not owned, released");
    BOOST_TEST(t.machine.released());
    BOOST_TEST(t.release() == "");
    BOOST_TEST(t.lost(key_deleted) == "");
    BOOST_TEST(t.set(1, "v1") == "update 1 failed, released");
}

BOOST_AUTO_TEST_CASE(of_a_waiter)
{
    timeline t;
    t.begin();
    BOOST_TEST(t.release() == "leave; not owned, released");
    BOOST_TEST(t.granted(7) == "");
    BOOST_TEST(t.not_granted(unreachable) == "");
}

BOOST_AUTO_TEST_CASE(between_two_attempts)
{
    timeline t;
    t.begin();
    t.not_granted(unreachable);
    BOOST_TEST(t.release() == "leave; not owned, released");
    BOOST_TEST(t.wakes() == "");
}

BOOST_AUTO_TEST_CASE(after_a_refusal)
{
    timeline t;
    t.begin();
    t.not_granted(too_large);
    BOOST_TEST(t.release() == "leave; not owned, released");
    BOOST_TEST(t.set(1, "v1") == "update 1 failed, released");
}

BOOST_AUTO_TEST_CASE(ends_updates)
{
    owner t;
    t.set(1, "v1");
    t.set(2, "v2");
    BOOST_TEST(t.release() ==
               "release; update 1 failed, released; update 2 failed, released; not owned, released");
    BOOST_TEST(t.published(8) == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(values)

BOOST_AUTO_TEST_CASE(are_written_one_after_the_other_each_over_the_last)
{
    owner t;
    BOOST_TEST(t.set(1, "v1") == "publish v1 over 7 of 7");
    BOOST_TEST(t.published(8) == "update 1 published");
    BOOST_TEST(t.set(2, "v2") == "publish v2 over 8 of 7");
    BOOST_TEST(t.published(9) == "update 2 published");
}

BOOST_AUTO_TEST_CASE(in_quick_succession_are_skipped_but_for_the_last)
{
    owner t;
    BOOST_TEST(t.set(1, "v1") == "publish v1 over 7 of 7");
    BOOST_TEST(t.set(2, "v2") == "");
    BOOST_TEST(t.set(3, "v3") == "");
    BOOST_TEST(t.published(8) == "update 1 published; publish v3 over 8 of 7");
    BOOST_TEST(t.published(9) == "update 2 published; update 3 published");
}

BOOST_AUTO_TEST_CASE(of_a_waiter_are_kept_for_its_turn)
{
    timeline t;
    t.begin();
    BOOST_TEST(t.set(1, "v1") == "update 1 kept");
    BOOST_TEST(t.granted(7) == "owned 7; publish v1 over 7 of 7");
    BOOST_TEST(t.published(8) == "");
    t.lost(session_lost);
    BOOST_TEST(t.wakes() == "queue v1");
    BOOST_TEST(t.granted(9) == "owned 9");
}

BOOST_AUTO_TEST_CASE(are_queued_with_when_they_come_in_time)
{
    timeline t;
    t.begin();
    t.not_granted(unreachable);
    BOOST_TEST(t.set(1, "v1") == "update 1 kept");
    BOOST_TEST(t.wakes() == "queue v1");
    BOOST_TEST(t.granted(7) == "owned 7");
}

BOOST_AUTO_TEST_CASE(are_kept_when_the_name_is_lost_meanwhile)
{
    owner t;
    t.set(1, "v1");
    const auto publish = t.attempt;
    BOOST_TEST(t.lost(key_deleted) == "update 1 kept; not owned, key deleted; wake");
    BOOST_TEST(t.published(publish, 8) == "");
    BOOST_TEST(t.wakes() == "queue v1");
}

BOOST_AUTO_TEST_CASE(are_kept_when_the_write_finds_the_key_gone)
{
    owner t;
    t.set(1, "v1");
    t.set(2, "v2");
    BOOST_TEST(t.key_gone() == "update 1 kept; update 2 kept");
    BOOST_TEST(t.lost(key_deleted) == "not owned, key deleted; wake");
    BOOST_TEST(t.wakes() == "queue v2");
}

// The answer of the attempt that did it was lost.
BOOST_AUTO_TEST_CASE(that_are_there_already_are_published)
{
    owner t;
    t.set(1, "v1");
    BOOST_TEST(t.changed("v1", 8) == "update 1 published");
    BOOST_TEST(t.set(2, "v2") == "publish v2 over 8 of 7");
}

BOOST_AUTO_TEST_CASE(prevail_over_what_others_write)
{
    owner t;
    t.set(1, "v1");
    BOOST_TEST(t.changed("by hand", 12) == "publish v1 over 12 of 7");
    BOOST_TEST(t.changed("by hand again", 13) == "publish v1 over 13 of 7");
    BOOST_TEST(t.published(14) == "update 1 published");
}

BOOST_AUTO_TEST_CASE(that_etcd_refuses_leave_the_one_before)
{
    owner t;
    BOOST_TEST(t.set(1, "huge") == "publish huge over 7 of 7");
    BOOST_TEST(t.publish_failed(too_large) == "update 1 failed, too large");
    BOOST_TEST(t.machine.state().owned);
    t.lost(session_lost);
    BOOST_TEST(t.wakes() == "queue v0");
}

BOOST_AUTO_TEST_CASE(that_etcd_refuses_do_not_stand_in_the_way_of_later_ones)
{
    owner t;
    t.set(1, "huge");
    t.set(2, "v2");
    BOOST_TEST(t.publish_failed(too_large) == "update 1 failed, too large; publish v2 over 7 of 7");
    BOOST_TEST(t.published(8) == "update 2 published");
}

// Nobody is there any more to be told but the followers.
BOOST_AUTO_TEST_CASE(of_a_waiter_that_etcd_refuses_in_its_turn_are_told_of)
{
    timeline t;
    t.begin();
    t.set(1, "huge");
    t.granted(7);
    BOOST_TEST(t.publish_failed(too_large) == "owned 7, too large");
    BOOST_TEST(t.set(2, "v2") == "publish v2 over 7 of 7");
    BOOST_TEST(t.published(8) == "update 2 published; owned 7");
}

BOOST_AUTO_TEST_CASE(that_may_have_been_written_are_wanted_still)
{
    owner t;
    t.set(1, "v1");
    BOOST_TEST(t.publish_failed(unreachable) == "update 1 failed, unreachable");
    t.lost(session_lost);
    BOOST_TEST(t.wakes() == "queue v1");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
