// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "random.hpp"

#include <memory/faults.hpp>

#include <leasehold/boot_clock.hpp>

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <utility>

namespace leasehold::simulation {

class world;

/// Makes everything go wrong that docs/guarantees.md says may, until end().
class nemesis {
public:
    explicit nemesis(world& w);
    nemesis(const nemesis&) = delete;
    nemesis& operator=(const nemesis&) = delete;

    /// Heals everything; nothing goes wrong from here on.
    void end();

private:
    memory::fault judge(const memory::message& m);
    memory::fault any_fault();

    void arm();
    void strike();
    void stop_member();
    void freeze_member();
    void cut_link();
    void change_leader();
    void break_streams();
    void compact();
    void disturb_waiter();
    void pause_process();
    void kill_process();

    std::size_t any_member();
    /// What delays requests without losing them, for at most so long altogether that no effect is later than
    /// the library allows for; empty when there has been enough of it.
    bool begin_outage(duration time);
    void later(duration time, std::function<void()> what);

    world& world_;
    bool over_ = false;
    std::set<std::size_t> members_in_trouble_;
    std::set<std::pair<std::size_t, std::size_t>> cuts_;
    int outages_ = 0;
    boot_clock::time_point outage_since_;
};

}  // namespace leasehold::simulation
