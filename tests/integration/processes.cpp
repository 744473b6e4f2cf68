// SPDX-License-Identifier: Apache-2.0
#include "coroutine.hpp"
#include "etcdctl.hpp"
#include "shared_etcd.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

BOOST_AUTO_TEST_SUITE(integration_processes, *boost::unit_test::fixture<leasehold::test::shared_etcd>())

using namespace leasehold;
using namespace leasehold::test;

namespace {

/// A counter in a file that knows nothing of locks: lost updates show in the total.
struct counter {
    std::filesystem::path file =
        std::filesystem::temp_directory_path() / ("leasehold-counter-" + std::to_string(::getpid()));

    counter() { write(0); }
    ~counter() { std::filesystem::remove(file); }

    void write(int n) const { std::ofstream{file, std::ios::trunc} << n; }
    int read() const
    {
        int n = -1;
        std::ifstream{file} >> n;
        return n;
    }
};

const char* worker_program()
{
    return std::getenv("LEASEHOLD_COUNTER_WORKER");
}

}  // namespace

BOOST_AUTO_TEST_CASE(eight_processes_of_fifty_rounds_count_to_four_hundred)
{
    BOOST_REQUIRE(worker_program() != nullptr);
    const counter c;
    std::vector<child_process> workers;
    for (int i = 0; i < 8; ++i)
        workers.emplace_back(
            std::vector<std::string>{worker_program(), etcd_endpoint(), "counter", c.file.string(), "50"});
    for (auto& w : workers)
        BOOST_TEST(w.wait(millis{120'000}) == 0);
    BOOST_TEST(c.read() == 400);
}

BOOST_AUTO_TEST_CASE(our_processes_and_etcdctl_count_together)
{
    BOOST_REQUIRE(worker_program() != nullptr);
    const counter c;
    std::vector<child_process> workers;
    for (int i = 0; i < 3; ++i)
        workers.emplace_back(std::vector<std::string>{worker_program(), etcd_endpoint(), "counter-mixed",
                                                      c.file.string(), "20"});
    const auto script = "n=$(cat " + c.file.string() + "); echo $((n + 1)) > " + c.file.string();
    for (int i = 0; i < 20; ++i) {
        const auto done = run_etcdctl(etcd_endpoint(), {"lock", "counter-mixed", "--", "sh", "-c", script});
        BOOST_TEST(done.exit_code == 0);
    }
    for (auto& w : workers)
        BOOST_TEST(w.wait(millis{120'000}) == 0);
    BOOST_TEST(c.read() == 80);
}

BOOST_AUTO_TEST_SUITE_END()
