// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <leasehold/errc.hpp>

#include <boost/asio/associator.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace leasehold {

/// What an `error_code` cannot carry: the value at fault, the endpoints tried,
/// the server's words. Every operation that is given one clears it first.
struct diagnostics {
    std::string message;
};

/// An \ref errc together with its diagnostics, as \ref with_diagnostics throws
/// it. `what()` holds both.
class error : public boost::system::system_error {
public:
    error(error_code ec, diagnostics diag)
        : system_error{diag.message.empty() ? system_error{ec} : system_error{ec, diag.message}},
          diagnostics_{std::move(diag)}
    {}

    const diagnostics& get_diagnostics() const noexcept { return diagnostics_; }

private:
    diagnostics diagnostics_;
};

/**
 * \brief Asio associator: where a handler wants its operation's \ref diagnostics.
 *
 * Follows Asio's associator protocol, so it is found through `bind_executor`,
 * `bind_cancellation_slot`, `as_tuple` and the other adaptors. A handler type
 * of your own can specialise it, or have a member `get_diagnostics_target()`.
 */
template <class Handler, class Default = diagnostics*>
struct associated_diagnostics {
    using type = Default;

    static diagnostics* get(const Handler& handler, const Default& fallback = {}) noexcept
    {
        using nested = boost::asio::associator<associated_diagnostics, Handler, Default>;
        if constexpr (requires { handler.get_diagnostics_target(); })
            return handler.get_diagnostics_target();
        else if constexpr (requires { nested::get(handler, fallback); })
            return nested::get(handler, fallback);
        else
            return fallback;
    }
};

namespace detail {

template <class Token>
struct with_diagnostics_t {
    Token token;
};

template <class Token>
struct redirect_diagnostics_t {
    Token token;
    diagnostics* target;
};

/// Turns `(error_code, T...)` into `(exception_ptr, T...)`, the exception holding the diagnostics.
template <class Handler>
class with_diagnostics_handler {
public:
    explicit with_diagnostics_handler(Handler handler)
        : handler_{std::move(handler)}, diagnostics_{std::make_unique<diagnostics>()}
    {}

    diagnostics* get_diagnostics_target() const noexcept { return diagnostics_.get(); }
    const Handler& inner() const noexcept { return handler_; }

    template <class... T>
    void operator()(error_code ec, T... values)
    {
        std::exception_ptr failure;
        if (ec)
            failure = std::make_exception_ptr(error{ec, std::move(*diagnostics_)});
        std::move(handler_)(std::move(failure), std::move(values)...);
    }

private:
    Handler handler_;
    std::unique_ptr<diagnostics> diagnostics_;
};

template <class Handler>
class redirect_diagnostics_handler {
public:
    redirect_diagnostics_handler(Handler handler, diagnostics* target)
        : handler_{std::move(handler)}, target_{target}
    {}

    diagnostics* get_diagnostics_target() const noexcept { return target_; }
    const Handler& inner() const noexcept { return handler_; }

    template <class... T>
    void operator()(T&&... values)
    {
        std::move(handler_)(std::forward<T>(values)...);
    }

private:
    Handler handler_;
    diagnostics* target_;
};

/// An initiation's executor, where it has one: `asio::cancel_after` puts its timer there.
template <class Initiation>
struct wrapped_initiation {
    Initiation initiation;
};
template <class Initiation>
    requires requires(const Initiation& i) {
        typename Initiation::executor_type;
        i.get_executor();
    }
struct wrapped_initiation<Initiation> {
    using executor_type = typename Initiation::executor_type;

    executor_type get_executor() const noexcept { return initiation.get_executor(); }

    Initiation initiation;
};

template <class Initiation>
struct with_diagnostics_initiation : wrapped_initiation<Initiation> {
    template <class Handler, class... Args>
    void operator()(Handler&& handler, Args&&... args) &&
    {
        std::move(this->initiation)(
            with_diagnostics_handler<std::decay_t<Handler>>{std::forward<Handler>(handler)},
            std::forward<Args>(args)...);
    }
};

template <class Initiation>
struct redirect_diagnostics_initiation : wrapped_initiation<Initiation> {
    diagnostics* target;

    template <class Handler, class... Args>
    void operator()(Handler&& handler, Args&&... args) &&
    {
        std::move(this->initiation)(
            redirect_diagnostics_handler<std::decay_t<Handler>>{std::forward<Handler>(handler), target},
            std::forward<Args>(args)...);
    }
};

}  // namespace detail

