// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

BOOST_AUTO_TEST_SUITE(engine_observer)

using namespace leasehold;
using namespace leasehold::test;
using memory::call_kind;
using memory::direction;
using memory::fault;

namespace {

using lines = std::vector<std::string>;

/// Writes down what it is told; the clock of a test stands still unless it is moved, so times are whole.
class recorder final : public observer {
public:
    lines told;
    lines streams;

    lines take() { return std::exchange(told, {}); }

    void on_requested(const requested& e) noexcept override { tell(e.lock, "requested"); }
    void on_queued(const queued& e) noexcept override
    {
        tell(e.lock, "queued at " + std::to_string(e.position));
    }
    void on_acquired(const acquired& e) noexcept override
    {
        tell(e.lock, "acquired after " + text(e.waited));
    }
    void on_handed_on(const handed_on& e) noexcept override
    {
        tell(e.lock, "handed on, turn " + std::to_string(e.token.sequence));
    }
    void on_released(const released& e) noexcept override
    {
        tell(e.lock, "released after " + text(e.held) + because(e.error));
    }
    void on_lost(const lost& e) noexcept override
    {
        tell(e.lock, "lost after " + text(e.held) + because(e.reason));
    }
    void on_refused(const refused& e) noexcept override { tell(e.lock, "refused"); }
    void on_timed_out(const timed_out& e) noexcept override
    {
        tell(e.lock, "timed out after " + text(e.waited));
    }
    void on_cancelled(const cancelled& e) noexcept override
    {
        tell(e.lock, "cancelled after " + text(e.waited));
    }
    void on_failed(const failed& e) noexcept override
    {
        tell(e.lock, "failed after " + text(e.waited) + because(e.reason));
    }
    void on_session_opened(const session_opened& e) noexcept override
    {
        told.push_back("session of " + std::to_string(e.ttl.count()) + " s opened");
    }
    void on_session_renewed(const session_renewed& e) noexcept override
    {
        ++renewals;
        left = e.left;
    }
    void on_session_ended(const session_ended& e) noexcept override
    {
        told.push_back("session ended" + because(e.reason));
    }
    void on_stream_reopened(const stream_reopened& e) noexcept override
    {
        streams.push_back((e.stream == stream::watch ? "watch on " : "keep-alive on ") +
                          std::string{e.endpoint});
    }
    void on_batch_sent(const batch_sent& e) noexcept override { batches.push_back(e.size); }

    std::size_t renewals = 0;
    duration left{};
    std::vector<std::size_t> batches;

private:
    void tell(std::string_view lock, const std::string& what)
    {
        told.push_back(std::string{lock} + ": " + what);
    }
    static std::string text(duration d)
    {
        return std::to_string(std::chrono::round<std::chrono::seconds>(d).count()) + " s";
    }
    static std::string because(error_code ec) { return ec ? ", " + ec.message() : std::string{}; }
};

std::string because(errc why)
{
    return ", " + make_error_code(why).message();
}

struct scene {
    world w;
    std::shared_ptr<recorder> seen = std::make_shared<recorder>();
    client c = observed();
    session mine = w.must_open(c);
    session other = w.must_open(c);
    mutex m{mine, "lock"};
    mutex n{other, "lock"};

    scene() { seen->take(); }

