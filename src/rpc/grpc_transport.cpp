// SPDX-License-Identifier: Apache-2.0
#include "alarm.hpp"
#include "completion_queue.hpp"
#include "convert.hpp"
#include "endpoint.hpp"
#include "link_watch.hpp"
#include "lock_to_wire.hpp"
#include "streams.hpp"
#include "unary_call.hpp"

#include <rpc/grpc_transport.hpp>

#include <google/protobuf/arena.h>

#include <string>
#include <utility>

namespace leasehold::rpc {
namespace {

namespace pb = etcdserverpb;
using time_point = boot_clock::time_point;

class grpc_transport final : public transport {
public:
    grpc_transport(boost::asio::strand<boost::asio::any_io_executor> strand, channel_config config)
        : config_{std::move(config)}, queue_{std::move(strand)}, alarms_{queue_}
    {
        endpoints_.reserve(config_.targets.size());
        for (const core::endpoint& target : config_.targets)
            endpoints_.push_back(std::make_unique<endpoint>(target, config_));
    }

    ~grpc_transport() override { shutdown(); }

    void shutdown() noexcept override
    {
        // The waits on channel states end with the channels, and those with their last call.
        endpoints_.clear();
        queue_.shutdown();
        alarms_.clear();
        link_handler_.reset();
    }

    std::size_t endpoints() const noexcept override { return config_.targets.size(); }

    void on_link(link_handler handler) override
    {
        link_handler_ = std::make_shared<const link_handler>(std::move(handler));
    }

    void connect(std::size_t e) override
    {
        endpoint* to = find(e);
        if (to != nullptr && !std::exchange(to->watched, true))
            watch_link(queue_, e, config_.targets[e].target, to->channel(), link_handler_);
    }

    time_point now() const noexcept override { return boot_clock::now(); }

    void on_alarm(std::function<void()> handler) override { alarms_.on_alarm(std::move(handler)); }

    void alarm_at(time_point when) override
    {
        if (!queue_.closed())
            alarms_.at(when);
    }

    void range(std::size_t e, const get_request& r, time_point deadline, unary_handler<get_result> h) override
    {
        call(e, &endpoint::kv, &pb::KV::Stub::AsyncRange, r, token_, deadline, std::move(h));
    }

    void put(std::size_t e, const put_request& r, time_point deadline, unary_handler<put_result> h) override
    {
        call(e, &endpoint::kv, &pb::KV::Stub::AsyncPut, r, token_, deadline, std::move(h));
    }

    void remove(std::size_t e, const remove_request& r, time_point deadline,
                unary_handler<remove_result> h) override
    {
        call(e, &endpoint::kv, &pb::KV::Stub::AsyncDeleteRange, r, token_, deadline, std::move(h));
    }

    void txn(std::size_t e, const transaction& r, time_point deadline,
             unary_handler<transaction_result> h) override
    {
        call(e, &endpoint::kv, &pb::KV::Stub::AsyncTxn, r, token_, deadline, std::move(h));
    }

    void txn(std::size_t e, std::span<const core::lock_request> list, time_point deadline,
             unary_handler<transaction_result> h) override
    {
        endpoint* to = find(e);
        if (to == nullptr)
            return;
        to_wire(list, lock_requests_);
        const auto written = lock_requests_.bytes();
        const grpc::Slice bytes{written.data(), written.size()};
        static const std::string method = "/etcdserverpb.KV/Txn";
        using reader = unary_call<pb::TxnResponse, transaction_result>;
        reader::run(queue_, deadline, std::move(h), [&](auto* context, auto* cq) {
            authorize(*context, token_);
            auto answer = to->lock_kv.PrepareUnaryCall(context, method, grpc::ByteBuffer{&bytes, 1}, cq);
            answer->StartCall();
            return answer;
        });
    }

    void lease_grant(std::size_t e, lease_id lease, std::chrono::seconds ttl, time_point deadline,
                     unary_handler<core::lease_grant_result> h) override
    {
        call(e, &endpoint::lease, &pb::Lease::Stub::AsyncLeaseGrant, lease_grant_request{lease, ttl}, token_,
             deadline, std::move(h));
    }

    void lease_revoke(std::size_t e, lease_id lease, time_point deadline, unary_handler<revision> h) override
    {
        call(e, &endpoint::lease, &pb::Lease::Stub::AsyncLeaseRevoke, lease_revoke_request{lease}, token_,
             deadline, std::move(h));
    }

    void lease_time_to_live(std::size_t e, lease_id lease, bool with_keys, time_point deadline,
                            unary_handler<core::lease_time_to_live_result> h) override
    {
        call(e, &endpoint::lease, &pb::Lease::Stub::AsyncLeaseTimeToLive,
             lease_time_to_live_request{lease, with_keys}, token_, deadline, std::move(h));
    }

    void authenticate(std::size_t e, const core::credentials& who, time_point deadline,
                      unary_handler<std::string> h) override
    {
        // Without the token that is to be replaced: an etcd might refuse even this for it.
        call(e, &endpoint::auth, &pb::Auth::Stub::AsyncAuthenticate, who, {}, deadline, std::move(h));
    }

    void set_token(std::string token) override { token_ = std::move(token); }

    std::unique_ptr<keep_alive_stream> open_keep_alive(std::size_t e,
                                                       stream_handler<core::lease_renewal> h) override
    {
        return rpc::open_keep_alive(queue_, find(e), token_, std::move(h));
    }

    std::unique_ptr<watch_stream> open_watch(std::size_t e, stream_handler<core::watch_message> h) override
    {
        return rpc::open_watch(queue_, find(e), token_, std::move(h));
    }

private:
    /// Null once shut down: then nothing may be started any more.
    endpoint* find(std::size_t e) { return queue_.closed() ? nullptr : endpoints_.at(e).get(); }

    template <class Stub, class Request, class Response>
    using method = std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> (Stub::*)(
        grpc::ClientContext*, const Request&, grpc::CompletionQueue*);

    template <class Stub, class Request, class Response, class From, class Result>
    void call(std::size_t e, Stub endpoint::* stub, method<Stub, Request, Response> start, const From& from,
              const std::string& token, time_point deadline, unary_handler<Result> handler)
    {
        endpoint* to = find(e);
        if (to == nullptr)
            return;
        Request* request = Request::default_instance().New(&requests_);
        to_proto(from, *request);
        unary_call<Response, Result>::run(queue_, deadline, std::move(handler), [&](auto* context, auto* cq) {
            authorize(*context, token);
            return ((to->*stub).*start)(context, *request, cq);  // which serialises it
        });
        requests_.Reset();
    }

    google::protobuf::ArenaOptions arena_options()
    {
        google::protobuf::ArenaOptions options;
        options.initial_block = block_.data();
        options.initial_block_size = block_.size();
        options.max_block_size = block_.size();
        return options;
    }

    channel_config config_;
    std::vector<std::unique_ptr<endpoint>> endpoints_;
    std::string token_;
    std::shared_ptr<const link_handler> link_handler_;
    completion_queue queue_;
    alarms alarms_;
    std::vector<char> block_ = std::vector<char>(32 * 1024);
    google::protobuf::Arena requests_{arena_options()};  ///< holds one request at a time
    wire_writer lock_requests_;                          ///< has the last one
};

}  // namespace

std::unique_ptr<transport> make_grpc_transport(boost::asio::strand<boost::asio::any_io_executor> strand,
                                               channel_config config)
{
    return std::make_unique<grpc_transport>(std::move(strand), std::move(config));
}

}  // namespace leasehold::rpc
