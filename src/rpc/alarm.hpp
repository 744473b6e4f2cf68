// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "completion_queue.hpp"

#include <leasehold/boot_clock.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace leasehold::rpc {

/// Alarms on the completion queue, all with one handler. Must outlive the queue's activities.
class alarms {
public:
    explicit alarms(completion_queue& queue) : queue_{queue} {}

    void on_alarm(std::function<void()> handler);
    void at(boot_clock::time_point when);
    void clear() noexcept { handler_.reset(); }

private:
    class alarm;

    completion_queue& queue_;
    std::shared_ptr<const std::function<void()>> handler_;
    std::vector<boot_clock::time_point>
        armed_;  ///< falling: each was armed because it is earlier than the others
};

}  // namespace leasehold::rpc
