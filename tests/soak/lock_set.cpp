// SPDX-License-Identifier: Apache-2.0
#include "lock_set.hpp"

#include "etcdctl.hpp"
#include "set_storage.hpp"
#include "temporary_folder.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <set>
#include <signal.h>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace leasehold::test {

namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// The processes, and what they have printed.
class worker_group {
public:
    worker_group(const faulty_cluster& cluster, const set_plan& plan, const std::string& where)
    {
        for (std::size_t i = 0; i < plan.workers; ++i) {
            std::vector<std::string> command{plan.worker,
                                             where,
                                             plan.name,
                                             std::to_string(plan.ttl.count()),
                                             std::to_string(plan.latency.count()),
                                             std::to_string(plan.length.count()),
                                             "w" + std::to_string(i)};
            for (auto& endpoint : cluster.endpoints_from(i % cluster.size()))
                command.push_back(std::move(endpoint));
            child_process::options into;
            into.output_file = output(i);
            processes_.emplace_back(command, into);
        }
    }

    std::size_t size() const noexcept { return processes_.size(); }
    void send_signal(std::size_t which, int number) const { processes_[which].send_signal(number); }

    void wait()
    {
        for (std::size_t i = 0; i < size(); ++i)
            if (processes_[i].wait(millis{60'000}) != 0)
                throw std::runtime_error{"a set_worker failed; it printed:\n" + text(i)};
    }

    /// The elements with that outcome.
    std::vector<std::string> elements(const std::string& outcome) const
    {
        std::vector<std::string> found;
        for (std::size_t i = 0; i < size(); ++i) {
            std::istringstream lines{text(i)};
            for (std::string word, element; lines >> word >> element;)
                if (word == outcome)
                    found.push_back(element);
        }
        return found;
    }

private:
    std::filesystem::path output(std::size_t i) const { return folder_.path() / std::to_string(i); }

    std::string text(std::size_t i) const
    {
        std::ifstream file{output(i)};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

    temporary_folder folder_;
    std::vector<child_process> processes_;
};

/// One fault after the other, each longer than a time to live.
class trouble {
public:
    trouble(faulty_cluster& cluster, const worker_group& workers, const set_plan& plan)
        : cluster_{cluster}, workers_{workers}, lasting_{plan.ttl + 1500ms}, random_{plan.seed}
    {}

    std::size_t go_on_until(clock::time_point end)
    {
        std::size_t faults = 0;
        for (; clock::now() + lasting_ + 1s < end; ++faults) {
            std::this_thread::sleep_for(std::chrono::milliseconds{pick(500, 1500)});
            switch (pick(0, 5)) {
            case 0:
                cluster_.stop(pick(0, 2));
                break;
            case 1:
                cluster_.isolate(cluster_.wait_for_leader());
                break;
            case 2:
                cluster_.kill(pick(0, 2));
                break;
            default:
                stop_workers();
                continue;
            }
            std::this_thread::sleep_for(lasting_);
            cluster_.heal();
        }
        return faults;
    }

private:
    std::size_t pick(std::size_t least, std::size_t most)
    {
        return std::uniform_int_distribution<std::size_t>{least, most}(random_);
    }

    /// Two of them: whoever holds the lock is often among them.
    void stop_workers()
    {
        const auto first = pick(0, workers_.size() - 1);
        const auto second = (first + 1) % workers_.size();
        for (const auto w : {first, second})
            workers_.send_signal(w, SIGSTOP);
        std::this_thread::sleep_for(lasting_);
        for (const auto w : {first, second})
            workers_.send_signal(w, SIGCONT);
    }

    faulty_cluster& cluster_;
    const worker_group& workers_;
    std::chrono::milliseconds lasting_;
    std::mt19937 random_;
};

std::set<std::string> set_in_etcd(const faulty_cluster& cluster, const std::string& key)
{
    std::istringstream words{run_etcdctl(cluster.endpoint(0), {"get", "--print-value-only", key}).out};
    return {std::istream_iterator<std::string>{words}, {}};
}

}  // namespace

set_outcome run_lock_set(faulty_cluster& cluster, const set_plan& plan)
{
    std::optional<set_storage> storage;
    auto where = plan.name + "-set";
    if (plan.guard != set_guard::transaction) {
        storage.emplace(plan.guard == set_guard::token);
        where = std::to_string(storage->port());
    }
    const auto end = clock::now() + plan.length;
    worker_group workers{cluster, plan, where};

    set_outcome outcome;
    outcome.faults = trouble{cluster, workers, plan}.go_on_until(end);
    workers.wait();

    const auto kept = storage ? storage->close() : set_in_etcd(cluster, where);
    const auto confirmed = workers.elements("ok");
    outcome.confirmed = confirmed.size();
    outcome.lost = static_cast<std::size_t>(
        std::ranges::count_if(confirmed, [&](const auto& e) { return !kept.contains(e); }));
    outcome.refused = workers.elements("refused").size();
    outcome.unknown = workers.elements("unknown").size();
    return outcome;
}

}  // namespace leasehold::test
