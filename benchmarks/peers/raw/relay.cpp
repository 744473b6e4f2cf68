// SPDX-License-Identifier: Apache-2.0
#include "peers/raw/relay.hpp"

#include "common/process.hpp"
#include "peers/raw/lock_txn.hpp"
#include "peers/raw/long_lease.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace leasehold::bench {

namespace {

namespace pb = etcdserverpb;
using clock = std::chrono::steady_clock;

/// What a completion queue brings back.
struct tag {
    virtual ~tag() = default;
    virtual void done(bool ok) = 0;
};

/// One request, which deletes itself when its answer has been taken.
template <class Response, class Take>
struct call final : tag {
    explicit call(Take t) : take{std::move(t)} {}

    void done(bool) override
    {
        const std::unique_ptr<call> self{this};
        if (!status.ok())
            throw std::runtime_error{status.error_message()};
        take(response);
    }

    Take take;
    grpc::ClientContext context;
    grpc::Status status;
    Response response;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
};

/// What the sessions share.
struct relay {
    const relay_settings& settings;
    result& out;
    grpc::CompletionQueue queue{};
    std::size_t watching = 0;
    clock::time_point begin{};
    clock::time_point end{};
    clock::time_point released{};
    bool over = false;
};

/// The removals of one session's keys.
class removals final : public tag {
public:
    removals(relay& r, const std::shared_ptr<grpc::Channel>& channel) : relay_{r}, stub_{channel} {}

    void start(const std::string& key, std::function<void()> seen)
    {
        auto& create = *request_.mutable_create_request();
        create.set_key(key);
        create.set_range_end(key + '/');  // its other one too, and no other session's
        create.add_filters(pb::WatchCreateRequest::NOPUT);
        seen_ = std::move(seen);
        stream_ = stub_.AsyncWatch(&context_, &relay_.queue, this);
    }
    void stop() { context_.TryCancel(); }

    void done(bool ok) override
    {
        if (!ok)
            return;
        if (!std::exchange(open_, true))
            return stream_->Write(request_, this);
        if (!std::exchange(reading_, true))
            return stream_->Read(&response_, this);
        relay_.watching += response_.created();
        const bool removed = response_.events_size() != 0;
        stream_->Read(&response_, this);
        if (removed)
            seen_();
    }

private:
    relay& relay_;
    pb::Watch::Stub stub_;
    grpc::ClientContext context_;
    pb::WatchRequest request_;
    pb::WatchResponse response_;
    std::unique_ptr<grpc::ClientAsyncReaderWriter<pb::WatchRequest, pb::WatchResponse>> stream_;
    std::function<void()> seen_;
    bool open_ = false;
    bool reading_ = false;
};

/// One of those who want the lock, always behind the same other one.
class runner {
public:
    runner(relay& r, const std::shared_ptr<grpc::Channel>& channel)
        : relay_{r},
          kv_{channel},
          lease_{channel},
          lock_{"bench-raw-relay", lease_.id()},
          first_key_{lock_.key},
          before_{r, channel}
    {}

    const std::string& key() const { return first_key_; }
    bool queued() const { return lock_.owned_since != 0; }
    void follow(const runner& other)
    {
        before_.start(other.key(), [this] {
            gone_ = true;
            take_turn();
        });
    }
    void stop() { before_.stop(); }

    void queue()
    {
        pb::TxnRequest txn;
        write_next_step(lock_, false, txn);
        send(txn);
    }

    void own()
    {
        const auto now = clock::now();
        if (relay_.released != clock::time_point{})
            relay_.out.latencies.record(now - relay_.released);
        relay_.out.seconds = std::chrono::duration<double>(now - relay_.begin).count();
        relay_.released = now;
        relay_.over = now >= relay_.end;
        if (relay_.over)
            return;
        pb::TxnRequest txn;
        write_next_step(lock_, false, txn);
        lock_.owned_since = 0;
        if (relay_.settings.bare)
            queue_again(txn);
        send(txn);
    }

private:
    /// In the same transaction, which may not put the key that it removes.
    void queue_again(pb::TxnRequest& txn)
    {
        lock_.key = lock_.key == first_key_ ? first_key_ + '+' : first_key_;
        auto& put = *txn.add_success()->mutable_request_put();
        put.set_key(lock_.key);
        put.set_lease(lock_.lease);
    }

    void send(const pb::TxnRequest& txn)
    {
        const bool leaves = txn.success(0).has_request_delete_range();
        auto taken = [this, leaves](const pb::TxnResponse& r) {
            if (relay_.over)
                return;
            if (leaves && !relay_.settings.bare)
                return queue();
            lock_.owned_since = r.header().revision();
            take_turn();
        };
        auto* const c = new call<pb::TxnResponse, decltype(taken)>{std::move(taken)};
        c->reader = kv_.AsyncTxn(&c->context, txn, &relay_.queue);
        c->reader->Finish(&c->response, &c->status, c);
    }

    void take_turn()
    {
        if (!queued() || !gone_ || relay_.over)
            return;
        gone_ = false;
        if (relay_.settings.bare)
            return own();
        auto looked = [this](const pb::RangeResponse&) { own(); };
        auto* const c = new call<pb::RangeResponse, decltype(looked)>{std::move(looked)};
        pb::RangeRequest look;
        look.set_key(lock_.prefix);
        look.set_range_end(lock_.prefix_end);
        look.set_limit(2);
        look.set_max_create_revision(lock_.owned_since);
        look.set_sort_target(pb::RangeRequest::CREATE);
        look.set_sort_order(pb::RangeRequest::DESCEND);
        look.set_keys_only(true);
        c->reader = kv_.AsyncRange(&c->context, look, &relay_.queue);
        c->reader->Finish(&c->response, &c->status, c);
    }

    relay& relay_;
    pb::KV::Stub kv_;
    long_lease lease_;
    raw_lock lock_;
    const std::string first_key_;
    removals before_;
    bool gone_ = false;
};

bool one_event(relay& r)
{
    void* t = nullptr;
    bool ok = false;
    if (!r.queue.Next(&t, &ok))
        return false;
    static_cast<tag*>(t)->done(ok);
    return true;
}

}  // namespace

void run_relay(const relay_settings& s, result& out)
{
    relay r{s, out};
    std::vector<std::unique_ptr<runner>> runners;
    for (std::size_t i = 0; i < s.n; ++i)
        runners.push_back(std::make_unique<runner>(r, open_channel(s.target)));
    for (std::size_t i = 0; i < s.n; ++i)
        runners[i]->follow(*runners[(i + s.n - 1) % s.n]);
    while (r.watching < s.n)
        one_event(r);
    for (const auto& each : runners)
        for (each->queue(); !each->queued();)
            one_event(r);

    const auto cpu = cpu_seconds();
    r.begin = clock::now();
    r.end = r.begin + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(s.seconds));
    runners.front()->own();
    while (!r.over)
        one_event(r);
    out.cpu_seconds = cpu_seconds() - cpu;
    out.threads_seen = thread_count();

    for (const auto& each : runners)
        each->stop();
    r.queue.Shutdown();
    while (one_event(r)) {
    }
}

}  // namespace leasehold::bench
