// SPDX-License-Identifier: Apache-2.0
#include "top_run.hpp"

#include "exit_code.hpp"
#include "looking.hpp"
#include "output.hpp"
#include "report.hpp"
#include "terminal.hpp"

#include <boost/asio/co_spawn.hpp>

#include <csignal>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>
namespace leasehold::cli {

namespace {

constexpr std::size_t usual_width = 80;

std::chrono::sys_seconds now()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

top_run::top_run(top_request request)
    : request_{std::move(request)},
      view_{request_.prefix, request_.order},
      changed_{io_},
      keys_{io_},
      signals_{io_},
      client_{io_.get_executor(), request_.connection}
{}

int top_run::run()
{
    asio::co_spawn(io_, flow(), [this](std::exception_ptr e) {
        error_ = std::move(e);
        io_.stop();
    });
    try {
        io_.run();
        screen_.reset();  // messages belong on the terminal as it was
        keys_.release();  // standard input is not ours to close
        if (error_)
            std::rethrow_exception(error_);
    } catch (const boost::system::system_error& e) {
        throw explain(e, listing_of(request_.prefix));
    }
    return code_;
}

asio::awaitable<void> top_run::flow()
{
    auto first = refresh();
    co_await std::move(first);
    const bool live = !request_.once && terminal_is_screen();
    if (live)
        open_screen();
    auto leases = refresh_ttls();
    co_await std::move(leases);
    if (!live) {
        print_once();
        co_return;
    }

    for (;;) {
        draw();
        if (!scrolled_ && std::chrono::steady_clock::now() < look_at_) {
            auto waiting = changed_.wait_until(look_at_);
            co_await std::move(waiting);
        }
        try {
            if (!scrolled_) {
                auto looking = refresh();
                co_await std::move(looking);
            }
            auto asking = refresh_ttls();
            co_await std::move(asking);
        } catch (const boost::system::system_error& e) {
            view_.warn(explain(e, listing_of(request_.prefix)).what());
            look_at_ = std::chrono::steady_clock::now() + request_.interval;
        }
    }
}

asio::awaitable<void> top_run::refresh()
{
    auto looking = find_locks(client_, request_.prefix, view_.rows());
    lock_listing found = co_await std::move(looking);
    view_.show(std::move(found), now());
    look_at_ = std::chrono::steady_clock::now() + request_.interval;
}

asio::awaitable<void> top_run::refresh_ttls()
{
    scrolled_ = false;
    auto leases = leases_of(screen_ ? view_.visible(screen_->height()) : std::span{view_.rows()});
    auto asking = find_ttls(client_, std::move(leases));
    const auto left = co_await std::move(asking);
    view_.set_ttls(left);
}

void top_run::print_once() const
{
    print(view_.all_lines(terminal_width().value_or(usual_width), now()));
}

// ---------------------------------------------------------------------------
// The terminal
// ---------------------------------------------------------------------------

void top_run::open_screen()
{
    // Before ncurses would catch them.
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGWINCH})
        signals_.add(number);
    keys_.assign(STDIN_FILENO);
    screen_.emplace();
    wait_for_signal();
    wait_for_keys();
}

void top_run::wait_for_keys()
{
    keys_.async_wait(asio::posix::descriptor_base::wait_read, [this](const error_code& ec) {
        if (ec == asio::error::operation_aborted)
            return;
        int waiting = 0;
        if (ec || ::ioctl(STDIN_FILENO, FIONREAD, &waiting) != 0 || waiting == 0)
            return end(signalled(SIGHUP));  // the terminal is gone
        while (const auto command = screen_->read_command())
            obey(*command);
        wait_for_keys();
    });
}

void top_run::wait_for_signal()
{
    signals_.async_wait([this](const error_code& ec, int number) {
        if (ec)
            return;
        if (number != SIGWINCH)
            return end(number == SIGHUP ? signalled(number) : exit_success);
        screen_->resize();
        scrolled_ = true;
        changed_.notify();
        draw();
        wait_for_signal();
    });
}

void top_run::obey(top_command command)
{
    if (command == top_command::quit)
        return end(exit_success);
    if (command == top_command::redraw)
        return draw(true);
    view_.obey(command, screen_->height());
    scrolled_ = true;
    changed_.notify();
    draw();
}

void top_run::draw(bool anew)
{
    screen_->draw(view_.screen(screen_->width(), screen_->height(), now()), anew);
}

void top_run::end(int code)
{
    code_ = code;
    io_.stop();
}

}  // namespace leasehold::cli
