// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "common/histogram.hpp"

#include <boost/json/object.hpp>

#include <atomic>
#include <cstddef>
#include <string>

namespace leasehold::bench {

/// What a run measured.
struct result {
    double seconds = 0;      ///< from the start to the end of the last operation
    double cpu_seconds = 0;  ///< of this process, meanwhile
    histogram latencies;     ///< one for each operation
    std::atomic<std::size_t> errors{0};
    std::size_t threads_seen = 0;
    double rss_bytes_per_item = 0;
    bool with_distribution = false;  ///< report all of `latencies`, not only percentiles
    boost::json::object extra{};     ///< figures that only this scenario has
};

/// What was run: the first fields of the report.
struct run_label {
    std::string scenario;
    std::string peer;
    std::string etcd;  ///< the server's version, as the caller knows it
    std::size_t n = 0;
    std::size_t threads = 1;
    boost::json::object extra{};  ///< parameters that only this peer has
};

/// To standard output: one line for people, or one JSON object in a line.
void print_report(const run_label& label, const result& r, bool json);

/// Counts an error; the first one is told on standard error.
void report_error(result& r, const char* what);

}  // namespace leasehold::bench
