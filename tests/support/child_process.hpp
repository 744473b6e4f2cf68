// SPDX-License-Identifier: Apache-2.0
// Real processes for tests.
//
// All children die with the test program, even when it crashes. Linux ties that
// to the *thread* that starts them: start them on a thread that outlives them,
// such as the main one. Everything here reports trouble by throwing
// std::runtime_error (or std::system_error) with text worth reading.
#pragma once

#include <chrono>
#include <filesystem>
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
    std::optional<std::string> read_line(millis timeout = millis{60'000});

    /// Reads on to the first line that starts so. Throws, with all that was
    /// read, when the output ends before.
    std::string read_until(std::string_view start, millis timeout = millis{60'000});

    void send_signal(int number) const;

    /// The exit code (128 + N when signal N ended it), within the time given.
    int wait(millis timeout = millis{60'000});
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

}  // namespace leasehold::test
