// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checker.hpp"
#include "process.hpp"
#include "world.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <string>
#include <tuple>
#include <utility>

namespace leasehold::simulation {

/// How an operation of the library ended.
template <class... T>
struct outcome {
    error_code ec;
    std::string text;
    std::tuple<T...> values;

    bool ok() const noexcept { return !ec; }
    auto& value() { return std::get<0>(values); }
};

/// What an operation that runs and its handler share.
struct running_operation {
    running_operation(process& p, std::string w) : owner{p}, what{std::move(w)} {}

    process& owner;
    const std::string what;
    operation_number number = 0;
    asio::cancellation_signal signal;
    diagnostics diag;
    bool initiating = true;
};

/// A completion handler that sees to it that it is called exactly once, where and when it ought to be.
template <class Handler, class... T>
class checking_handler {
public:
    using executor_type = asio::io_context::executor_type;
    using cancellation_slot_type = asio::cancellation_slot;

    checking_handler(std::shared_ptr<running_operation> o, Handler h)
        : operation_{std::move(o)}, inner_{std::move(h)}
    {}
    checking_handler(checking_handler&&) noexcept = default;
    checking_handler& operator=(const checking_handler&) = delete;
    ~checking_handler()
    {
        if (operation_ && !operation_->owner.dying())
            checker().dropped(operation_->number);
    }

    executor_type get_executor() const noexcept { return operation_->owner.io().get_executor(); }
    cancellation_slot_type get_cancellation_slot() const noexcept { return operation_->signal.slot(); }
    diagnostics* get_diagnostics_target() const noexcept { return &operation_->diag; }

    void operator()(error_code ec, T... values)
    {
        const auto op = std::move(operation_);
        if (op->initiating)
            op->owner.world().checker().fail(op->what + " completed inside its initiating function");
        op->owner.world().checker().ended(op->number, ec);
        std::move(inner_)(outcome<T...>{ec, op->diag.message, std::tuple<T...>{std::move(values)...}});
    }

private:
    simulation::checker& checker() const noexcept { return operation_->owner.world().checker(); }

    std::shared_ptr<running_operation> operation_;
    Handler inner_;
};

/// Cancels it some steps from now; what is over by then is not disturbed.
void cancel_later(const std::shared_ptr<running_operation>& op);

/// Performs `start(handler)`, an operation of the library, under the checker's eyes. Now and then it is
/// cancelled.
template <class... T, class Start>
asio::awaitable<outcome<T...>> perform(process& p, std::string what, Start start)
{
    auto op = std::make_shared<running_operation>(p, std::move(what));
    auto initiation = [op, start = std::move(start)](auto handler) mutable {
        op->number = op->owner.world().checker().begun(op->owner, op->what);
        cancel_later(op);
        start(checking_handler<decltype(handler), T...>{op, std::move(handler)});
        op->initiating = false;
    };
    auto pending = asio::async_initiate<const asio::use_awaitable_t<>, void(outcome<T...>)>(
        std::move(initiation), asio::use_awaitable);
    co_return co_await std::move(pending);
}

}  // namespace leasehold::simulation
