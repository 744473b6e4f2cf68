// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// \file
/// The part of etcd's key-value vocabulary that users of locks need. Plain
/// values: copying them is always safe, and no two objects share state.

namespace leasehold {

/// A store-wide counter: every transaction that changes etcd gets the next one.
using revision = std::int64_t;

/// The number of a lease; 0 means "no lease".
using lease_id = std::int64_t;

/// One key as etcd stores it.
struct key_value {
    std::string key{};
    std::string value{};
    revision create_revision = 0;  ///< of the last creation; 0 when the key does not exist
    revision mod_revision = 0;     ///< of the last change
    std::int64_t version = 0;      ///< number of changes since the creation, from 1
    lease_id lease = 0;            ///< the lease that the key dies with, or 0

    friend bool operator==(const key_value&, const key_value&) = default;
};

/// The end of the range of all keys that begin with `prefix`, for the
/// `range_end` members below. An empty prefix gives the whole key space.
std::string prefix_end(std::string prefix);

/**
 * \brief A condition on one key, or on every key of a range, for a \ref transaction.
 *
 * Build one from a field and a comparison:
 * `compare::create_revision("k") == 0` holds when the key does not exist.
 * A comparison of the *value* of a missing key is false whatever the relation;
 * the numbers of a missing key compare as 0 (etcd, `applyCompare`).
 */
struct compare {
    enum class field : std::uint8_t { create_revision, mod_revision, version, lease, value };
    enum class relation : std::uint8_t { equal, not_equal, greater, less };

    std::string key{};
    std::string range_end{};  ///< empty: the one key; otherwise all keys in [key, range_end)
    field what = field::create_revision;
    relation how = relation::equal;
    std::int64_t number = 0;  ///< compared with, unless `what` is `value`
    std::string value{};      ///< compared with, when `what` is `value`

    /// The left-hand side of a comparison; made by the functions below.
    struct numeric_field {
        std::string key{};
        field what;
        std::string range_end{};

        compare operator==(std::int64_t n) && { return make(relation::equal, n); }
        compare operator!=(std::int64_t n) && { return make(relation::not_equal, n); }
        compare operator>(std::int64_t n) && { return make(relation::greater, n); }
        compare operator<(std::int64_t n) && { return make(relation::less, n); }

    private:
        compare make(relation r, std::int64_t n)
        {
            return {std::move(key), std::move(range_end), what, r, n, {}};
        }
    };

    struct value_field {
        std::string key{};

        compare operator==(std::string v) && { return make(relation::equal, std::move(v)); }
        compare operator!=(std::string v) && { return make(relation::not_equal, std::move(v)); }

    private:
        compare make(relation r, std::string v)
        {
            return {std::move(key), {}, field::value, r, 0, std::move(v)};
        }
    };

    static numeric_field create_revision(std::string key, std::string range_end = {})
    {
        return {std::move(key), field::create_revision, std::move(range_end)};
    }
    static numeric_field mod_revision(std::string key) { return {std::move(key), field::mod_revision, {}}; }
    static numeric_field version(std::string key) { return {std::move(key), field::version, {}}; }
    static numeric_field lease(std::string key) { return {std::move(key), field::lease, {}}; }
    static value_field value_of(std::string key) { return {std::move(key)}; }
};

/// Reads one key, or a range of keys.
struct get_request {
    enum class order : std::uint8_t {
        by_key,
        oldest_first,
        newest_first
    };  ///< the last two by create revision

    std::string key{};
    std::string range_end{};  ///< empty: the one key; see \ref prefix_end
    std::int64_t limit = 0;   ///< at most so many keys; 0: all
    order sort = order::by_key;
    revision max_create_revision = 0;  ///< leave out keys created later; 0: none
    revision at_revision = 0;          ///< read the past; 0: the present
    bool serializable = false;         ///< answer from any member, possibly stale
    bool keys_only = false;
    bool count_only = false;
};

/// Writes one key.
struct put_request {
    std::string key{};
    std::string value{};
    lease_id lease = 0;  ///< the key dies with it; 0: never
};

/// Deletes one key, or a range of keys.
struct remove_request {
    std::string key{};
    std::string range_end{};  ///< empty: the one key; see \ref prefix_end
};

struct operation;

/**
 * \brief An atomic step: if all compares hold, do `then`, otherwise `otherwise`.
 *
 * Transactions nest. etcd evaluates every compare, nested ones too, on the
 * state *before* the transaction, and refuses a key that one branch changes
 * twice (etcd, `checkIntervals`, `compareToPath`).
 */
struct transaction {
    std::vector<compare> when{};
    std::vector<operation> then;
    std::vector<operation> otherwise;
};

/// One step of a \ref transaction.
struct operation {
    std::variant<get_request, put_request, remove_request, transaction> request;

    operation(get_request r) : request{std::move(r)} {}     // NOLINT(google-explicit-constructor)
    operation(put_request r) : request{std::move(r)} {}     // NOLINT(google-explicit-constructor)
    operation(remove_request r) : request{std::move(r)} {}  // NOLINT(google-explicit-constructor)
    operation(transaction r) : request{std::move(r)} {}     // NOLINT(google-explicit-constructor)
};

/// What a read found.
struct get_result {
    std::vector<key_value> items{};
    std::int64_t count = 0;            ///< keys in the range, whatever the limit
    bool more = false;                 ///< the limit left some out
    leasehold::revision revision = 0;  ///< of the store when it answered; 0 inside a transaction
};

/// What a write did.
struct put_result {
    leasehold::revision revision = 0;  ///< of the store after the write; 0 inside a transaction
};

/// What a deletion did.
struct remove_result {
    std::int64_t removed = 0;          ///< number of keys
    leasehold::revision revision = 0;  ///< of the store after the deletion; 0 inside a transaction
};

struct operation_result;

/// What a \ref transaction did: one result for each operation of the branch taken.
struct transaction_result {
    bool succeeded = false;  ///< the compares held and `then` was done
    std::vector<operation_result> results;
    leasehold::revision revision = 0;  ///< of the store afterwards
};

/// The result of one operation of a \ref transaction, in the order of the requests.
struct operation_result {
    std::variant<get_result, put_result, remove_result, transaction_result> result;
};

}  // namespace leasehold
