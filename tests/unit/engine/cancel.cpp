// SPDX-License-Identifier: Apache-2.0
// Every operation is cancelled after every step that it takes: it ends at once, once, and leaves nothing
// behind.
#include "world.hpp"

BOOST_AUTO_TEST_SUITE(engine_cancel)

using namespace leasehold;
using namespace leasehold::test;

namespace {

/// The smallest step: one handler, or one delivery when none is ready.
bool tick(world& w)
{
    w.io.restart();
    return w.io.poll_one() > 0 || w.etcd.step() || w.etcd.advance(w.etcd.now() + 60s);
}

/// `make(world)` prepares a scene and starts the operation; the scene has `op`, and `after_cancel()`, called
/// when the operation has ended either way. Then everything is let go of, and etcd must be empty.
template <class Scene>
void cancel_after_every_step()
{
    int aborted = 0;
    for (int steps = 0;; ++steps) {
        BOOST_TEST_CONTEXT("cancelled after step " << steps)
        {
            BOOST_REQUIRE(steps < 1000);
            world w;
            bool finished = false;
            {
                Scene scene{w};
                for (int i = 0; i < steps && !scene.op.done(); ++i)
                    BOOST_REQUIRE(tick(w));
                finished = scene.op.done();
                if (!finished) {
                    scene.op.cancel();
                    w.poll();
                    BOOST_TEST(scene.op.done(), "it did not end at once");
                    // What had been decided, but not delivered yet, may win.
                    BOOST_TEST((scene.op.aborted() || scene.op.ok()), scene.op.ec().message());
                    aborted += scene.op.aborted();
                } else {
                    BOOST_TEST(scene.op.ok(), scene.op.ec().message() << ": " << scene.op.text());
                }
                BOOST_TEST(scene.op.handlers() == 0);
                BOOST_REQUIRE(scene.op.done());
                scene.after(w);
            }
            w.run_for(40s);
            BOOST_TEST(w.keys("name/").empty());
            BOOST_TEST(w.leases() == 0u);
            if (finished) {
                BOOST_TEST(aborted > 0);
                return;
            }
        }
    }
}

/// A lock that somebody else has, and gives back after a while.
struct contended {
    explicit contended(world& w) : other{w.connect()}, held{w.must_lock(mutex{other, "name"})} {}

    void give_back(world& w)
    {
        BOOST_TEST(held.held());
        auto released = w.unlock(held);
        BOOST_TEST(w.finish(released));
        BOOST_TEST(released.ok());
    }

    /// Whoever was cancelled stands in nobody's way.
    void others_are_undisturbed(world& w)
    {
        give_back(w);
        held = w.must_lock(mutex{other, "name"});
        held = {};
    }

    client other;
    held_lock held;
};

struct free_lock {
    explicit free_lock(world& w) : c{w.connect()}, op{w.lock(mutex{c, "name"})} {}
    void after(world&) {}

    client c;
    started<held_lock> op;
};

struct lock_on_a_session {
    explicit lock_on_a_session(world& w) : c{w.connect()}, s{w.must_open(c)}, op{w.lock(mutex{s, "name"})} {}
    void after(world& w)
    {
        // The session lives on, and nothing of the attempt is left on it.
        if (op.ok())
            op.value() = {};
        w.run_for(9s);
        BOOST_TEST(s.alive());
        BOOST_TEST(w.keys("name/").empty());
        std::ignore = w.must_lock(mutex{s, "name"});
    }

    client c;
    session s;
    started<held_lock> op;
};

/// The holder lets go while the other one waits.
struct handed_lock {
    explicit handed_lock(world& w)
        : before{w}, c{w.connect()}, s{w.must_open(c)}, op{w.lock(mutex{s, "name"})}
    {
        w.run_for(1s);
        release = w.unlock(before.held);
    }
    void after(world& w)
    {
        BOOST_TEST(w.finish(release));
        BOOST_TEST(release.ok());
        if (op.ok())
            op.value() = {};
        std::ignore = w.must_lock(mutex{before.other, "name"});
        BOOST_TEST(s.alive());
    }

    contended before;
    client c;
    session s;
    started<held_lock> op;
    started<> release;
};

/// The same within one session: the key is handed on.
struct locally_handed_lock {
    explicit locally_handed_lock(world& w)
        : c{w.connect()},
          s{w.must_open(c)},
          m{s, "name"},
          held{w.must_lock(m)},
          op{w.lock(m)},
          behind{w.lock(m)}
    {
        w.etcd.scheduler().once([&w, this] { release = w.unlock(held); });
    }
    void after(world& w)
    {
        BOOST_TEST(w.finish(release));
        BOOST_TEST(release.ok());
        if (op.ok())
            op.value() = {};
        BOOST_TEST(w.finish(behind));
        BOOST_TEST(behind.ok());
        BOOST_TEST(behind.value().token() > held.token());
    }

    client c;
    session s;
    mutex m;
    held_lock held;
    started<held_lock> op;
    started<held_lock> behind;
    started<> release;
};

struct free_try_lock {
    explicit free_try_lock(world& w) : c{w.connect()}, op{w.try_lock(mutex{c, "name"})} {}
    void after(world&)
    {
        if (op.ok())
            BOOST_TEST(op.value().has_value());
    }

    client c;
    started<std::optional<held_lock>> op;
};

struct refused_try_lock {
    explicit refused_try_lock(world& w) : before{w}, c{w.connect()}, op{w.try_lock(mutex{c, "name"})} {}
    void after(world& w)
    {
        if (op.ok())
            BOOST_TEST(!op.value().has_value());
        before.others_are_undisturbed(w);
    }

