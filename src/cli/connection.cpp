// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include "duration.hpp"
#include "exit_code.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

namespace leasehold::cli {

namespace {

using namespace std::chrono_literals;

struct flag {
    const char* name;
    const char* type;
    const char* help;
};

constexpr std::array supported{
    flag{"endpoints", "URL,...", "etcd's members, default 127.0.0.1:2379"},
    flag{"dial-timeout", "TIME", "how long to look for a member that can be connected to, default 2s"},
    flag{"command-timeout", "TIME", "how long to wait for an answer to a request, default 5s"},
    flag{"keepalive-time", "TIME", "interval of pings on a silent connection, default 10s, at least 5s"},
    flag{"keepalive-timeout", "TIME", "how long to wait for an answer to a ping, default 5s"},
};

// etcdctl has them too. Whoever gives one relies on it, so it must not be ignored.
constexpr std::array refused{"cacert",   "cert",           "key",           "user",
                             "password", "auth-jwt-token", "discovery-srv", "discovery-srv-name"};
constexpr std::array refused_switches{"insecure-skip-tls-verify"};
constexpr const char* plain_transport = "insecure-transport";  // etcdctl's default; false asks for TLS

std::string variable_of(std::string_view name)
{
    std::string variable = "ETCDCTL_";
    for (const char c : name)
        variable += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return variable;
}

std::optional<std::string> environment(const std::string& variable)
{
    const char* value = std::getenv(variable.c_str());
    return value && *value ? std::optional<std::string>{value} : std::nullopt;
}

std::vector<std::string> split_endpoints(std::string_view list, const std::string& source)
{
    std::vector<std::string> endpoints;
    for (;;) {
        const auto comma = list.find(',');
        std::string_view one = list.substr(0, comma);
        while (!one.empty() && one.front() == ' ')
            one.remove_prefix(1);
        while (!one.empty() && one.back() == ' ')
            one.remove_suffix(1);
        if (one.empty())
            throw failure{exit_usage,
                          source + ": an empty endpoint; write for example 10.0.0.1:2379,10.0.0.2:2379"};
        endpoints.emplace_back(one);
        if (comma == std::string_view::npos)
            return endpoints;
        list.remove_prefix(comma + 1);
    }
}

bool is_true(std::string_view text)
{
    return text == "true" || text == "1" || text == "t" || text == "T" || text == "TRUE" || text == "True";
}

}  // namespace

void connection_flags::add(CLI::App& app, values& given)
{
    const auto store = [&given](const char* name) {
        return [&given, name](const std::string& value) { given[name] = value; };
    };
    const std::string dashes = "--";
    for (const flag& f : supported) {
        app.add_option_function<std::string>(dashes + f.name, store(f.name),
                                             std::string{f.help} + " [" + variable_of(f.name) + ']')
            ->type_name(f.type)
            ->take_last()
            ->group("Connection (as etcdctl)");
    }
    for (const char* name : refused)
        app.add_option_function<std::string>(dashes + name, store(name))->take_last()->group("");
    const auto add_switch = [&](const char* name) {
        app.add_flag_function(dashes + name,
                              [&given, name](std::int64_t on) { given[name] = on > 0 ? "true" : "false"; })
            ->group("");
    };
    for (const char* name : refused_switches)
        add_switch(name);
    add_switch(plain_transport);
}

client_options connection_flags::resolve() const
{
    // The value and where it is from.
    const auto find = [this](const char* name) -> std::optional<std::pair<std::string, std::string>> {
        for (const values* given : {&behind_, &before_}) {
            if (const auto it = given->find(name); it != given->end())
                return std::pair{it->second, std::string{"--"} + name};
        }
        if (auto value = environment(variable_of(name)))
            return std::pair{*std::move(value), variable_of(name)};
        return std::nullopt;
    };

    const auto refuse = [](const std::string& source) {
        throw failure{exit_usage,
                      source +
                          ": TLS, authentication and DNS discovery are not supported yet; leave it "
                          "out and use an endpoint that speaks plain HTTP"};
    };
    for (const char* name : refused) {
        if (const auto value = find(name))
            refuse(value->second);
    }
    for (const char* name : refused_switches) {
        if (const auto value = find(name); value && is_true(value->first))
            refuse(value->second);
    }
    if (const auto value = find(plain_transport); value && !is_true(value->first))
        refuse(value->second + '=' + value->first);

    client_options options;
    if (const auto value = find("endpoints"))
        options.endpoints = split_endpoints(value->first, value->second);
    const auto read = [&find](const char* name, std::chrono::milliseconds& target) {
        if (const auto value = find(name))
            target = parse_duration(value->first, value->second);
    };
    read("dial-timeout", options.connect_timeout);
    read("command-timeout", options.request_timeout);
    read("keepalive-time", options.keepalive_time);
    read("keepalive-timeout", options.keepalive_timeout);
    // etcdctl's own default, 2 s, is more often than a server allows to a client without requests.
    options.keepalive_time = std::max(options.keepalive_time, std::chrono::milliseconds{5001ms});
    return options;
}

}  // namespace leasehold::cli
