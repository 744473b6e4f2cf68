// SPDX-License-Identifier: Apache-2.0
#include <core/claim_protocol.hpp>

#include <utility>
#include <variant>

namespace leasehold::core {

transaction publish(const owned_key& key, revision known, std::string value)
{
    get_request read;
    read.key = key.key;

    transaction t;
    t.when.push_back(compare::create_revision(key.key) == key.created);
    t.when.push_back(compare::mod_revision(key.key) == known);
    t.then.emplace_back(put_request{key.key, std::move(value), key.lease});
    t.otherwise.emplace_back(std::move(read));
    return t;
}

publish_outcome read_publish(const owned_key& key, transaction_result result)
{
    publish_outcome out;
    if (result.succeeded) {
        out.what = publish_outcome::kind::done;
        out.at = result.revision;
        return out;
    }
    auto* read = result.results.empty() ? nullptr : std::get_if<get_result>(&result.results[0].result);
    if (!read || read->items.empty() || read->items[0].create_revision != key.created)
        return out;
    out.what = publish_outcome::kind::changed_by_others;
    out.at = read->items[0].mod_revision;
    out.value = std::move(read->items[0].value);
    return out;
}

}  // namespace leasehold::core
