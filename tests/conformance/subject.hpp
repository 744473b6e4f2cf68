// SPDX-License-Identifier: Apache-2.0
// An etcd behind the transport interface, whichever: the program that the cases are linked into decides.
#pragma once

#include <core/messages.hpp>
#include <core/status.hpp>
#include <rpc/transport.hpp>

#include <leasehold/boot_clock.hpp>
#include <leasehold/kv.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::conformance {

using namespace std::chrono_literals;

class subject {
public:
    virtual ~subject() = default;
    virtual rpc::transport& transport() = 0;
    /// Runs on the transport's strand, and returns when it has run.
    virtual void on_strand(std::function<void()> f) = 0;
    /// Lets things happen until it is true; false when it has not come true in time.
    virtual bool wait(const std::function<bool()>& condition, std::chrono::nanoseconds limit) = 0;
    virtual void compact(revision at) = 0;
};

/// A connected one.
std::unique_ptr<subject> make_subject();

template <class Response>
struct answer {
    bool done = false;
    core::status status;
    Response response{};
};

/// One case's own keys, and calls that wait for their answers.
class session {
public:
    session();

    std::string key(const std::string& name) const { return prefix_ + name; }
    std::string without_prefix(const std::string& key) const { return key.substr(prefix_.size()); }

    answer<get_result> range(get_request r);
    answer<put_result> put(const std::string& key, const std::string& value, lease_id lease = 0);
    answer<remove_result> remove(const std::string& key, const std::string& end = {});
    answer<transaction_result> txn(const transaction& t);
    answer<transaction_result> txn(const std::vector<core::lock_request>& list);
    answer<core::lease_grant_result> grant(lease_id lease, std::chrono::seconds ttl);
    answer<revision> revoke(lease_id lease);
    answer<core::lease_time_to_live_result> time_to_live(lease_id lease, bool with_keys = false);

    /// Of keys named as in key(); the names of what it found, each followed by a blank.
    get_request get(const std::string& name, const std::string& end = {}) const;
    std::string names(const get_result& r) const;
    lease_id fresh_lease() const;
    subject& operator*() noexcept { return *subject_; }
    subject* operator->() noexcept { return subject_.get(); }

private:
    template <class Response, class Send>
    answer<Response> call(Send send);

    std::unique_ptr<subject> subject_;
    std::string prefix_;
};

/// A watch stream and all that came on it.
class watch_log {
public:
    explicit watch_log(session& s);
    ~watch_log();
    watch_log(const watch_log&) = delete;
    watch_log& operator=(const watch_log&) = delete;

    void create(const core::watch_create& r);
    void cancel(core::watch_id id);
    /// The next message; fails the case when none comes.
    core::watch_message next();
    /// The next so many events, whatever messages they came in.
    std::vector<core::watch_event> events(std::size_t count);
    /// Whether nothing comes for a while.
    bool silent();

private:
    session& session_;
    std::deque<core::watch_message> messages_;
    std::unique_ptr<rpc::watch_stream> stream_;
};

/// A keep-alive stream and its answers.
class renewal_log {
public:
    explicit renewal_log(session& s);
    ~renewal_log();
    renewal_log(const renewal_log&) = delete;
    renewal_log& operator=(const renewal_log&) = delete;

    core::lease_renewal renew(lease_id lease);

private:
    session& session_;
    std::deque<core::lease_renewal> answers_;
    std::unique_ptr<rpc::keep_alive_stream> stream_;
};

}  // namespace leasehold::conformance
