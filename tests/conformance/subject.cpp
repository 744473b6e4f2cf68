// SPDX-License-Identifier: Apache-2.0
#include "subject.hpp"

#include <cstdint>

namespace leasehold::conformance {

namespace {

constexpr auto patience = 30s;

std::uint64_t next_number()
{
    static std::uint64_t last = 0;
    return ++last;
}

}  // namespace

session::session() : subject_{make_subject()}, prefix_{"conformance-" + std::to_string(next_number()) + "/"}
{}

lease_id session::fresh_lease() const
{
    return static_cast<lease_id>(0x10000 + next_number());
}

template <class Response, class Send>
answer<Response> session::call(Send send)
{
    const auto result = std::make_shared<answer<Response>>();
    subject_->on_strand([&] {
        auto& t = subject_->transport();
        send(t, t.now() + patience,
             [result](core::status s, Response r) { *result = {true, std::move(s), std::move(r)}; });
    });
    BOOST_TEST_REQUIRE(subject_->wait([&result] { return result->done; }, 2 * patience), "no answer");
    return *result;
}

answer<get_result> session::range(get_request r)
{
    return call<get_result>([&](auto& t, auto deadline, auto h) { t.range(0, r, deadline, h); });
}

answer<put_result> session::put(const std::string& key, const std::string& value, lease_id lease)
{
    const put_request r{key, value, lease};
    return call<put_result>([&](auto& t, auto deadline, auto h) { t.put(0, r, deadline, h); });
}

answer<remove_result> session::remove(const std::string& key, const std::string& end)
{
    const remove_request r{key, end};
    return call<remove_result>([&](auto& t, auto deadline, auto h) { t.remove(0, r, deadline, h); });
}

answer<transaction_result> session::txn(const transaction& r)
{
    return call<transaction_result>([&](auto& t, auto deadline, auto h) { t.txn(0, r, deadline, h); });
}

answer<transaction_result> session::txn(const std::vector<core::lock_request>& list)
{
    return call<transaction_result>([&](auto& t, auto deadline, auto h) { t.txn(0, list, deadline, h); });
}

answer<core::lease_grant_result> session::grant(lease_id lease, std::chrono::seconds ttl)
{
    return call<core::lease_grant_result>(
        [&](auto& t, auto deadline, auto h) { t.lease_grant(0, lease, ttl, deadline, h); });
}

answer<revision> session::revoke(lease_id lease)
{
    return call<revision>([&](auto& t, auto deadline, auto h) { t.lease_revoke(0, lease, deadline, h); });
}

answer<core::lease_time_to_live_result> session::time_to_live(lease_id lease, bool with_keys)
{
    return call<core::lease_time_to_live_result>(
        [&](auto& t, auto deadline, auto h) { t.lease_time_to_live(0, lease, with_keys, deadline, h); });
}

get_request session::get(const std::string& name, const std::string& end) const
{
    get_request r;
    r.key = key(name);
    if (!end.empty())
        r.range_end = key(end);
    return r;
}

std::string session::names(const get_result& r) const
{
    std::string text;
    for (const auto& kv : r.items)
        text += without_prefix(kv.key) + ' ';
    return text;
}

// ---- watches ----

watch_log::watch_log(session& s) : session_{s}
{
    s->on_strand([this] {
        rpc::stream_handler<core::watch_message> h;
        h.on_message = [this](core::watch_message m) { messages_.push_back(std::move(m)); };
        h.on_closed = [](const core::status& why) { BOOST_ERROR("the watch stream ended: " << why.text); };
        stream_ = session_->transport().open_watch(0, std::move(h));
    });
}

watch_log::~watch_log()
{
    session_->on_strand([this] { stream_.reset(); });
}

void watch_log::create(const core::watch_create& r)
{
    session_->on_strand([&] { stream_->create(r); });
}

void watch_log::cancel(core::watch_id id)
{
    session_->on_strand([&] { stream_->cancel(id); });
}

core::watch_message watch_log::next()
{
    BOOST_TEST_REQUIRE(session_->wait([this] { return !messages_.empty(); }, patience), "no message came");
    auto m = std::move(messages_.front());
    messages_.pop_front();
    return m;
}

std::vector<core::watch_event> watch_log::events(std::size_t count)
{
    std::vector<core::watch_event> list;
    while (list.size() < count)
        for (auto& e : next().events)
            list.push_back(std::move(e));
    return list;
}

bool watch_log::silent()
{
    return !session_->wait([this] { return !messages_.empty(); }, 300ms);
}

// ---- leases ----

renewal_log::renewal_log(session& s) : session_{s}
{
    s->on_strand([this] {
        rpc::stream_handler<core::lease_renewal> h;
        h.on_message = [this](const core::lease_renewal& r) { answers_.push_back(r); };
        h.on_closed = [](const core::status& why) { BOOST_ERROR("the stream ended: " << why.text); };
        stream_ = session_->transport().open_keep_alive(0, std::move(h));
    });
}

renewal_log::~renewal_log()
{
    session_->on_strand([this] { stream_.reset(); });
}

core::lease_renewal renewal_log::renew(lease_id lease)
{
    session_->on_strand([&] { stream_->send(lease); });
    BOOST_TEST_REQUIRE(session_->wait([this] { return !answers_.empty(); }, patience), "no answer came");
    const auto r = answers_.front();
    answers_.pop_front();
    return r;
}

}  // namespace leasehold::conformance
