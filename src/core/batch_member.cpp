// SPDX-License-Identifier: Apache-2.0
#include <core/batch_member.hpp>

#include <algorithm>
#include <string>

namespace leasehold::core {

footprint footprint_of(const lock_request& r) noexcept
{
    const auto& p = *r.place;
    const auto range = 2 * p.prefix_size;
    switch (r.what) {
    case lock_request::kind::enqueue:
    case lock_request::kind::enqueue_behind:
        return {2, range + 3 * p.key.size() + r.value->size()};
    case lock_request::kind::try_enqueue:
        return {1, 2 * range + p.key.size() + r.value->size()};
    case lock_request::kind::leave:
    case lock_request::kind::look_own:
        break;
    }
    return {1, 2 * p.key.size()};
}

bool refused_as_a_whole(verdict v) noexcept
{
    switch (v) {
    case verdict::lease_gone:
    case verdict::permission_denied:
    case verdict::invalid:
        return true;
    case verdict::ok:
    case verdict::retry:
    case verdict::back_off:
    case verdict::ambiguous:
    case verdict::lease_exists:
    case verdict::compacted:
    case verdict::no_space:
    case verdict::unauthenticated:
    case verdict::fatal:
        break;
    }
    return false;
}

refusal why_refused(const status& s) noexcept
{
    if (s.text.find("too many operations") != std::string::npos)
        return refusal::too_many_operations;
    const bool large = s.text.find("too large") != std::string::npos ||
                       s.text.find("larger than max") != std::string::npos;  // gRPC's own limit
    return large ? refusal::too_large : refusal::other;
}

bool prefix_set::add(std::string_view prefix)
{
    const auto after = std::lower_bound(sorted_.begin(), sorted_.end(), prefix);
    if (after != sorted_.end() && after->starts_with(prefix))
        return false;
    // One that encloses this one ends with a slash inside it.
    for (auto slash = prefix.find('/'); slash != prefix.npos; slash = prefix.find('/', slash + 1))
        if (std::binary_search(sorted_.begin(), after, prefix.substr(0, slash + 1)))
            return false;
    sorted_.insert(after, prefix);
    return true;
}

}  // namespace leasehold::core