    client observed()
    {
        client_options options;
        options.observers = {seen};
        return w.connect(std::move(options));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_lock_is_requested_acquired_and_released, scene)
{
    auto held = w.must_lock(m);
    BOOST_TEST(seen->take() == (lines{"lock: requested", "lock: acquired after 0 s"}),
               boost::test_tools::per_element());
    w.run_for(3s);
    auto release = w.unlock(held);
    MUST(w, release);
    BOOST_TEST(seen->take() == lines{"lock: released after 3 s"}, boost::test_tools::per_element());
    BOOST_TEST(seen->batches == (std::vector<std::size_t>{1, 1}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(another_session_queues_behind_the_holder, scene)
{
    auto held = w.must_lock(m);
    seen->take();
    auto waiting = w.lock(n);
    w.run_for(2s);
    BOOST_TEST(seen->take() == (lines{"lock: requested", "lock: queued at 1"}),
               boost::test_tools::per_element());
    held = {};
    MUST(w, waiting);
    BOOST_TEST(seen->take() == (lines{"lock: released after 2 s", "lock: acquired after 2 s"}),
               boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_place_counts_the_keys_in_etcd_and_the_coroutines_of_the_session, scene)
{
    auto held = w.must_lock(m);
    auto third = w.must_open(c);
    seen->take();
    auto second_in_line = w.lock(n);
    auto third_in_line = w.lock(n);
    w.settle();
    const mutex late{third, "lock"};
    auto fourth_in_line = w.lock(late);
    w.settle();
    auto fifth_in_line = w.lock(late);
    auto behind_the_holder = w.lock(m);
    w.settle();
    BOOST_TEST(
        seen->take() == (lines{"lock: requested", "lock: requested", "lock: queued at 1", "lock: queued at 2",
                               "lock: requested", "lock: queued at 2", "lock: requested", "lock: queued at 3",
                               "lock: requested", "lock: queued at 1"}),
        boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_release_hands_on_inside_the_session, scene)
{
    auto held = w.must_lock(m);
    auto next = w.lock(m);
    w.settle();
    seen->take();
    held = {};
    MUST(w, next);
    BOOST_TEST(seen->take() ==
                   (lines{"lock: released after 0 s", "lock: handed on, turn 1", "lock: acquired after 0 s"}),
               boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(attempts_are_refused_time_out_and_are_cancelled, scene)
{
    auto held = w.must_lock(m);
    seen->take();
    auto attempt = w.try_lock(n);
    MUST(w, attempt);
    BOOST_TEST(seen->take() == (lines{"lock: requested", "lock: refused"}), boost::test_tools::per_element());

    auto bounded = w.try_lock_for(n, 4s);
    MUST(w, bounded);
    BOOST_TEST(seen->take() == (lines{"lock: requested", "lock: queued at 1", "lock: timed out after 4 s"}),
               boost::test_tools::per_element());

    auto cancelled = w.lock(n);
    w.run_for(2s);
    cancelled.cancel();
    w.settle();
    BOOST_TEST(seen->take() == (lines{"lock: requested", "lock: queued at 1", "lock: cancelled after 2 s"}),
               boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_deleted_key_is_a_failure_of_the_waiter_and_a_loss_of_the_holder, scene)
{
    auto held = w.must_lock(m);
    auto waiting = w.lock(n);
    w.run_for(1s);
    seen->take();
    const auto keys = w.keys("lock/");
    BOOST_TEST_REQUIRE(keys.size() == 2u);
    w.etcd.remove(keys[1].key);
    w.settle();
    w.etcd.remove(keys[0].key);
    w.settle();
    BOOST_TEST(seen->take() == (lines{"lock: failed after 1 s" + because(errc::key_deleted),
                                      "lock: lost after 1 s" + because(errc::key_deleted)}),
               boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_lost_session_takes_its_locks_along, scene)
{
    auto held = w.must_lock(m);
    seen->take();
    for (std::size_t member = 0; member < w.etcd.endpoints().size(); ++member)
        w.etcd.stop(member);
    BOOST_TEST(w.run_until([&] { return !mine.alive(); }));
    w.settle();
    const auto told = seen->take();
    BOOST_TEST_REQUIRE(told.size() == 3u);
    BOOST_TEST(std::count(told.begin(), told.end(), "session ended" + because(errc::session_lost)) == 2);
    const auto loss = std::find_if(told.begin(), told.end(), [](const std::string& line) {
        return line.starts_with("lock: lost after ");
    });
    BOOST_TEST_REQUIRE((loss != told.end()));
    BOOST_TEST(loss->ends_with(because(errc::session_lost)));
}

BOOST_FIXTURE_TEST_CASE(sessions_open_are_renewed_and_end, scene)
{
    auto third = w.must_open(c, 9s);
    BOOST_TEST(seen->take() == lines{"session of 9 s opened"}, boost::test_tools::per_element());
    w.run_for(20s);
    BOOST_TEST(seen->renewals >= 6u);
    BOOST_TEST((seen->left > 6s && seen->left < 15s));
    auto closing = w.close(third);
    MUST(w, closing);
    BOOST_TEST(seen->take() == lines{"session ended" + because(errc::session_closed)},
               boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(an_orphaned_session_ends_at_once_and_once, scene)
{
    auto third = w.must_open(c, 9s);
    seen->take();
    third.orphan();
    w.settle();
    BOOST_TEST(seen->take() == lines{"session ended" + because(errc::session_closed)},
               boost::test_tools::per_element());
    w.run_for(20s);
    BOOST_TEST(seen->take().empty());
}

BOOST_FIXTURE_TEST_CASE(transactions_that_go_together_are_one_batch, scene)
{
    std::vector<started<held_lock>> all;
    for (int i = 0; i < 50; ++i)
        all.push_back(w.lock(mutex{mine, "lock-" + std::to_string(i)}));
    for (auto& op : all)
        MUST(w, op);
    std::size_t sent = 0;
    for (const auto size : seen->batches)
        sent += size;
    BOOST_TEST(sent == 50u);
    BOOST_TEST(seen->batches.size() < 10u);
}

BOOST_FIXTURE_TEST_CASE(a_claim_requests_again_what_it_has_lost, scene)
{
    const locker names{c, {}};
    auto claimed = names.claim("service", "here");
    w.run_for(1s);
    auto keys = w.keys("locker/service/");
    BOOST_TEST_REQUIRE(keys.size() == 1u);
    w.etcd.remove(keys[0].key);
    BOOST_TEST(w.run_until([&] { return claimed.owned() && w.keys("locker/service/").size() == 1; }));
    const auto told = seen->take();
    const lines wanted{"session of 5 s opened",
                       "locker/service: requested",
                       "locker/service: acquired after 0 s",
                       "locker/service: lost after 1 s" + because(errc::key_deleted),
                       "locker/service: requested",
                       "locker/service: acquired after 0 s"};
    BOOST_TEST(std::set<std::string>(told.begin(), told.end()) ==
               std::set<std::string>(wanted.begin(), wanted.end()));
    auto gone = w.release(claimed);
    MUST(w, gone);
    BOOST_TEST(seen->take() == lines{"locker/service: released after 0 s"}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(broken_streams_are_told_when_they_are_open_again, scene)
{
    auto held = w.must_lock(m);
    w.run_for(20s);
    BOOST_TEST(seen->streams.empty());
    for (std::size_t member = 0; member < w.etcd.endpoints().size(); ++member)
        w.etcd.break_streams(member);
    w.run_for(20s);
    BOOST_TEST(seen->streams.size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_observer_must_be_one)
{
    world w;
    client_options options;
    options.observers = {nullptr};
    BOOST_CHECK_EXCEPTION(w.connect(options), std::invalid_argument, [](const std::invalid_argument& e) {
        return std::string{e.what()}.find("client_options::observers[0] is null") != std::string::npos;
    });
}

BOOST_FIXTURE_TEST_CASE(slow_waits_long_holds_and_losses_are_logged, scene)
{
    lines log;
    client_options options;
    options.observers = {
        std::make_shared<slow_lock_log>([&](std::string_view line) { log.emplace_back(line); },
                                        slow_lock_options{.slow_wait = 2s, .long_hold = 5s})};
    auto logged = w.connect(std::move(options));
    auto s = w.must_open(logged);
    const mutex quick{s, "two\nlines"};
    auto held = w.must_lock(m);
    auto waiting = w.lock(mutex{s, "lock"});
    w.run_for(3s);
    held = {};
    MUST(w, waiting);
    w.run_for(6s);
    waiting.value() = {};
    w.settle();
    auto other_one = w.must_lock(quick);
    w.run_for(1s);
    w.etcd.remove(w.keys("two\nlines/").at(0).key);
    w.settle();

    BOOST_TEST_REQUIRE(log.size() == 3u);
    BOOST_TEST(log[0].starts_with("waited 3.0"));
    BOOST_TEST(log[0].find(" s for the lock \"lock\": acquired, token ") != std::string::npos);
    BOOST_TEST(log[1].starts_with("held the lock \"lock\" for 6.0"));
    BOOST_TEST(log[2].starts_with("lost the lock \"two?lines\" after 1.0"));
    BOOST_TEST(log[2].find("somebody deleted the key") != std::string::npos);
    BOOST_CHECK_THROW(slow_lock_log{nullptr}, std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
