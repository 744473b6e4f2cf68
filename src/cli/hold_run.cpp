// SPDX-License-Identifier: Apache-2.0
#include "hold_run.hpp"

#include "exit_code.hpp"
#include "output.hpp"
#include "report.hpp"

#include <view/text.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <utility>

namespace leasehold::cli {

using namespace std::chrono_literals;

namespace {

constexpr auto longest_release = 5s;               // and the end of the session, when etcd does not answer
constexpr std::chrono::milliseconds hurried = 1s;  // the same, when somebody is impatient

std::string line_of(const ownership_change& change)
{
    if (change.owned)
        return "owned " + to_string(change.token);
    return change.why ? "not owned: " + change.text : "waiting";
}

}  // namespace

hold_run::hold_run(hold_request request) : request_{std::move(request)}
{
    signals_.emplace(io_);
    names_.emplace(client{io_.get_executor(), request_.connection}, request_.options);
    signals_->handle([this](signal_event event) { on_signal(event); });
}

hold_run::~hold_run()
{
    clean_up_.reset();  // its timer belongs to io_
}

int hold_run::run()
{
    int code = exit_lost;
    std::exception_ptr error;
    asio::co_spawn(io_, flow(), [&](std::exception_ptr e, int result) {
        error = std::move(e);
        code = result;
        io_.stop();
    });
    io_.run();

    say_farewell();
    if (error)
        std::rethrow_exception(error);
    return code;
}

/// The session ends with the last handle of its client, and takes a place in the queue along; then there is
/// nothing left to do.
void hold_run::say_farewell()
{
    const bool given_up = clean_up_ && clean_up_->over();
    names_.reset();
    clean_up_.reset();
    signals_->stop_waiting();
    io_.restart();
    const auto now = [] { return std::chrono::steady_clock::now(); };
    const auto least = now() + 200ms;
    const auto limit = [&] {
        const auto whole = longest_of_release();
        return std::max(least, release_began_ + (impatient_ ? std::min(whole, hurried) : whole));
    };
    while (!io_.stopped() && now() < limit()) {
        io_.run_for(50ms);
        signals_->poll();
    }
    io_.poll();  // after a standstill, the answers are there
    if (!io_.stopped() && !given_up)
        complain_of_silence(impatient_ ? ", hurried by another signal," : "");
}

std::chrono::milliseconds hold_run::longest_of_release() const
{
    return std::min<std::chrono::milliseconds>(request_.connection.request_timeout, longest_release);
}

void hold_run::complain_of_silence(const std::string& why) const
{
    complain("could not tell etcd" + why + " that we are done with " + quote(request_.name) +
             "; what is left of us there, if anything, ends by itself within the time to live");
}

asio::awaitable<int> hold_run::flow()
{
    claim held = names_->claim(request_.name, request_.value);
    std::exception_ptr error;
    try {
        auto following = follow(held.ownership());
        co_await std::move(following);
    } catch (...) {
        error = std::current_exception();
    }
    auto releasing = release(held);
    co_await std::move(releasing);
    if (error)
        std::rethrow_exception(error);
    co_return *stopped_by_ == SIGINT || *stopped_by_ == SIGTERM ? exit_success : signalled(*stopped_by_);
}

/// Until a signal.
asio::awaitable<void> hold_run::follow(ownership_watcher changes)
{
    while (!stopped_by_) {
        auto token = quietly(stop_.slot());
        const auto outcome = co_await changes.next(token);
        if (std::get<0>(outcome))
            continue;
        const auto& change = std::get<1>(outcome);
        // Nobody could give it another value.
        if (change.why == errc::invalid_request)
            throw failure{exit_usage, change.text};
        print(escape(line_of(change)));
    }
}

asio::awaitable<void> hold_run::release(claim& held)
{
    release_began_ = std::chrono::steady_clock::now();
    clean_up_.emplace(io_, longest_of_release());
    if (impatient_)
        clean_up_->hurry();
    auto token = quietly(clean_up_->slot());
    const auto outcome = co_await held.release(token);
    if (std::get<0>(outcome) == asio::error::operation_aborted)
        complain_of_silence(clean_up_->why());
}

void hold_run::on_signal(signal_event event)
{
    if (event.number == SIGCHLD)
        return;
    if (stopped_by_) {
        impatient_ = true;
        if (clean_up_)
            clean_up_->hurry();
        return;
    }
    stopped_by_ = event.number;
    stop_.emit(asio::cancellation_type::terminal);
}

}  // namespace leasehold::cli
