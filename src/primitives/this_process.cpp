// SPDX-License-Identifier: Apache-2.0
#include "this_process.hpp"

#include <leasehold/owner_record.hpp>

#include <cerrno>
#include <chrono>
#include <sys/utsname.h>
#include <unistd.h>
#include <utility>

namespace leasehold {

namespace {

std::chrono::sys_seconds this_second()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

struct known_record {
    owner_record record;
    core::shared_text text;
};

}  // namespace

owner_record owner_record::of_this_process()
{
    owner_record record;
    utsname machine{};
    if (::uname(&machine) == 0)
        record.host = machine.nodename;
    record.pid = ::getpid();
    record.program = program_invocation_short_name;
    record.since = this_second();
    return record;
}

core::shared_text record_of_this_process()
{
    thread_local known_record known;
    auto& record = known.record;
    const auto now = this_second();
    if (record.pid != ::getpid())
        record = owner_record::of_this_process();
    else if (record.since == now)
        return known.text;
    auto current = record;
    current.since = now;
    known.text = to_string(current);
    record = std::move(current);
    return known.text;
}

}  // namespace leasehold
