// SPDX-License-Identifier: Apache-2.0
#include "peers/raw/pipeline.hpp"

#include "common/process.hpp"
#include "peers/raw/lock_txn.hpp"
#include "peers/raw/long_lease.hpp"

#include <google/protobuf/arena.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <deque>
#include <etcd_api/rpc.grpc.pb.h>
#include <memory>
#include <vector>

namespace leasehold::bench {

namespace {

namespace pb = etcdserverpb;
using clock = std::chrono::steady_clock;

struct slot {
    raw_lock lock;
    clock::time_point begin{};
};

/// One request on its way, with the locks whose steps it carries.
struct request {
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<pb::TxnResponse>> reader;
    std::vector<slot*> slots;
    google::protobuf::Arena arena;
    pb::TxnResponse* response = nullptr;
    grpc::Status status;
};

class pipeline {
public:
    pipeline(const pipeline_settings& s, const std::shared_ptr<grpc::Channel>& channel, std::int64_t lease,
             result& out)
        : settings_{s}, kv_{channel}, out_{out}
    {
        for (std::size_t i = 0; i < s.n; ++i) {
            slots_.push_back({raw_lock{"bench-raw-" + std::to_string(i), lease}});
            ready_.push_back(&slots_.back());
        }
        for (std::size_t i = 0; i < s.in_flight; ++i) {
            requests_.push_back(std::make_unique<request>());
            idle_.push_back(requests_.back().get());
        }
    }

    void run()
    {
        begin_ = clock::now();
        end_ = begin_ +
               std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(settings_.seconds));
        for (slot& s : slots_)
            s.begin = begin_;
        send_all();
        while (idle_.size() < requests_.size()) {
            void* tag = nullptr;
            bool ok = false;
            queue_.Next(&tag, &ok);
            take_in(*static_cast<request*>(tag));
            send_all();
        }
    }

private:
    void send_all()
    {
        while (!idle_.empty() && !ready_.empty()) {
            send(*idle_.back());
            idle_.pop_back();
        }
    }

    void send(request& r)
    {
        r.arena.Reset();
        r.slots.clear();
        auto* txn = google::protobuf::Arena::CreateMessage<pb::TxnRequest>(&r.arena);
        r.response = google::protobuf::Arena::CreateMessage<pb::TxnResponse>(&r.arena);
        while (!ready_.empty() && r.slots.size() < settings_.group) {
            slot& s = *ready_.front();
            ready_.pop_front();
            r.slots.push_back(&s);
            write_next_step(s.lock, true,
                            settings_.group == 1 ? *txn : *txn->add_success()->mutable_request_txn());
        }
        r.context = std::make_unique<grpc::ClientContext>();
        r.reader = kv_.AsyncTxn(r.context.get(), *txn, &queue_);
        r.reader->Finish(r.response, &r.status, &r);
    }

    void take_in(request& r)
    {
        idle_.push_back(&r);
        if (!r.status.ok()) {
            report_error(out_, r.status.error_message().c_str());
            return;  // its locks are given up
        }
        const auto now = clock::now();
        const auto revision = r.response->header().revision();
        for (std::size_t i = 0; i < r.slots.size(); ++i) {
            const auto& answer =
                settings_.group == 1 ? *r.response : r.response->responses(int(i)).response_txn();
            if (done_next_step(r.slots[i]->lock, answer))
                step_done(*r.slots[i], revision, now);
            else
                report_error(out_, "somebody else uses the lock");
        }
    }

    void step_done(slot& s, std::int64_t revision, clock::time_point now)
    {
        if (s.lock.owned_since == 0) {
            s.lock.owned_since = revision;
        } else {
            s.lock.owned_since = 0;
            out_.latencies.record(now - s.begin);
            out_.seconds = std::chrono::duration<double>(now - begin_).count();
            s.begin = now;
            if (now >= end_)
                return;
        }
        ready_.push_back(&s);
    }

    const pipeline_settings& settings_;
    pb::KV::Stub kv_;
    grpc::CompletionQueue queue_;
    result& out_;
    clock::time_point begin_;
    clock::time_point end_;
    std::deque<slot> slots_;
    std::deque<slot*> ready_;
    std::vector<std::unique_ptr<request>> requests_;
    std::vector<request*> idle_;
};

}  // namespace

void run_pipeline(const pipeline_settings& s, result& out)
{
    const auto channel = open_channel(s.target);
    const long_lease lease{channel};
    pipeline p{s, channel, lease.id(), out};
    const auto cpu = cpu_seconds();
    p.run();
    out.cpu_seconds = cpu_seconds() - cpu;
    out.threads_seen = thread_count();
}

}  // namespace leasehold::bench
