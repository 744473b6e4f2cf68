// SPDX-License-Identifier: Apache-2.0
#include "alarm.hpp"

#include "call_context.hpp"

#include <grpcpp/alarm.h>

#include <utility>

namespace leasehold::rpc {

/// grpc::Alarm must live until its tag is back, so each arming makes one.
class alarms::alarm final : public activity {
public:
    alarm(alarms& owner, boot_clock::time_point when) : owner_{owner}, when_{when}
    {
        alarm_.Set(owner_.queue_.enlist(*this), to_grpc_time(when), &rang_);
    }

private:
    void complete(int, bool) override
    {
        std::erase(owner_.armed_, when_);
        const auto handler = owner_.handler_;
        delete this;
        if (handler != nullptr)
            (*handler)();
    }

    void cancel() noexcept override { alarm_.Cancel(); }

    alarms& owner_;
    boot_clock::time_point when_;
    grpc::Alarm alarm_;
    tag rang_{this, 0};
};

void alarms::on_alarm(std::function<void()> handler)
{
    handler_ = std::make_shared<const std::function<void()>>(std::move(handler));
}

void alarms::at(boot_clock::time_point when)
{
    if (!armed_.empty() && armed_.back() <= when)
        return;
    armed_.push_back(when);
    new alarm{*this, when};
}

}  // namespace leasehold::rpc
