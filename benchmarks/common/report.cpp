// SPDX-License-Identifier: Apache-2.0
#include "common/report.hpp"

#include <boost/json/src.hpp>

#include <cstdio>

namespace leasehold::bench {

namespace {

namespace json = boost::json;

json::array distribution(const histogram& h)
{
    json::array out;
    for (const histogram::bar& b : h.bars())
        out.push_back(json::array{b.from_us, b.to_us, b.count});
    return out;
}

json::object figures(const run_label& label, const result& r)
{
    const auto ops = double(r.latencies.count());
    json::object o{{"scenario", label.scenario},
                   {"peer", label.peer},
                   {"etcd", label.etcd},
                   {"n", label.n},
                   {"threads", label.threads},
                   {"ops_per_second", r.seconds > 0 ? ops / r.seconds : 0},
                   {"p50_us", r.latencies.percentile_us(0.5)},
                   {"p99_us", r.latencies.percentile_us(0.99)},
                   {"p999_us", r.latencies.percentile_us(0.999)},
                   {"cpu_us_per_op", ops > 0 ? r.cpu_seconds / ops * 1e6 : 0},
                   {"rss_bytes_per_item", r.rss_bytes_per_item},
                   {"errors", r.errors.load()},
                   {"threads_seen", r.threads_seen}};
    for (const json::object* extra : {&label.extra, &r.extra})
        for (const auto& [key, value] : *extra)
            o[key] = value;
    if (r.with_distribution)
        o["distribution_us"] = distribution(r.latencies);
    return o;
}

void print_for_people(json::object o, const result& r)
{
    const auto number = [&](const char* key) { return o[key].to_number<double>(); };
    std::printf("%-11s %-9s n=%-6.0f %9.0f/s  p50 %9.0f us  p99 %9.0f us  p99.9 %9.0f us  cpu %7.1f us/op",
                o["scenario"].as_string().c_str(), o["peer"].as_string().c_str(), number("n"),
                number("ops_per_second"), number("p50_us"), number("p99_us"), number("p999_us"),
                number("cpu_us_per_op"));
    std::printf("  %7.0f B each  threads %zu  errors %zu", r.rss_bytes_per_item, r.threads_seen,
                r.errors.load());
    for (const auto& [key, value] : r.extra)
        std::printf("  %s %s", std::string{key}.c_str(), json::serialize(value).c_str());
    std::printf("\n");
}

}  // namespace

void print_report(const run_label& label, const result& r, bool json)
{
    auto o = figures(label, r);
    if (json)
        std::printf("%s\n", json::serialize(o).c_str());
    else
        print_for_people(std::move(o), r);
}

void report_error(result& r, const char* what)
{
    if (r.errors.fetch_add(1) == 0)
        std::fprintf(stderr, "error: %s\n", what);
}

}  // namespace leasehold::bench
