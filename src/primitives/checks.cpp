// SPDX-License-Identifier: Apache-2.0
#include "checks.hpp"

#include <core/endpoint.hpp>

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace leasehold::checks {

using namespace std::chrono_literals;

namespace {

// etcd's own limits, lease/lessor.go: MaxLeaseTTL.
constexpr auto least_ttl = 1s;
constexpr auto most_ttl = 9'000'000'000s;

template <class T>
std::string number(T value)
{
    std::ostringstream text;
    text << value;
    return text.str();
}

void require(bool good, const std::string& what)
{
    if (!good)
        throw std::invalid_argument{"leasehold: " + what};
}

void check_range(const char* name, std::chrono::nanoseconds value, std::chrono::nanoseconds least,
                 std::chrono::nanoseconds most)
{
    require(value >= least && value <= most, std::string{name} + " is " + to_text(value) + ", expected " +
                                                 to_text(least) + " to " + to_text(most));
}

template <class Duration>
std::string ttl_text(Duration ttl)
{
    return "the time to live is " + number(std::chrono::duration<double>(ttl).count()) +
           "s, expected 1s to 9000000000s";
}

/// Whether there is anything in it.
bool given(const tls_options& tls)
{
    return !tls.ca_certificates.empty() || !tls.certificate.empty() || !tls.private_key.empty() ||
           !tls.server_name.empty();
}

void check_pem(const char* name, const std::string& text)
{
    require(text.empty() || text.find("-----BEGIN ") != text.npos,
            std::string{"client_options::tls."} + name +
                " is no PEM text: there is no \"-----BEGIN \" in it (for the name of a file, see "
                "leasehold::read_tls_files)");
}

void check_tls(const client_options& options)
{
    const auto& tls = options.tls;
    check_pem("ca_certificates", tls.ca_certificates);
    check_pem("certificate", tls.certificate);
    check_pem("private_key", tls.private_key);
    require(tls.certificate.empty() == tls.private_key.empty(),
            tls.certificate.empty() ? "client_options::tls.private_key is given without a certificate"
                                    : "client_options::tls.certificate is given without its private_key");
    for (const auto& text : options.endpoints) {
        const auto e = core::parse_endpoint(text);
        require(!given(tls) || speaks_tls(e, tls), "client_options::tls is given, but the endpoint \"" +
                                                       text +
                                                       "\" is one without TLS (expected https://host:port)");
    }
}

void check_user(const client_options& options)
{
    require(!options.user.empty() || options.password.empty(),
            "client_options::password is given without a user");
    require(options.user.empty() || !options.password.empty(),
            "client_options::user is \"" + options.user + "\", but there is no password");
    const auto secure = [&options](const std::string& text) {
        return speaks_tls(core::parse_endpoint(text), options.tls);
    };
    const bool any = std::ranges::any_of(options.endpoints, secure);
    for (const auto& text : options.endpoints)
        require(options.user.empty() || !any || secure(text),
                "client_options::user is given, and the endpoint \"" + text +
                    "\" would get the password without TLS (expected https://host:port, as another is)");
}

}  // namespace

bool speaks_tls(const core::endpoint& e, const tls_options& tls)
{
    return e.secure || (!e.scheme_given && given(tls));
}

std::string to_text(std::chrono::nanoseconds d)
{
    return number(std::chrono::duration<double>(d).count()) + "s";
}

std::chrono::seconds whole_seconds(std::chrono::milliseconds ttl)
{
    return std::chrono::ceil<std::chrono::seconds>(ttl);
}

detail::failure check_ttl(std::chrono::milliseconds ttl)
{
    if (ttl >= least_ttl && ttl <= most_ttl)
        return {};
    return {make_error_code(errc::invalid_ttl), ttl_text(ttl)};
}

void check(const client_options& options)
{
    require(!options.endpoints.empty(), "client_options::endpoints is empty");
    check_tls(options);
    check_user(options);
    check_range("client_options::connect_timeout", options.connect_timeout, 1ms, 24h);
    check_range("client_options::request_timeout", options.request_timeout, 1ms, 24h);
    check_range("client_options::keepalive_time", options.keepalive_time, 5001ms, 24h);
    check_range("client_options::keepalive_timeout", options.keepalive_timeout, 1ms, 24h);
    check_range("client_options::safety_margin", options.safety_margin, 0ms, 999ms);
    require(options.max_clock_drift >= 0 && options.max_clock_drift <= 0.5,
            "client_options::max_clock_drift is " + number(options.max_clock_drift) + ", expected 0 to 0.5");
    for (std::size_t i = 0; i < options.observers.size(); ++i)
        require(options.observers[i] != nullptr,
                "client_options::observers[" + number(i) + "] is null, expected an observer");
}

void check(const std::string& key, const watch_options& options)
{
    require(!key.empty() || options.prefix, "the key to watch is empty (with prefix, that means every key)");
    require(options.start_revision >= 0,
            "watch_options::start_revision is " + number(options.start_revision) + ", expected 0 or more");
    require(options.buffer > 0, "watch_options::buffer is 0, expected 1 or more");
    require(options.puts || options.removes, "watch_options asks for neither puts nor removes");
}

void check(const locker_options& options)
{
    if (const auto why = check_ttl(options.ttl); why.code)
        require(false, "locker_options::ttl: " + why.text);
    require(options.watch_buffer > 0, "locker_options::watch_buffer is 0, expected 1 or more");
    require(options.page > 0, "locker_options::page is 0, expected 1 or more");
}

void check_name(const std::string& name)
{
    require(!name.empty(), "the name is empty: \"\"");
}

void check_lock(const std::string& name, const mutex_options& options)
{
    require(!name.empty(), "the name of the lock is empty: \"\"");
    if (const auto why = check_ttl(options.ttl); why.code)
        require(false, "mutex_options::ttl of the lock \"" + name + "\": " + why.text);
    check_range("mutex_options::local_turn", options.local_turn, 0ms, 24h);
}

}  // namespace leasehold::checks