/**
 * \brief Completion token adaptor: throw \ref error, whose `what()` says which
 * value was at fault, which endpoints were tried and what the server said.
 *
 * \code
 * auto held = co_await mutex.lock(leasehold::with_diagnostics());
 * \endcode
 *
 * Changes the completion signature from `void(error_code, T...)` to
 * `void(std::exception_ptr, T...)`. The default token is `use_awaitable`:
 * awaiting a `deferred` operation of that signature does not compile with the
 * Asio of Boost 1.81.
 */
template <class Token = boost::asio::use_awaitable_t<>>
auto with_diagnostics(Token&& token = {})
{
    return detail::with_diagnostics_t<std::decay_t<Token>>{std::forward<Token>(token)};
}

/**
 * \brief Completion token adaptor: write the operation's diagnostics to `target`.
 *
 * \pre `target` lives until the operation has completed.
 *
 * Leaves the completion signature as it is. `target` is written on the
 * handler's executor, before the handler runs.
 */
template <class Token = boost::asio::use_awaitable_t<>>
auto redirect_diagnostics(diagnostics& target, Token&& token = {})
{
    return detail::redirect_diagnostics_t<std::decay_t<Token>>{std::forward<Token>(token), &target};
}

}  // namespace leasehold

namespace boost::asio {

// The return types are spelled out so that asking for them, as Asio does with an initiation that cannot be
// begun, does not instantiate the bodies.

template <class Token, class... T>
class async_result<leasehold::detail::with_diagnostics_t<Token>, void(boost::system::error_code, T...)> {
    template <class Initiation>
    using wrapped = leasehold::detail::with_diagnostics_initiation<std::decay_t<Initiation>>;

public:
    template <class Initiation, class RawToken, class... Args>
    static auto initiate(Initiation&& initiation, RawToken&& adaptor, Args&&... args)
        -> decltype(async_initiate<Token, void(std::exception_ptr, T...)>(std::declval<wrapped<Initiation>>(),
                                                                          std::declval<Token&>(),
                                                                          std::declval<Args>()...))
    {
        Token token = std::forward<RawToken>(adaptor).token;
        return async_initiate<Token, void(std::exception_ptr, T...)>(
            wrapped<Initiation>{{std::forward<Initiation>(initiation)}}, token, std::forward<Args>(args)...);
    }
};

template <class Token, class Signature>
class async_result<leasehold::detail::redirect_diagnostics_t<Token>, Signature> {
    template <class Initiation>
    using wrapped = leasehold::detail::redirect_diagnostics_initiation<std::decay_t<Initiation>>;

public:
    template <class Initiation, class RawToken, class... Args>
    static auto initiate(Initiation&& initiation, RawToken&& adaptor, Args&&... args)
        -> decltype(async_initiate<Token, Signature>(std::declval<wrapped<Initiation>>(),
                                                     std::declval<Token&>(), std::declval<Args>()...))
    {
        auto* const target = adaptor.target;
        Token token = std::forward<RawToken>(adaptor).token;
        return async_initiate<Token, Signature>(
            wrapped<Initiation>{{std::forward<Initiation>(initiation)}, target}, token,
            std::forward<Args>(args)...);
    }
};

template <template <class, class> class Associator, class Handler, class Default>
struct associator<Associator, leasehold::detail::with_diagnostics_handler<Handler>, Default>
    : Associator<Handler, Default> {
    static auto get(const leasehold::detail::with_diagnostics_handler<Handler>& h) noexcept
    {
        return Associator<Handler, Default>::get(h.inner());
    }
    static auto get(const leasehold::detail::with_diagnostics_handler<Handler>& h, const Default& d) noexcept
    {
        return Associator<Handler, Default>::get(h.inner(), d);
    }
};

template <template <class, class> class Associator, class Handler, class Default>
struct associator<Associator, leasehold::detail::redirect_diagnostics_handler<Handler>, Default>
    : Associator<Handler, Default> {
    static auto get(const leasehold::detail::redirect_diagnostics_handler<Handler>& h) noexcept
    {
        return Associator<Handler, Default>::get(h.inner());
    }
    static auto get(const leasehold::detail::redirect_diagnostics_handler<Handler>& h,
                    const Default& d) noexcept
    {
        return Associator<Handler, Default>::get(h.inner(), d);
    }
};

}  // namespace boost::asio
