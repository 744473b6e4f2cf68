// SPDX-License-Identifier: Apache-2.0
#include <leasehold/errc.hpp>

#include <ostream>
#include <string>

namespace leasehold {

namespace {

const char* message_of(errc e) noexcept
{
    switch (e) {
    case errc::invalid_name:
        return "the name is empty";
    case errc::invalid_ttl:
        return "the time to live is out of range";
    case errc::invalid_option:
        return "an option has a value out of range";
    case errc::invalid_request:
        return "etcd refused the request as invalid";
    case errc::unreachable:
        return "etcd cannot be reached";
    case errc::outcome_unknown:
        return "the answer was lost: the request may have taken effect";
    case errc::session_lost:
        return "the session was lost";
    case errc::session_closed:
        return "the session is closed";
    case errc::lease_not_found:
        return "the lease does not exist";
    case errc::key_deleted:
        return "the lock's key was deleted by somebody else";
    case errc::not_held:
        return "the lock is not held";
    case errc::compacted:
        return "the revision was compacted away";
    case errc::watch_cancelled:
        return "the server cancelled the watch";
    case errc::already_waiting:
        return "another wait is pending";
    case errc::no_space:
        return "etcd is out of space";
    case errc::overloaded:
        return "etcd is overloaded";
    case errc::unauthenticated:
        return "etcd did not accept the credentials";
    case errc::permission_denied:
        return "permission denied";
    case errc::server_failure:
        return "etcd failed";
    }
    return "unknown error";
}

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "leasehold"; }
    std::string message(int code) const override { return message_of(static_cast<errc>(code)); }
    const char* message(int code, char*, std::size_t) const noexcept override
    {
        return message_of(static_cast<errc>(code));
    }
};

}  // namespace

const boost::system::error_category& error_category() noexcept
{
    static const category instance;
    return instance;
}

std::ostream& operator<<(std::ostream& to, errc e)
{
    return to << message_of(e);
}

}  // namespace leasehold
