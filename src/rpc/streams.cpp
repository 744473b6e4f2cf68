// SPDX-License-Identifier: Apache-2.0
#include "streams.hpp"

#include "convert.hpp"
#include "stream.hpp"

#include <string>
#include <utility>

namespace leasehold::rpc {
namespace {

namespace pb = etcdserverpb;

using lease_stream = stream<pb::LeaseKeepAliveRequest, pb::LeaseKeepAliveResponse, core::lease_renewal>;
using event_stream = stream<pb::WatchRequest, pb::WatchResponse, core::watch_message>;

struct keep_alive final : keep_alive_stream {
    void send(lease_id lease) override
    {
        pb::LeaseKeepAliveRequest request;
        request.set_id(lease);
        end.send(std::move(request));
    }

    lease_stream::end end;
};

struct watch final : watch_stream {
    void create(const core::watch_create& from) override
    {
        pb::WatchRequest request;
        to_proto(from, *request.mutable_create_request());
        end.send(std::move(request));
    }

    void cancel(core::watch_id id) override
    {
        pb::WatchRequest request;
        request.mutable_cancel_request()->set_watch_id(id);
        end.send(std::move(request));
    }

    event_stream::end end;
};

}  // namespace

std::unique_ptr<keep_alive_stream> open_keep_alive(completion_queue& queue, endpoint* to,
                                                   const std::string& token,
                                                   stream_handler<core::lease_renewal> handler)
{
    auto result = std::make_unique<keep_alive>();
    if (to != nullptr)
        lease_stream::open(queue, result->end, std::move(handler), [&](auto* context, auto* cq) {
            authorize(*context, token);
            return to->lease_stream.PrepareAsyncLeaseKeepAlive(context, cq);
        });
    return result;
}

std::unique_ptr<watch_stream> open_watch(completion_queue& queue, endpoint* to, const std::string& token,
                                         stream_handler<core::watch_message> handler)
{
    auto result = std::make_unique<watch>();
    if (to != nullptr)
        event_stream::open(queue, result->end, std::move(handler), [&](auto* context, auto* cq) {
            authorize(*context, token);
            return to->watch_stream.PrepareAsyncWatch(context, cq);
        });
    return result;
}

}  // namespace leasehold::rpc
