// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checker.hpp"
#include "plan.hpp"
#include "process.hpp"
#include "random.hpp"
#include "trace.hpp"

#include <memory/etcd.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace leasehold::simulation {

/// An etcd and the processes around it, on one thread. Nothing happens but in step() and advance(), and
/// chance decides what comes first of all that could.
class world {
public:
    world(const plan& p, std::uint64_t seed, trace t);
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    const simulation::plan& plan() const noexcept { return plan_; }
    random& chance() noexcept { return random_; }
    memory::etcd& etcd() noexcept { return etcd_; }
    simulation::checker& checker() noexcept { return checker_; }
    boot_clock::time_point now() const noexcept { return etcd_.now(); }
    std::uint64_t steps() const noexcept { return steps_; }

    static std::string lock_name(std::size_t n) { return "lock-" + std::to_string(n); }
    std::string any_lock() { return lock_name(random_.below(plan_.locks)); }

    /// One message arrives, or one process runs one handler; false when only the clock can bring the next.
    /// \throws broken_promise
    bool step();
    /// Moves the clock to the next thing that waits for it; false at `limit`.
    bool advance(boot_clock::time_point limit) { return etcd_.advance(limit); }
    /// Steps for so long in virtual time, or until `done()`. False when time was over first.
    bool run(duration time, const std::function<bool()>& done = {});
    void after_steps(std::uint64_t steps, std::function<void()> what)
    {
        later_.emplace(steps_ + steps + 1, std::move(what));
    }

    std::vector<std::unique_ptr<process>>& processes() noexcept { return processes_; }
    void start_process(std::size_t place);
    std::size_t actors(process::role as) const;
    /// Leases whose sessions were orphaned, for anybody to adopt.
    std::vector<lease_id>& orphans() noexcept { return orphans_; }

    /// The faults are over; actors finish what they do.
    bool calm() const noexcept { return calm_; }
    void calm_down() noexcept { calm_ = true; }

    template <class Text>
    void tell(Text text) const
    {
        trace_(now(), std::move(text));
    }

private:
    bool run_somebody();

    const simulation::plan plan_;
    random random_;
    const trace trace_;
    memory::etcd etcd_;
    simulation::checker checker_{*this};
    std::uint64_t steps_ = 0;
    bool calm_ = false;
    std::size_t next_process_ = 0;
    std::vector<lease_id> orphans_;
    std::multimap<std::uint64_t, std::function<void()>> later_;
    std::vector<std::unique_ptr<process>> processes_;
};

}  // namespace leasehold::simulation
