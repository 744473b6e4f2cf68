// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "activity.hpp"
#include "call_context.hpp"
#include "completion_queue.hpp"
#include "convert.hpp"

#include <rpc/transport.hpp>

#include <grpcpp/support/async_stream.h>

#include <deque>
#include <memory>
#include <utility>

namespace leasehold::rpc {

template <class Request, class Response, class Message>
class stream;

/// The owner's end of a stream: cancels it when destroyed. The stream itself
/// lives on until its tags are back, and may also end first.
template <class Request, class Response, class Message>
class stream_end {
public:
    using stream_type = stream<Request, Response, Message>;

    stream_end() = default;
    stream_end(const stream_end&) = delete;
    stream_end& operator=(const stream_end&) = delete;
    ~stream_end()
    {
        if (stream_ != nullptr)
            stream_->abandon();
    }

    void send(Request&& request)
    {
        if (stream_ != nullptr)
            stream_->send(std::move(request));
    }

private:
    friend stream_type;
    stream_type* stream_ = nullptr;  ///< null when there is none any more
};

/// One bidirectional call, of etcd's `Request` and `Response`; received messages
/// reach the handler as `Message`. One write and one read are in flight at a time.
template <class Request, class Response, class Message>
class stream final : public activity {
public:
    using end = stream_end<Request, Response, Message>;
    using call = std::unique_ptr<grpc::ClientAsyncReaderWriter<Request, Response>>;

    /// `prepare_call` is a generated stub's PrepareAsync... function.
    template <class PrepareCall>
    static void open(completion_queue& queue, end& owner, stream_handler<Message> handler,
                     PrepareCall prepare_call)
    {
        auto* self = new stream{owner, std::move(handler)};
        self->call_ = prepare_call(&self->context_, queue.enlist(*self));
        self->call_->StartCall(self->depart(self->started_));
    }

    void send(Request&& request)
    {
        requests_.push_back(std::move(request));
        write_next();
    }

    /// The owner has gone, and wants to hear nothing any more.
    void abandon()
    {
        cancel();
        detach();
    }

private:
    enum step { start, write, read, finish };

    stream(end& owner, stream_handler<Message> handler)
        : owner_{&owner}, handler_{std::make_shared<const stream_handler<Message>>(std::move(handler))}
    {
        owner_->stream_ = this;
        prepare(context_);
        require_leader(context_);
    }

    ~stream() override { detach(); }

    void complete(int s, bool ok) override
    {
        if (s == write || s == start)
            writable_ = ok;
        if (handler_ == nullptr)
            delete_when_idle();
        else if (s == finish)
            close();
        else if (s == read && ok)
            deliver();
        else if (s == read || (s == start && !ok))
            call_->Finish(&status_, depart(finished_));
        else {  // a write that failed is followed by a read that fails
            if (s == start)
                read_next();
            write_next();
        }
    }

    void cancel() noexcept override
    {
        writable_ = false;
        context_.TryCancel();
    }

    void write_next()
    {
        if (!writable_ || requests_.empty())
            return;
        writable_ = false;
        grpc::WriteOptions options;
        if (requests_.size() > 1)
            options.set_buffer_hint();  // one packet for what is queued
        call_->Write(requests_.front(), options, depart(wrote_));
        requests_.pop_front();
    }

    void read_next() { call_->Read(&response_, depart(got_)); }

    void deliver()
    {
        const auto handler = handler_;
        Message message = from_proto(response_);
        read_next();
        handler->on_message(std::move(message));
    }

    void close()
    {
        const auto handler = handler_;
        core::status status = to_status(status_);
        detach();
        delete_when_idle();
        handler->on_closed(std::move(status));
    }

    void detach() noexcept
    {
        if (owner_ != nullptr)
            owner_->stream_ = nullptr;
        owner_ = nullptr;
        const auto last = std::move(handler_);  // user code may run as it goes: nothing follows
    }

    void delete_when_idle()
    {
        if (idle())
            delete this;
    }

    end* owner_;
    std::shared_ptr<const stream_handler<Message>> handler_;  ///< null: nobody listens any more
    grpc::ClientContext context_;
    call call_;
    std::deque<Request> requests_;
    bool writable_ = false;
    Response response_;
    grpc::Status status_;
    tag started_{this, start};
    tag wrote_{this, write};
    tag got_{this, read};
    tag finished_{this, finish};
};

}  // namespace leasehold::rpc
