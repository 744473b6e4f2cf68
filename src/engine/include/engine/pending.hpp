// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <engine/cluster.hpp>

#include <leasehold/detail/operation.hpp>

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <forward_list>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace leasehold::engine {

/// Of what cannot be taken back: after a total cancellation nothing must have happened.
constexpr auto with_effects = asio::cancellation_type::terminal | asio::cancellation_type::partial;

/**
 * A user's operation while it is pending: completes at most once, and on the user's cancellation at once.
 *
 * The user's slot never touches the engine directly: it posts to the strand through a weak pointer, so
 * neither a late signal nor a destroyed engine does harm. Members are called on the strand but for `make`.
 */
template <class... T>
class pending : public std::enable_shared_from_this<pending<T...>> {
public:
    using completion = detail::completion<T...>;
    using pointer = std::shared_ptr<pending>;
    using list = std::vector<pointer>;

    /// Called where the operation is initiated, on the user's thread. Cancelled by any of the types given.
    static pointer make(const std::shared_ptr<cluster>& c, completion done,
                        asio::cancellation_type by = asio::cancellation_type::all)
    {
        auto op = std::make_shared<pending>(std::move(done));
        if (auto slot = op->done_.slot(); slot.is_connected()) {
            op->cancellable_ = true;
            // Not the user's own pointer: the operation outlives the last handle.
            slot.assign(
                [weak = std::weak_ptr{op}, c = c->weak_from_this(), by](asio::cancellation_type type) {
                    if ((type & by) == asio::cancellation_type::none)
                        return;
                    if (const auto engine = c.lock())
                        engine->run([weak] {
                            if (const auto alive = weak.lock())
                                alive->cancel();
                        });
                });
        }
        return op;
    }

    explicit pending(completion done) : done_{std::move(done)} {}

    bool finished() const noexcept { return !done_; }
    /// Whether anybody can cancel it.
    bool cancellable() const noexcept { return cancellable_; }
    /// What else is to be done when the user cancels. Not called when it has completed before.
    void on_cancel(std::function<void()> hook)
    {
        on_cancel_ = std::make_unique<std::function<void()>>(std::move(hook));
    }

    void succeed(T... values)
    {
        if (auto done = take())
            std::move(done).succeed(std::move(values)...);
    }

    void fail(failure why)
    {
        if (auto done = take())
            std::move(done).fail(std::move(why));
    }

    void cancel()
    {
        if (finished())
            return;
        const auto hook = std::exchange(on_cancel_, {});
        const auto self = this->shared_from_this();
        fail({asio::error::operation_aborted, {}});
        if (hook)
            (*hook)();
    }

private:
    /// Empty when it has completed.
    completion take()
    {
        on_cancel_.reset();
        return std::move(done_);
    }

    completion done_;
    bool cancellable_ = false;
    std::unique_ptr<std::function<void()>> on_cancel_;  // most have none
};

/// Takes the finished ones out of a list, so that it does not grow with cancelled waits.
template <class List>
void prune(List& list)
{
    std::erase_if(list, [](const auto& op) { return op->finished(); });
}

}  // namespace leasehold::engine
