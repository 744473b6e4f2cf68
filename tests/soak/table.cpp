// SPDX-License-Identifier: Apache-2.0
#include "table.hpp"

#include <iomanip>
#include <sstream>

namespace leasehold::test {

namespace {

std::string line(const std::string& suite, const std::string& trials, const std::string& violations,
                 const std::string& margin, const std::string& recovery, const std::string& note)
{
    std::ostringstream out;
    out << "| " << std::left << std::setw(38) << suite << " | " << std::right << std::setw(6) << trials
        << " | " << std::setw(10) << violations << " | " << std::setw(12) << margin << " | " << std::setw(9)
        << recovery << " | " << note << " |";
    return out.str();
}

std::string in_ms(std::chrono::nanoseconds d)
{
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(d).count()) + " ms";
}

std::string in_seconds(std::chrono::milliseconds d)
{
    if (d == std::chrono::milliseconds::max())
        return "never";
    std::ostringstream out;
    out << std::fixed << std::setprecision(2) << std::chrono::duration<double>(d).count() << " s";
    return out.str();
}

}  // namespace

std::string heading()
{
    return line("suite", "trials", "violations", "worst margin", "recovery", "note") + '\n' +
           "|:---|---:|---:|---:|---:|:---|";
}

std::string to_string(const row& r)
{
    return line(r.suite, std::to_string(r.trials), std::to_string(r.violations),
                r.worst_margin ? in_ms(*r.worst_margin) : "", r.recovery ? in_seconds(*r.recovery) : "",
                r.note);
}

}  // namespace leasehold::test
