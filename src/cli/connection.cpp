// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include "duration.hpp"
#include "exit_code.hpp"

#include <leasehold/tls_files.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>
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
    flag{"cacert", "FILE", "trust servers whose certificate these authorities signed, and speak TLS"},
    flag{"cert", "FILE", "our certificate, for servers that ask for one"},
    flag{"key", "FILE", "the key of our certificate"},
    flag{"user", "NAME[:PASSWORD]", "who we are, to an etcd with authentication"},
    flag{"password", "PASSWORD", "of the user, if it does not stand with the name"},
};

// etcdctl has them too. Whoever gives one relies on it, so it must not be ignored.
constexpr std::array refused{"auth-jwt-token", "discovery-srv", "discovery-srv-name"};
constexpr const char* unverified = "insecure-skip-tls-verify";
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

/// Bare addresses, too, are to speak TLS.
void ask_for_tls(std::vector<std::string>& endpoints)
{
    for (auto& text : endpoints)
        if (!text.starts_with("unix:") && text.find("://") == text.npos)
            text.insert(0, "https://");
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
    add_switch(unverified);
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

    for (const char* name : refused) {
        if (const auto value = find(name))
            throw failure{exit_usage, value->second +
                                          ": tokens made elsewhere and DNS discovery are not "
                                          "supported yet; use --user and --endpoints"};
    }
    if (const auto value = find(unverified); value && is_true(value->first))
        throw failure{exit_usage, value->second +
                                      ": the server's certificate is always verified; name its "
                                      "authority with --cacert"};

    client_options options;
    options.endpoints = {"127.0.0.1:2379"};
    if (const auto value = find("endpoints"))
        options.endpoints = split_endpoints(value->first, value->second);
    if (const auto value = find(plain_transport); value && !is_true(value->first))
        ask_for_tls(options.endpoints);

    const auto text = [&find](const char* name) {
        auto value = find(name);
        return value ? std::move(value->first) : std::string{};
    };
    try {
        options.tls = read_tls_files({text("cacert"), text("cert"), text("key")});
    } catch (const std::system_error& e) {
        throw failure{exit_usage, e.what()};
    }
    options.user = text("user");
    // As etcdctl reads them.
    const auto password = find("password");
    if (password && (!options.user.empty() || password->second.starts_with("--")))
        options.password = password->first;
    if (const auto colon = options.user.find(':'); options.password.empty() && colon != std::string::npos) {
        options.password = options.user.substr(colon + 1);
        options.user.resize(colon);
    }
    if (!options.user.empty() && options.password.empty())
        throw failure{exit_usage, find("user")->second + ": the password of \"" + options.user +
                                      "\" is missing; give it as NAME:PASSWORD, or in ETCDCTL_PASSWORD"};
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
