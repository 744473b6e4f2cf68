// SPDX-License-Identifier: Apache-2.0
// An endpoint is refused by name or has a target that says the same when it is read again.
#include "check.hpp"

#include <core/endpoint.hpp>

#include <cstddef>
#include <stdexcept>
#include <string_view>

using namespace leasehold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    try {
        const auto e = core::parse_endpoint(text);
        fuzz::check(!e.target.empty() && e.target.size() <= text.size());
        const auto again = core::parse_endpoint((e.secure ? "https://" : "") + e.target);
        fuzz::check(again.target == e.target && again.secure == e.secure);
    } catch (const std::invalid_argument& why) {
        fuzz::check(std::string_view{why.what()}.find(text) != std::string_view::npos ||
                    text.find('\0') != text.npos);
    }
    return 0;
}
