// SPDX-License-Identifier: Apache-2.0
#include <core/batch_member.hpp>

#include <algorithm>
#include <type_traits>
#include <variant>
#include <vector>

namespace leasehold::core {

namespace {

std::size_t bytes_of(const compare& c)
{
    return c.key.size() + c.range_end.size() + c.value.size();
}

std::size_t bytes_of(const put_request& r)
{
    return r.key.size() + r.value.size();
}

template <class Ranged>
std::size_t bytes_of(const Ranged& r)
{
    return r.key.size() + r.range_end.size();
}

/// Adds to the bytes; gives what the deepest of the operations needs of the budget.
std::size_t measure(const std::vector<operation>& list, std::size_t& bytes)
{
    std::size_t deepest = 0;
    for (const auto& o : list)
        if (const auto* nested = std::get_if<transaction>(&o.request)) {
            const auto f = footprint_of(*nested);
            deepest = std::max(deepest, f.operations);
            bytes += f.bytes;
        } else {
            std::visit(
                [&bytes](const auto& r) {
                    if constexpr (!std::is_same_v<std::decay_t<decltype(r)>, transaction>)
                        bytes += bytes_of(r);
                },
                o.request);
        }
    return deepest;
}

}  // namespace

footprint footprint_of(const transaction& t)
{
    footprint f;
    for (const auto& c : t.when)
        f.bytes += bytes_of(c);
    const auto deepest = std::max(measure(t.then, f.bytes), measure(t.otherwise, f.bytes));
    f.operations = std::max({t.when.size(), t.then.size(), t.otherwise.size()}) + deepest;
    return f;
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
