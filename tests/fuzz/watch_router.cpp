// SPDX-License-Identifier: Apache-2.0
// Subscribers come and go while a server says whatever it likes. Each of them hears where it begins at most
// once, then each revision at most once and in order, at most one end, and nothing after it left.
#include "check.hpp"

#include <core/watch_router.hpp>

#include <algorithm>
#include <fuzzer/FuzzedDataProvider.h>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace leasehold;
using namespace leasehold::core;

namespace {

class crowd {
public:
    explicit crowd(FuzzedDataProvider& input) : input_{input} {}

    void step()
    {
        switch (input_.ConsumeIntegralInRange(0, 3)) {
        case 0:
            subscribe();
            break;
        case 1:
            if (!alive_.empty())
                unsubscribe();
            break;
        case 2:
            open_or_close();
            break;
        default:
            if (open_)
                router_.on_message(message());
            break;
        }
        listen();
    }

private:
    void open_or_close()
    {
        created_.clear();
        if (open_)
            router_.on_stream_closed();
        else
            router_.on_stream_opened();
        open_ = !open_;
    }

    void subscribe()
    {
        watch_spec spec;
        spec.key = std::string(1, input_.ConsumeIntegralInRange('a', 'c'));
        spec.start = input_.ConsumeIntegralInRange<revision>(0, 9);
        spec.puts = input_.ConsumeBool();
        spec.recurring = input_.ConsumeBool();
        const auto start = spec.start;
        const auto id = router_.subscribe(std::move(spec));
        fuzz::check(alive_.emplace(id, subscriber{false, start}).second);
    }

    void unsubscribe()
    {
        auto who = alive_.begin();
        std::advance(who, input_.ConsumeIntegralInRange<std::size_t>(0, alive_.size() - 1));
        router_.unsubscribe(who->first);
        gone_.insert(who->first);
        alive_.erase(who);
    }

    watch_message message()
    {
        watch_message m;
        m.id = input_.ConsumeIntegralInRange<watch_id>(-1, 12);
        m.revision = input_.ConsumeIntegralInRange<revision>(0, 40);
        m.created = input_.ConsumeBool();
        m.cancelled = input_.ConsumeBool();
        m.fragment = input_.ConsumeBool();
        m.compact_revision = input_.ConsumeIntegralInRange<revision>(0, 3);
        m.cancel_reason = input_.ConsumeRandomLengthString(4);
        std::vector<revision> at(input_.ConsumeIntegralInRange<std::size_t>(0, 4));
        for (auto& r : at)
            r = input_.ConsumeIntegralInRange<revision>(0, 40);
        std::sort(at.begin(), at.end());  // which etcd does keep to
        for (const auto r : at) {
            watch_event e;
            e.kv.mod_revision = r;
            m.events.push_back(std::move(e));
        }
        return m;
    }

    void listen()
    {
        for (const auto& command : router_.take_commands())
            if (const auto* create = std::get_if<watch_command::create>(&command))
                fuzz::check(create->request.id >= 1 && created_.insert(create->request.id).second);
        for (const auto& delivery : router_.take_deliveries())
            std::visit([this](const auto& d) { hear(d); }, delivery);
    }

    /// What was on its way to somebody who has left is not heard.
    struct subscriber {
        bool covered = false;
        revision next = 0;
    };
    subscriber* of(subscription_id id)
    {
        const auto it = alive_.find(id);
        fuzz::check(it != alive_.end() || gone_.contains(id));
        return it != alive_.end() ? &it->second : nullptr;
    }

    void hear(const watch_delivery::covered& c)
    {
        if (auto* s = of(c.to)) {
            fuzz::check(!std::exchange(s->covered, true));
            s->next = std::max(s->next, c.revision + 1);
        }
    }

    void hear(const watch_delivery::events& e)
    {
        auto* s = of(e.to);
        if (s == nullptr)
            return;
        fuzz::check(!e.list.empty());
        for (const auto& event : e.list)
            fuzz::check(event.kv.mod_revision >= s->next && event.kv.mod_revision < e.next);
        s->next = e.next;
    }

    void hear(const watch_delivery::ended& e)
    {
        fuzz::check(alive_.erase(e.to) == 1 || gone_.contains(e.to));
        gone_.insert(e.to);
    }

    FuzzedDataProvider& input_;
    watch_router router_;
    bool open_ = false;
    std::map<subscription_id, subscriber> alive_;
    std::set<subscription_id> gone_;
    std::set<watch_id> created_;  ///< on the present stream
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    FuzzedDataProvider input{data, size};
    crowd c{input};
    for (int steps = 0; steps < 200 && input.remaining_bytes() > 0; ++steps)
        c.step();
    return 0;
}
