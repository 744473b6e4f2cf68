// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "activity.hpp"
#include "call_context.hpp"
#include "completion_queue.hpp"
#include "convert.hpp"

#include <rpc/transport.hpp>

#include <google/protobuf/arena.h>
#include <grpcpp/support/async_unary_call.h>

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

namespace leasehold::rpc {

/// One call: `Response` is the message received, `Result` the struct handed on.
template <class Response, class Result>
class unary_call final : public activity {
public:
    using reader = std::unique_ptr<grpc::ClientAsyncResponseReader<Response>>;

    /// `start` is a generated stub's Async... function with its request bound.
    template <class Start>
    static void run(completion_queue& queue, boot_clock::time_point deadline, unary_handler<Result> handler,
                    Start start)
    {
        auto* call = new unary_call{std::move(handler)};
        set_deadline(call->context_, deadline);
        call->reader_ = start(&call->context_, queue.enlist(*call));
        call->reader_->Finish(call->response_, &call->status_, &call->finished_);
    }

private:
    explicit unary_call(unary_handler<Result> handler) : handler_{std::move(handler)} { prepare(context_); }

    void complete(int, bool) override
    {
        std::unique_ptr<unary_call> self{this};
        core::status status = to_status(status_);
        Result result = status.ok() ? from_proto(*response_) : Result{};
        const unary_handler<Result> handler = std::move(handler_);
        self.reset();  // before user code: see activity::complete
        handler(std::move(status), std::move(result));
    }

    void cancel() noexcept override { context_.TryCancel(); }

    google::protobuf::ArenaOptions arena_options()
    {
        google::protobuf::ArenaOptions options;
        options.initial_block = block_.data();
        options.initial_block_size = block_.size();
        options.start_block_size = 1024;
        options.max_block_size = 64 * 1024;
        return options;
    }

    unary_handler<Result> handler_;
    grpc::ClientContext context_;
    grpc::Status status_;
    reader reader_;
    // A transaction's answer is many small messages. This block is for the outermost;
    // the thread that parses the others gets blocks of its own.
    alignas(std::max_align_t) std::array<char, 512> block_;
    google::protobuf::Arena arena_{arena_options()};
    Response* response_ = Response::default_instance().New(&arena_);
    tag finished_{this, 0};
};

}  // namespace leasehold::rpc
