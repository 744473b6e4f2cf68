// SPDX-License-Identifier: Apache-2.0
// What is read as an owner record can be written, and what is written is read as it was.
#include "check.hpp"

#include <leasehold/owner_record.hpp>

#include <chrono>
#include <fuzzer/FuzzedDataProvider.h>

using namespace leasehold;
using namespace std::chrono_literals;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text{reinterpret_cast<const char*>(data), size};
    if (const auto read = parse_owner_record(text)) {
        // Further fields of later versions stand behind what is known.
        const auto written = to_string(*read);
        fuzz::check(text == written || text.starts_with(written + ' '));
        fuzz::check(parse_owner_record(written) == read);
    }

    FuzzedDataProvider input{data, size};
    owner_record any;
    any.since = std::chrono::sys_seconds{std::chrono::seconds{input.ConsumeIntegralInRange<std::int64_t>(
        -62'167'219'200, 253'402'300'799)}};  // 0000-01-01T00:00:00Z to 9999-12-31T23:59:59Z
    any.pid = input.ConsumeIntegral<std::int64_t>();
    any.host = input.ConsumeRandomLengthString();
    any.program = input.ConsumeRemainingBytesAsString();
    const auto written = to_string(any);
    fuzz::check(written.find('\n') == std::string::npos);
    fuzz::check(parse_owner_record(written) == any);
    return 0;
}
