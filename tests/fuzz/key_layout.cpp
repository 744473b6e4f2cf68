// SPDX-License-Identifier: Apache-2.0
// A key is taken for a session's place in a queue exactly if it is the one that this session would write.
#include "check.hpp"

#include <core/key_layout.hpp>

#include <fuzzer/FuzzedDataProvider.h>

using namespace leasehold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    FuzzedDataProvider input{data, size};
    const auto lease = input.ConsumeIntegralInRange<lease_id>(1, std::numeric_limits<lease_id>::max());
    const auto prefix = core::queue_prefix(input.ConsumeRandomLengthString());
    const auto rest = input.ConsumeRemainingBytesAsString();

    fuzz::check(core::lease_of_key(prefix, core::queue_key(prefix, lease)) == lease);
    for (const auto& key : {rest, prefix + rest})
        if (const auto found = core::lease_of_key(prefix, key))
            fuzz::check(*found > 0 && core::queue_key(prefix, *found) == key);

    const auto end = prefix_end(prefix);
    const auto inside = prefix + rest;
    fuzz::check(end == std::string(1, '\0') || (prefix <= inside && inside < end));
    return 0;
}
