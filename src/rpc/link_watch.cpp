// SPDX-License-Identifier: Apache-2.0
#include "link_watch.hpp"

#include "call_context.hpp"
#include "unary_call.hpp"

#include <grpc/support/time.h>

#include <chrono>
#include <etcd_api/rpc.grpc.pb.h>
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
        : queue_{queue},
          grpc_queue_{queue.enlist(*this)},
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
        std::string why;
        if (state == link_state::failed) {
            why = "cannot connect to " + target_;
            ask_why();
        }
        if (handler != nullptr)
            (*handler)(endpoint_, state, std::move(why));
    }

    // A channel does not say why it failed, but a call on it fails at once and tells. Should it be connected
    // again by then, etcd refuses a request without a key.
    void ask_why()
    {
        const auto limit = boot_clock::now() + std::chrono::seconds{1};
        unary_call<etcdserverpb::RangeResponse, get_result>::run(
            queue_, limit,
            [this](const core::status& s, const get_result&) {
                const auto handler = handler_;
                if (handler != nullptr && !s.sent && to_link_state(state_) == link_state::failed)
                    (*handler)(endpoint_, link_state::failed,
                               "cannot connect to " + target_ + ": " + why_not_connected(s));
            },
            [this](auto* context, auto* cq) {
                return etcdserverpb::KV::NewStub(channel_)->AsyncRange(context, {}, cq);
            });
    }

    /// The last reference to a channel ends the wait at once; the limit only
    /// bounds shutdown should gRPC know no better.
    void wait()
    {
        const auto limit =
            gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(10, GPR_TIMESPAN));
        channel_->NotifyOnStateChange(state_, limit, grpc_queue_, &changed_);
    }

    void cancel() noexcept override { channel_.reset(); }

    completion_queue& queue_;
    grpc::CompletionQueue* grpc_queue_;
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
