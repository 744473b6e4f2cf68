// SPDX-License-Identifier: Apache-2.0
#include "lock_run.hpp"

#include "exit_code.hpp"
#include "output.hpp"
#include "report.hpp"

#include <view/text.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <utility>

namespace leasehold::cli {

using namespace std::chrono_literals;

namespace {

constexpr auto longest_clean_up = 5s;  // of the release and the end of the session, when etcd does not answer
constexpr auto longest_kill = 2s;      // from SIGKILL to the end

auto loudly(asio::cancellation_slot slot)
{
    return with_diagnostics(asio::bind_cancellation_slot(slot, asio::use_awaitable));
}

std::string describe(errc reason)
{
    return reason == errc::key_deleted ? "somebody deleted its key, or revoked its lease"
                                       : "the lease could not be renewed in time, or was revoked";
}

}  // namespace

ending_plan::ending_plan(std::chrono::milliseconds ttl)
    : ask_ahead{std::min<std::chrono::milliseconds>(ttl / 4, 10s)},
      kill_ahead{std::min<std::chrono::milliseconds>(ask_ahead / 4, 1s)}
{}

lock_run::lock_run(lock_request request)
    : request_{std::move(request)},
      start_{std::chrono::steady_clock::now()},
      signals_{io_},
      changed_{io_},
      client_{io_.get_executor(), request_.connection}
{
    signals_.handle([this](signal_event event) { on_signal(event); });
}

lock_run::~lock_run()
{
    // They belong to io_, and must outlive the handlers in it but not io_ itself: by now run() has emptied
    // it.
    clean_up_.reset();
    command_.reset();
}

int lock_run::run()
{
    int code = exit_lost;
    std::exception_ptr error;
    asio::co_spawn(io_, flow(), [&](std::exception_ptr e, int result) {
        error = std::move(e);
        code = result;
        io_.stop();
    });
    io_.run();
    if (error)
        std::rethrow_exception(error);
    return code;
}

// ---------------------------------------------------------------------------
// From the session to its end
// ---------------------------------------------------------------------------

asio::awaitable<int> lock_run::flow()
{
    session opened;
    std::string doing = "connect to etcd";
    int code = exit_lost;
    std::exception_ptr error;
    // A signal that comes between two operations, when none can be cancelled, must not be forgotten.
    if (stopped_by_)
        co_return signalled(*stopped_by_);
    try {
        session_options options;
        options.ttl = request_.ttl;
        auto token = loudly(stop_.slot());
        opened = co_await session::open(client_, options, token);
        doing = "lock " + quote(request_.name);
        auto rest = with_session(opened);
        code = co_await std::move(rest);
    } catch (const boost::system::system_error& e) {
        error = std::make_exception_ptr(explain(e, doing));
    } catch (...) {
        error = std::current_exception();
    }

    if (opened.lease() != 0) {
        auto end = close(opened);
        co_await std::move(end);
    }
    if (error && stopped_by_)
        co_return signalled(*stopped_by_);
    if (error)
        std::rethrow_exception(error);
    co_return code;
}

asio::awaitable<int> lock_run::with_session(session s)
{
    mutex_options options;
    options.value = request_.value;
    const mutex m{s, request_.name, options};

    if (stopped_by_)
        co_return signalled(*stopped_by_);
    auto acquiring = acquire(m);
    std::optional<held_lock> held = co_await std::move(acquiring);
    if (stopped_by_)
        co_return signalled(*stopped_by_);
    if (!held)
        throw not_acquired();

    auto work = request_.command.empty() ? hold(*held) : supervise(*held, ending_plan{s.ttl()});
    const int code = co_await std::move(work);
    if (lost_)
        co_return exit_lost;

    auto releasing = release(*held);
    const std::optional<errc> found = co_await std::move(releasing);
    if (!found)
        co_return code;
    complain("lost the lock " + quote(request_.name) + " before it was released: " + describe(*found));
    co_return exit_lost;
}

asio::awaitable<std::optional<held_lock>> lock_run::acquire(const mutex& m)
{
    auto token = loudly(stop_.slot());
    if (request_.try_only) {
        co_return co_await m.try_lock(token);
    }
    if (request_.timeout) {
        co_return co_await m.try_lock_until(start_ + *request_.timeout, token);
    }
    held_lock held = co_await m.lock(token);
    co_return std::optional<held_lock>{std::move(held)};
}

failure lock_run::not_acquired() const
{
    const std::string taken = "did not get the lock " + quote(request_.name) + ": ";
    if (request_.try_only)
        return {exit_not_acquired, taken + "somebody else holds it or waits for it"};
    return {exit_not_acquired, taken + "still somebody else's turn after " +
                                   std::to_string(request_.timeout.value_or(0ms).count()) +
                                   " ms (--timeout)"};
}

/// The reason, if the release found the lock lost while it should have been held.
asio::awaitable<std::optional<errc>> lock_run::release(held_lock& held)
{
    begin_clean_up();
    const bool kept = held.held();
    auto token = quietly(clean_up_->slot());
    const auto outcome = co_await held.unlock(token);
    const error_code ec = std::get<0>(outcome);
    if (ec == errc::key_deleted)
        co_return errc::key_deleted;
    // Otherwise the lease ended while the release was under way: the work was covered.
    if (ec == errc::session_lost && !kept)
        co_return errc::session_lost;
    co_return std::nullopt;
}

asio::awaitable<void> lock_run::close(session s)
{
    if (!clean_up_)
        begin_clean_up();
    error_code ec = asio::error::operation_aborted;
    if (!clean_up_->over()) {
        auto token = quietly(clean_up_->slot());
        const auto outcome = co_await s.close(token);
        ec = std::get<0>(outcome);
    }
    if (ec && ec != errc::session_closed && ec != errc::session_lost)
        complain("could not tell etcd" + clean_up_->why() + " that we are done with " + quote(request_.name) +
                 "; what is left of us there ends by itself within " + std::to_string(s.ttl().count()) +
                 " s");
}

void lock_run::begin_clean_up()
{
    clean_up_.emplace(
        io_, std::min<std::chrono::milliseconds>(request_.connection.request_timeout, longest_clean_up));
    if (impatient_)
        clean_up_->hurry();
}

// ---------------------------------------------------------------------------
// While the lock is held
// ---------------------------------------------------------------------------

void lock_run::watch_loss(const held_lock& held, std::chrono::milliseconds ahead)
{
    held.lost(ahead, [this](error_code ec, errc reason) {
        if (ec)
            return;  // released
        lost_ = reason;
        changed_.notify();
    });
}

void lock_run::on_signal(signal_event event)
{
    if (event.number == SIGCHLD) {
        if (command_)
            command_->reap();
    } else if (clean_up_) {
        clean_up_->hurry();
    } else if (command_ && command_->exit_status()) {
        impatient_ = true;
    } else if (command_) {
        // From the terminal, the command has got it itself.
        if (!event.from_terminal)
            command_->send(event.number);
    } else if (stopped_by_) {
        impatient_ = true;
    } else {
        stopped_by_ = event.number;
        stop_.emit(asio::cancellation_type::terminal);
    }
    changed_.notify();
}

asio::awaitable<int> lock_run::hold(held_lock& held)
{
    watch_loss(held, 0ms);
    print(held.key());
    while (!stopped_by_ && !lost_) {
        auto change = changed_.wait();
        co_await std::move(change);
    }
    if (lost_) {
        complain("lost the lock " + quote(request_.name) + ": " + describe(*lost_));
        co_return exit_lost;
    }
    co_return *stopped_by_ == SIGINT || *stopped_by_ == SIGTERM ? exit_success : signalled(*stopped_by_);
}

asio::awaitable<int> lock_run::supervise(held_lock& held, ending_plan plan)
{
    child_process::variables variables;
    variables.emplace_back("ETCD_LOCK_KEY", held.key());
    variables.emplace_back("ETCD_LOCK_REV", std::to_string(held.token().revision));
    variables.emplace_back("LEASEHOLD_TOKEN", to_string(held.token()));

    watch_loss(held, plan.ask_ahead);
    // What came while nobody looked: the command would not get it.
    signals_.poll();
    if (stopped_by_)
        co_return signalled(*stopped_by_);
    command_.emplace(request_.command, request_.environment, variables, signals_);
    while (!command_->exit_status() && !lost_) {
        auto change = changed_.wait();
        co_await std::move(change);
    }
    if (lost_) {
        auto ending = end_command(held, plan);
        co_await std::move(ending);
        co_return exit_lost;
    }
    co_return *command_->exit_status();
}

/// SIGTERM now and SIGKILL before the deadline, to the command and all that descends from it. Where the lock
/// is somebody else's already, there is less time between them.
asio::awaitable<void> lock_run::end_command(const held_lock& held, ending_plan plan)
{
    complain("lost the lock " + quote(request_.name) + ": " + describe(*lost_) + "; ending the command");
    const auto now = std::chrono::steady_clock::now();
    std::chrono::nanoseconds left = held.deadline() - boot_clock::now() - plan.kill_ahead;
    if (*lost_ == errc::key_deleted)
        left = plan.kill_ahead;
    const auto kill_at =
        now + std::clamp<std::chrono::nanoseconds>(left, 0ns, plan.ask_ahead - plan.kill_ahead);

    command_->reap();
    command_->send_to_all(SIGTERM);
    command_->send_to_all(SIGCONT);
    while (command_->any_left() && std::chrono::steady_clock::now() < kill_at) {
        auto change = changed_.wait_until(kill_at);
        co_await std::move(change);
        command_->reap();
    }

    auto ended = kill_command(held);
    co_await std::move(ended);
    // On a machine that stood still.
    if (*lost_ != errc::key_deleted && !held.held())
        complain(
            "the command still ran when the lease ended, or may have: somebody else may have held the "
            "lock beside it");
}

/// One that cannot be killed (another user's, or in the midst of a system call) keeps the lock, if the lease
/// could be renewed after all.
asio::awaitable<void> lock_run::kill_command(const held_lock& held)
{
    const auto give_up_at = std::chrono::steady_clock::now() + longest_kill;
    auto pause = std::chrono::milliseconds{10};
    bool told = false;
    while (command_->any_left()) {
        command_->send_to_all(SIGKILL);
        auto change = changed_.wait_until(std::chrono::steady_clock::now() + pause);
        co_await std::move(change);
        command_->reap();
        if (!command_->any_left() || std::chrono::steady_clock::now() < give_up_at)
            continue;
        const bool kept = held.held();
        if (!std::exchange(told, true))
            complain(kept ? "the command does not end, though killed; the lock is kept until it does"
                          : "the command does not end, though killed");
        if (!kept)
            break;
        pause = 1s;
    }
}

}  // namespace leasehold::cli
