// SPDX-License-Identifier: Apache-2.0
#include "link_watch.hpp"

#include <grpc/support/time.h>

#include <utility>

namespace leasehold::rpc {
namespace {

link_state to_link_state(grpc_connectivity_state state)
{
    switch (state) {
    case GRPC_CHANNEL_IDLE:
        return link_state::idle;
    case GRPC_CHANNEL_CONNECTING:
        return link_state::connecting;
    case GRPC_CHANNEL_READY:
        return link_state::ready;
    case GRPC_CHANNEL_TRANSIENT_FAILURE:
    case GRPC_CHANNEL_SHUTDOWN:
        break;
    }
    return link_state::failed;
}

class link_watch final : public activity {
public:
    link_watch(completion_queue& queue, std::size_t endpoint, std::string target,
               std::shared_ptr<grpc::Channel> channel, const std::shared_ptr<const link_handler>& handler)
        : queue_{queue.enlist(*this)},
          endpoint_{endpoint},
          target_{std::move(target)},
          channel_{std::move(channel)},
          handler_{handler}
    {
        channel_->GetState(true);
        wait();
    }

private:
    void complete(int, bool) override
    {
        // Asking for the state also makes an idle channel connect.
        const grpc_connectivity_state before = std::exchange(state_, channel_->GetState(true));
        wait();
        if (state_ == before)
            return;
        const auto handler = handler_;
        const link_state state = to_link_state(state_);
        std::string why = state == link_state::failed ? "cannot connect to " + target_ : std::string{};
        if (handler != nullptr)
            (*handler)(endpoint_, state, std::move(why));
    }

    /// The last reference to a channel ends the wait at once; the limit only
    /// bounds shutdown should gRPC know no better.
    void wait()
    {
        const auto limit =
            gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(10, GPR_TIMESPAN));
        channel_->NotifyOnStateChange(state_, limit, queue_, &changed_);
    }

    void cancel() noexcept override { channel_.reset(); }

    grpc::CompletionQueue* queue_;
    std::size_t endpoint_;
    std::string target_;
    std::shared_ptr<grpc::Channel> channel_;
    const std::shared_ptr<const link_handler>& handler_;
    grpc_connectivity_state state_ = GRPC_CHANNEL_IDLE;
    tag changed_{this, 0};
};

}  // namespace

void watch_link(completion_queue& queue, std::size_t endpoint, std::string target,
                std::shared_ptr<grpc::Channel> channel, const std::shared_ptr<const link_handler>& handler)
{
    new link_watch{queue, endpoint, std::move(target), std::move(channel), handler};
}

}  // namespace leasehold::rpc
