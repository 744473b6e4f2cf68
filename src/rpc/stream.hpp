// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "activity.hpp"
#include "call_context.hpp"
#include "completion_queue.hpp"
#include "convert.hpp"

#include <rpc/transport.hpp>

#include <grpcpp/support/async_stream.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

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

/**
 * \brief One bidirectional call, of etcd's `Request` and `Response`; received messages reach the handler as
 * `Message`.
 *
 * gRPC has one write and one read in flight at a time. The queue's thread goes on to the next itself, so that
 * a visit to the strand takes along all messages that came until it runs.
 */
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
        const std::lock_guard lock{self->mutex_};
        self->call_ = prepare_call(&self->context_, queue.enlist(*self));
        ++self->out_;
        self->call_->StartCall(&self->started_);
    }

    void send(Request&& request)
    {
        const std::lock_guard lock{mutex_};
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

    // ---- on the queue's thread; requests also come from the strand ----

    bool arrive(int s, bool ok) override
    {
        const std::lock_guard lock{mutex_};
        --out_;
        if (s == write || s == start)
            writable_ = ok && !ending_;
        if (!cancelled_)
            go_on(s, ok);
        const bool news = !messages_.empty() || finished_ || (cancelled_ && out_ == 0);
        return news && !std::exchange(visiting_, true);
    }

    void go_on(int s, bool ok)
    {
        if (s == finish) {
            finished_ = true;
        } else if (s == read && ok) {
            messages_.push_back(from_proto(response_));
            read_next();
        } else if (s == read || (s == start && !ok)) {
            ending_ = true;
            writable_ = false;
            ++out_;
            call_->Finish(&status_, &finished_tag_);
        } else {  // a write that failed is followed by a read that fails
            if (s == start)
                read_next();
            write_next();
        }
    }

    void write_next()
    {
        if (!writable_ || requests_.empty())
            return;
        writable_ = false;
        grpc::WriteOptions options;
        if (requests_.size() > 1)
            options.set_buffer_hint();  // one packet for what is queued
        ++out_;
        call_->Write(requests_.front(), options, &wrote_);
        requests_.pop_front();
    }

    /// Unless the strand has enough to do: then it is for the visit to go on.
    void read_next()
    {
        constexpr std::size_t enough = 32;  // of up to some MB each
        paused_ = messages_.size() >= enough;
        if (paused_)
            return;
        ++out_;
        call_->Read(&response_, &got_);
    }

    // ---- on the strand ----

    void complete(int, bool) override
    {
        // A handler may shut the transport down, which deletes this.
        const std::weak_ptr<const void> here = here_;
        const auto handler = handler_;
        const bool over = begin_visit();
        try {
            while (handler_ != nullptr && !delivering_.empty()) {
                Message m = std::move(delivering_.front());
                delivering_.pop_front();
                handler->on_message(std::move(m));
                if (here.expired())
                    return;
            }
        } catch (...) {
            if (!here.expired())
                visit_again();
            throw;
        }
        if (over && handler_ != nullptr) {
            auto status = to_status(status_);
            cancel();
            detach();
            handler->on_closed(std::move(status));
            if (here.expired())
                return;
        }
        if (done())
            delete this;
    }

    /// Whether the stream is over with what has been received.
    bool begin_visit()
    {
        const std::lock_guard lock{mutex_};
        visiting_ = false;
        std::move(messages_.begin(), messages_.end(), std::back_inserter(delivering_));
        messages_.clear();
        if (std::exchange(paused_, false) && !cancelled_)
            read_next();
        return finished_;
    }

    void visit_again()
    {
        std::unique_lock lock{mutex_};
        const bool first = !std::exchange(visiting_, true);
        lock.unlock();
        const event e{&got_, true};
        if (first)
            box->put({&e, 1});
    }

    void discard() noexcept override
    {
        std::unique_lock lock{mutex_};
        visiting_ = false;
        lock.unlock();
        if (done())
            delete this;
    }

    bool done() noexcept override
    {
        const std::lock_guard lock{mutex_};
        return cancelled_ && out_ == 0 && !visiting_;
    }

    void cancel() noexcept override
    {
        const std::lock_guard lock{mutex_};
        cancelled_ = ending_ = true;
        writable_ = false;
        context_.TryCancel();
    }

    void detach() noexcept
    {
        if (owner_ != nullptr)
            owner_->stream_ = nullptr;
        owner_ = nullptr;
        const auto last = std::move(handler_);  // user code may run as it goes: nothing follows
    }

    // The strand's.
    end* owner_;
    std::shared_ptr<const stream_handler<Message>> handler_;  ///< null: nobody listens any more
    const std::shared_ptr<const bool> here_ = std::make_shared<const bool>(true);
    std::deque<Message> delivering_;

    // gRPC's, while a tag is out.
    grpc::ClientContext context_;
    call call_;
    Response response_;
    grpc::Status status_;
    tag started_{this, start};
    tag wrote_{this, write};
    tag got_{this, read};
    tag finished_tag_{this, finish};

    std::mutex mutex_;  ///< guards what follows
    std::deque<Request> requests_;
    std::vector<Message> messages_;
    int out_ = 0;  ///< tags
    bool writable_ = false;
    bool paused_ = false;    ///< no read is out: the strand has enough to do
    bool ending_ = false;    ///< nothing is written any more
    bool finished_ = false;  ///< with status_
    bool cancelled_ = false;
    bool visiting_ = false;  ///< an event is on its way to the strand
};

}  // namespace leasehold::rpc
