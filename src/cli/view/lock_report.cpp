// SPDX-License-Identifier: Apache-2.0
#include <view/lock_report.hpp>
#include <view/queue_key.hpp>
#include <view/text.hpp>
#include <view/text_table.hpp>
#include <view/time_text.hpp>

namespace leasehold::cli {

namespace {

constexpr const char* unknown = "-";

std::string since_text(const std::optional<owner_record>& o)
{
    return o ? timestamp(o->since) : unknown;
}

/// What all reports tell of a key in a queue.
void add_entry(json_object& json, const key_value& entry, const std::optional<owner_record>& o)
{
    json.add("key", entry.key)
        .add("lease", hex(entry.lease))
        .add("create_revision", entry.create_revision)
        .add("value", entry.value);
    if (!o) {
        json.add_null("owner");
        return;
    }
    json_object nested;
    nested.add("host", o->host)
        .add("pid", o->pid)
        .add("program", o->program)
        .add("since", timestamp(o->since));
    json.add("owner", nested);
}

}  // namespace

std::string value_text(const std::optional<owner_record>& o, const std::string& value)
{
    return o ? std::string{} : escape(value);
}

std::vector<std::string> lock_lines(const std::vector<lock_row>& rows, std::optional<std::size_t> width)
{
    text_table table{{{"NAME"},
                      {"HOLDER", side::left, text_table::clipping::at_end},
                      {"SINCE"},
                      {"TTL", side::right},
                      {"WAITERS", side::right},
                      {"VALUE", side::left, text_table::clipping::at_end}}};
    for (const lock_row& row : rows) {
        table.add({escape(row.name), who(row.owner, row.holder.lease), since_text(row.owner),
                   row.ttl ? short_duration(*row.ttl) : unknown, std::to_string(row.waiters),
                   value_text(row.owner, row.holder.value)});
    }
    return table.lines(width);
}

json_object lock_json(const lock_row& row)
{
    json_object json;
    json.add("name", row.name);
    add_entry(json, row.holder, row.owner);
    if (row.ttl)
        json.add("ttl", std::int64_t{row.ttl->count()});
    else
        json.add_null("ttl");
    json.add("waiters", static_cast<std::int64_t>(row.waiters));
    return json;
}

std::vector<std::string> queue_lines(const std::vector<key_value>& queue, std::optional<std::size_t> width)
{
    text_table table{{{"POSITION", side::right},
                      {"KEY"},
                      {"OWNER", side::left, text_table::clipping::at_end},
                      {"SINCE"},
                      {"VALUE", side::left, text_table::clipping::at_end}}};
    std::size_t position = 0;
    for (const key_value& entry : queue) {
        const auto o = parse_owner_record(entry.value);
        table.add({std::to_string(position++), escape(entry.key), o ? who(o, entry.lease) : unknown,
                   since_text(o), value_text(o, entry.value)});
    }
    return table.lines(width);
}

json_object queue_json(const key_value& entry, std::size_t position)
{
    json_object json;
    json.add("position", static_cast<std::int64_t>(position));
    add_entry(json, entry, parse_owner_record(entry.value));
    return json;
}

std::string change_line(const std::string& name, const std::optional<key_value>& holder)
{
    if (!holder)
        return "free\t" + escape(name);
    const auto o = parse_owner_record(holder->value);
    return "held\t" + escape(name) + '\t' + who(o, holder->lease) + '\t' + value_text(o, holder->value);
}

json_object change_json(const std::string& name, const std::optional<key_value>& holder, revision at)
{
    json_object json;
    json.add("name", name).add("held", holder.has_value()).add("revision", at);
    if (holder)
        add_entry(json, *holder, parse_owner_record(holder->value));
    return json;
}

}  // namespace leasehold::cli
