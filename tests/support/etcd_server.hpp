// SPDX-License-Identifier: Apache-2.0
// Real processes for tests: any program, and etcd servers of our own.
//
// All children die with the test program, even when it crashes. Linux ties that
// to the *thread* that starts them: start them on a thread that outlives them,
// such as the main one. Everything here reports trouble by throwing
// std::runtime_error (or std::system_error) with text worth reading.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace leasehold::test {

using millis = std::chrono::milliseconds;

struct run_result {
    int exit_code = -1;  ///< 128 + N when signal N ended it
    std::string out;
    std::string err;
};

struct run_options {
    std::vector<std::string> env{};  ///< "NAME=value", added to this program's own
    millis timeout{30'000};          ///< past it: killed, and run() throws with what it printed
};

/// Runs a program (looked up on PATH) to its end.
run_result run(const std::vector<std::string>& argv, const run_options& options = {});

/// A running program; its standard output is read line by line.
class child_process {
public:
    struct options {
        std::vector<std::string> env{};
        bool merge_stderr = false;            ///< into the lines read; otherwise it goes where ours goes
        std::filesystem::path output_file{};  ///< both outputs go there instead, no line can be read
    };

    explicit child_process(const std::vector<std::string>& argv);
    child_process(const std::vector<std::string>& argv, const options& how);
    child_process(child_process&& other) noexcept;
    child_process& operator=(child_process&& other) noexcept;
    /// SIGKILL, if it still runs.
    ~child_process();

    pid_t pid() const noexcept { return pid_; }

    /// The next line without its end; nothing at the end of the output.
    std::optional<std::string> read_line(millis timeout = millis{10'000});

    /// Reads on to the first line that starts so. Throws, with all that was
    /// read, when the output ends before.
    std::string read_until(std::string_view start, millis timeout = millis{10'000});

    void send_signal(int number) const;

    /// The exit code (128 + N when signal N ended it), within the time given.
    int wait(millis timeout = millis{10'000});
    /// The same if it has ended, without waiting.
    std::optional<int> poll();

    /// SIGKILL, and wait.
    void kill() noexcept;

private:
    bool fill(std::chrono::steady_clock::time_point deadline);

    pid_t pid_ = -1;
    int stdout_ = -1;
    std::optional<int> exit_code_;
    std::string buffer_;
    std::string name_;
};

struct etcd_options {
    std::vector<std::string> extra_args{};  ///< e.g. "--max-txn-ops=4"
    millis start_timeout{20'000};
};

/// The etcd that LEASEHOLD_ETCD names, or `etcd` on PATH.
std::string etcd_program();

/**
 * \brief An etcd server of our own, on free ports, with its data in a fresh
 * folder that goes with it.
 *
 * The constructors and `restart()` return once it answers. The folder is in
 * LEASEHOLD_TEST_TMPDIR where that is set (run_tests.py does), in memory
 * (/dev/shm) where there is room, or in the temporary folder.
 */
class etcd_server {
public:
    etcd_server();
    explicit etcd_server(const etcd_options& options);
    etcd_server(etcd_server&&) noexcept;
    etcd_server& operator=(etcd_server&&) noexcept;
    ~etcd_server();

    /// `http://127.0.0.1:PORT`
    const std::string& endpoint() const noexcept;
    pid_t pid() const noexcept;

    /// SIGKILL. The data stay.
    void kill();
    /// SIGSTOP: it keeps its connections and says nothing.
    void stop();
    /// SIGCONT
    void cont();
    /// Same ports, same data; kills it first if it runs. In a cluster it takes
    /// a majority to answer: relaunch() several, then wait for them.
    void restart();
    /// restart() without waiting.
    void relaunch();

    /// Is it up and in a cluster with a leader?
    bool healthy() const;
    /// Waits for that. Throws, with the end of its log, when it ends or when time is up.
    void wait_healthy(millis timeout = millis{20'000});

    /// The last lines of its log.
    std::string log_tail(std::size_t lines = 25) const;

private:
    friend class etcd_cluster;
    struct member;
    explicit etcd_server(std::unique_ptr<member> prepared);

    std::unique_ptr<member> member_;
};

/// Members of one cluster, all up when the constructor returns.
class etcd_cluster {
public:
    explicit etcd_cluster(std::size_t size, const etcd_options& options = {});

    std::size_t size() const noexcept { return members_.size(); }
    etcd_server& operator[](std::size_t index) { return members_.at(index); }
    /// Of all members, in order.
    std::vector<std::string> endpoints() const;

private:
    std::vector<etcd_server> members_;
};

}  // namespace leasehold::test