    contended before;
    client c;
    started<std::optional<held_lock>> op;
};

struct timed_out_try_lock_for {
    explicit timed_out_try_lock_for(world& w)
        : before{w}, c{w.connect()}, op{w.try_lock_for(mutex{c, "name"}, 2s)}
    {}
    void after(world& w)
    {
        if (op.ok())
            BOOST_TEST(!op.value().has_value());
        before.others_are_undisturbed(w);
    }

    contended before;
    client c;
    started<std::optional<held_lock>> op;
};

struct release {
    explicit release(world& w) : c{w.connect()}, s{w.must_open(c)}, held{w.must_lock(mutex{s, "name"})}
    {
        op = w.unlock(held);
    }
    void after(world& w)
    {
        BOOST_TEST(!held.held());
        w.run_for(1s);
        BOOST_TEST(w.keys("name/").empty(), "the release did not go on");
    }

    client c;
    session s;
    held_lock held;
    started<> op;
};

struct opened_session {
    explicit opened_session(world& w) : c{w.connect()}, op{w.open(c)} {}
    void after(world&) {}

    client c;
    started<session> op;
};

struct adopted_session {
    explicit adopted_session(world& w)
        : c{w.connect()}, s{w.must_open(c)}, lease{s.orphan()}, op{w.adopt(c, lease)}
    {}
    void after(world& w)
    {
        BOOST_TEST((w.etcd.store().leases().find(lease) != nullptr), "the lease was not left as it was");
    }

    client c;
    session s;
    lease_id lease;
    started<session> op;
};

struct closed_session {
    explicit closed_session(world& w) : c{w.connect()}, s{w.must_open(c)}, held{w.must_lock(mutex{s, "name"})}
    {
        op = w.close(s);
    }
    void after(world& w)
    {
        BOOST_TEST(!s.alive());
        BOOST_TEST(!held.held());
        w.run_for(1s);
        BOOST_TEST(w.leases() == 0u, "the revocation did not go on");
    }

    client c;
    session s;
    held_lock held;
    started<> op;
};

struct loss_of_a_lock {
    explicit loss_of_a_lock(world& w)
        : c{w.connect()}, s{w.must_open(c)}, held{w.must_lock(mutex{s, "name"})}, op{w.lost(held)}
    {
        w.etcd.on_message([this, &w](const memory::message&) {
            if (++messages == 12)
                w.etcd.scheduler().once([&w, lease = s.lease()] { w.etcd.expire(lease); });
            return memory::fault::none();
        });
    }
    void after(world& w)
    {
        BOOST_TEST(held.held() == op.aborted());
        w.etcd.on_message({});
    }

    client c;
    session s;
    held_lock held;
    started<errc> op;
    int messages = 0;
};

/// A claim that owns its name.
struct owner {
    explicit owner(world& w) : c{w.connect()}, names{c, {.directory = ""}}, held{names.claim("name", "v")}
    {
        w.run_for(1s);
        BOOST_TEST_REQUIRE(held.owned());
    }

    client c;
    locker names;
    claim held;
};

struct value_of_a_claim {
    explicit value_of_a_claim(world& w) : o{w}, op{w.set_value(o.held, "w")} {}
    void after(world& w)
    {
        BOOST_TEST(o.held.owned());
        w.run_for(1s);
        BOOST_TEST(w.keys("name/").front().value == "w", "the value was not published all the same");
    }

    owner o;
    started<bool> op;
};

struct release_of_a_claim {
    explicit release_of_a_claim(world& w) : o{w}, op{w.release(o.held)} {}
    void after(world& w)
    {
        BOOST_TEST(!o.held.owned());
        w.run_for(1s);
        BOOST_TEST(w.keys("name/").empty(), "the release did not go on");
    }

    owner o;
    started<> op;
};

struct first_look_at_a_name {
    explicit first_look_at_a_name(world& w) : o{w}, changes{o.names.watch("name")}, op{w.next(changes)} {}
    void after(world& w)
    {
        auto again = op.aborted() ? w.next(changes) : op;
        BOOST_TEST(w.finish(again));
        BOOST_TEST(again.value().value.value() == "v");
    }

    owner o;
    name_watcher changes;
    started<name_state> op;
};

struct value_of_a_name {
    explicit value_of_a_name(world& w) : o{w}, op{w.get(o.names, "name")} {}
    void after(world&) {}

    owner o;
    started<std::optional<std::string>> op;
};

struct list_of_names {
    explicit list_of_names(world& w) : o{w}, names{o.names.list()}, op{w.next(names)} {}
    void after(world& w)
    {
        auto again = op.aborted() ? w.next(names) : op;
        BOOST_TEST(w.finish(again));
        BOOST_TEST(again.value().size() == 1u);
    }

    owner o;
    name_lister names;
    started<std::vector<name_state>> op;
};

}  // namespace

#define CANCEL(scene)                     \
    BOOST_AUTO_TEST_CASE(cancel_##scene)  \
    {                                     \
        cancel_after_every_step<scene>(); \
    }

CANCEL(free_lock)
CANCEL(lock_on_a_session)
CANCEL(handed_lock)
CANCEL(locally_handed_lock)
CANCEL(free_try_lock)
CANCEL(refused_try_lock)
CANCEL(timed_out_try_lock_for)
CANCEL(release)
CANCEL(opened_session)
CANCEL(adopted_session)
CANCEL(closed_session)
CANCEL(loss_of_a_lock)
CANCEL(value_of_a_claim)
CANCEL(release_of_a_claim)
CANCEL(first_look_at_a_name)
CANCEL(value_of_a_name)
CANCEL(list_of_names)

#undef CANCEL

BOOST_AUTO_TEST_SUITE_END()
