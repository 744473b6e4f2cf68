// SPDX-License-Identifier: Apache-2.0
// leasehold-bench-raw: the ceiling. The requests of `uncontended`, grouped, and of `handoff` on etcd's
// generated stub, with no library around them.
#include "peers/raw/pipeline.hpp"
#include "peers/raw/relay.hpp"

#include <CLI/CLI.hpp>
#include <boost/version.hpp>
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <stdexcept>

using namespace leasehold;

namespace {

std::string built_with()
{
#ifdef __clang__
    const std::string compiler = __VERSION__;
#else
    const std::string compiler = "g++ " __VERSION__;
#endif
    return compiler + ", gRPC " + grpc::Version() + ", Boost " + std::to_string(BOOST_VERSION / 100000) +
           "." + std::to_string(BOOST_VERSION / 100 % 1000);
}

std::string without_scheme(const std::string& endpoint)
{
    const auto slashes = endpoint.find("://");
    return slashes == std::string::npos ? endpoint : endpoint.substr(slashes + 3);
}

}  // namespace

int main(int argc, char** argv)
try {
    CLI::App app{"What etcd gives to grouped lock transactions"};
    bench::pipeline_settings s;
    bool bare = false;
    bench::run_label label;
    label.peer = "raw";
    label.scenario = "uncontended";
    std::string endpoint = "http://127.0.0.1:2379";
    bool json = false;
    app.set_version_flag("--version", built_with);
    app.add_option("--endpoints", endpoint, "etcd's endpoint");
    app.add_option("--scenario", label.scenario)->check(CLI::IsMember({"uncontended", "handoff"}));
    app.add_option("-n", s.n, "locks, or sessions")->check(CLI::PositiveNumber);
    app.add_option("--seconds", s.seconds, "how long")->check(CLI::PositiveNumber);
    app.add_option("--group", s.group, "transactions in a request; 1: one request for each, not nested")
        ->check(CLI::Range(1, 100));
    app.add_option("--in-flight", s.in_flight, "requests at a time")->check(CLI::PositiveNumber);
    app.add_flag("--bare", bare, "hand-offs of one transaction and one event each, which nobody verifies");
    app.add_option("--etcd", label.etcd, "the server's version, for the report");
    app.add_flag("--json", json, "report as one JSON object");
    CLI11_PARSE(app, argc, argv);
    s.target = without_scheme(endpoint);
    label.n = s.n;

    bench::result out;
    if (label.scenario == "handoff") {
        label.peer = bare ? "bare" : "raw";
        out.with_distribution = true;
        bench::run_relay({s.target, s.n, s.seconds, bare}, out);
    } else {
        label.extra = {{"group", s.group}, {"in_flight", s.in_flight}};
        bench::run_pipeline(s, out);
    }
    bench::print_report(label, out, json);
    return out.errors == 0 ? 0 : 1;
} catch (const std::exception& e) {
    std::fprintf(stderr, "leasehold-bench-raw: %s\n", e.what());
    return 2;
}
