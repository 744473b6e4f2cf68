// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/diagnostics.hpp>
#include <leasehold/errc.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace leasehold {

namespace asio = boost::asio;

namespace detail {

/// How an operation ended: an error and what belongs to it.
struct failure {
    error_code code;
    std::string text;
};

/**
 * A user's completion handler on its way through the engine. Holds outstanding
 * work on the I/O executor and on the handler's, and completes exactly once, by
 * a post to the latter; destroyed uncompleted only when the execution context
 * shuts down.
 */
template <class... T>
class completion {
public:
    using handler_type = asio::any_completion_handler<void(error_code, T...)>;

    completion(handler_type handler, const asio::any_io_executor& io, const asio::any_io_executor& associated,
               diagnostics* target)
        : io_{io == associated ? nullptr : std::make_unique<asio::any_io_executor>(tracked(io))},
          executor_{tracked(associated)},
          handler_{std::move(handler)},
          target_{target}
    {}

    asio::cancellation_slot slot() const noexcept { return asio::get_associated_cancellation_slot(handler_); }
    explicit operator bool() const noexcept { return static_cast<bool>(handler_); }

    void succeed(T... values) && { std::move(*this).finish({}, std::move(values)...); }
    void fail(failure why) && { std::move(*this).finish(std::move(why), T{}...); }
    void fail(error_code ec) && { std::move(*this).finish(failure{ec, {}}, T{}...); }

private:
    static asio::any_io_executor tracked(const asio::any_io_executor& e)
    {
        return asio::prefer(e, asio::execution::outstanding_work.tracked);
    }

    struct delivery {
        handler_type handler;
        diagnostics* target;
        failure why;
        std::tuple<T...> values;

        void operator()()
        {
            // The cancellation slot is not touched: the signal may be gone, and what we left there does no
            // harm.
            if (target)
                target->message = std::move(why.text);
            std::apply([this](T&... v) { std::move(handler)(why.code, std::move(v)...); }, values);
        }
    };

    void finish(failure why, T... values) &&
    {
        asio::post(executor_, delivery{std::move(handler_), target_, std::move(why),
                                       std::tuple<T...>{std::move(values)...}});
    }

    std::unique_ptr<asio::any_io_executor> io_;  ///< none where it is the handler's
    asio::any_io_executor executor_;
    handler_type handler_;
    diagnostics* target_;
};

/// Initiates `start(completion<T...>)`, a compiled function, with the handler's type erased.
template <class Start, class... T>
struct initiation {
    using executor_type = asio::any_io_executor;

    executor_type executor;
    Start start;

    executor_type get_executor() const noexcept { return executor; }

    template <class Handler>
    void operator()(Handler&& handler) &&
    {
        diagnostics* target = associated_diagnostics<std::decay_t<Handler>>::get(handler);
        if (target)
            target->message.clear();
        // any_completion_executor cannot post (Asio 1.26), so the executor is erased separately.
        static_assert(
            std::is_convertible_v<asio::associated_executor_t<std::decay_t<Handler>, asio::any_io_executor>,
                                  asio::any_io_executor>,
            "the handler's associated executor must fit into asio::any_io_executor; bind one that "
            "does with asio::bind_executor");
        asio::any_io_executor associated = asio::get_associated_executor(handler, executor);
        std::move(start)(
            completion<T...>{typename completion<T...>::handler_type{std::forward<Handler>(handler)},
                             executor, associated, target});
    }

    template <class Handler>
    void operator()(Handler&& handler) const&
    {
        initiation{*this}(std::forward<Handler>(handler));
    }
};

template <class... T, class Token, class Start>
auto initiate(asio::any_io_executor executor, Token&& token, Start start)
{
    return asio::async_initiate<Token, void(error_code, T...)>(
        initiation<Start, T...>{std::move(executor), std::move(start)}, token);
}

}  // namespace detail
}  // namespace leasehold
