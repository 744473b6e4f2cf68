// SPDX-License-Identifier: Apache-2.0
#include "etcd_server.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <limits>
#include <netinet/in.h>
#include <poll.h>
#include <random>
#include <signal.h>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace leasehold::test {

namespace {

using clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

[[noreturn]] void throw_errno(const std::string& what, int error = errno)
{
    throw std::system_error{error, std::generic_category(), what};
}

class unique_fd {
public:
    explicit unique_fd(int fd) noexcept : fd_{fd} {}
    unique_fd(unique_fd&& other) noexcept : fd_{other.release()} {}
    unique_fd& operator=(unique_fd&&) = delete;
    ~unique_fd() { reset(); }

    int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset(int fd = -1) noexcept
    {
        if (fd_ >= 0)
            ::close(fd_);
        fd_ = fd;
    }

private:
    int fd_ = -1;
};

struct pipe_ends {
    unique_fd read;
    unique_fd write;
};

pipe_ends make_pipe()
{
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0)
        throw_errno("pipe2");
    return {unique_fd{fds[0]}, unique_fd{fds[1]}};
}

unique_fd open_file(const char* path, int flags)
{
    unique_fd fd{::open(path, flags | O_CLOEXEC, 0644)};
    if (fd.get() < 0)
        throw_errno(path);
    return fd;
}

int millis_left(clock::time_point deadline)
{
    const auto left = std::chrono::ceil<millis>(deadline - clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

/// Waits until the descriptor is readable; false when time is up.
bool wait_readable(int fd, clock::time_point deadline)
{
    for (;;) {
        pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
        const int n = ::poll(&entry, 1, millis_left(deadline));
        if (n >= 0)
            return n > 0;
        if (errno != EINTR)
            throw_errno("poll");
    }
}

/// The pause between two looks at something that cannot be waited for.
void back_off(clock::time_point deadline, millis pause)
{
    ::poll(nullptr, 0, std::min(static_cast<int>(pause.count()), millis_left(deadline)));
}

std::string find_program(const std::string& name)
{
    if (name.find('/') != std::string::npos)
        return name;
    const char* path = std::getenv("PATH");
    std::istringstream folders{path ? path : "/usr/bin:/bin"};
    for (std::string folder; std::getline(folders, folder, ':');) {
        auto candidate = (folder.empty() ? "." : folder) + "/" + name;
        if (::access(candidate.c_str(), X_OK) == 0 && !fs::is_directory(candidate))
            return candidate;
    }
    throw std::runtime_error{"no program '" + name + "' on PATH"};
}

std::vector<std::string> merged_environment(const std::vector<std::string>& added)
{
    auto same_name = [](std::string_view a, std::string_view b) {
        return a.substr(0, a.find('=')) == b.substr(0, b.find('='));
    };
    std::vector<std::string> result;
    for (char** entry = environ; *entry; ++entry) {
        if (std::ranges::none_of(added, [&](const auto& a) { return same_name(a, *entry); }))
            result.emplace_back(*entry);
    }
    result.insert(result.end(), added.begin(), added.end());
    return result;
}

std::vector<char*> c_array(const std::vector<std::string>& strings)
{
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (const auto& s : strings)
        result.push_back(const_cast<char*>(s.c_str()));
    result.push_back(nullptr);
    return result;
}

/// fork + exec with the three standard descriptors given. The child gets
/// SIGKILL when the calling thread ends.
pid_t spawn(const std::vector<std::string>& argv, const std::vector<std::string>& env, int out, int err)
{
    if (argv.empty())
        throw std::runtime_error{"spawn: no program named"};
    // All that allocates comes before the fork: other threads may hold locks.
    const auto program = find_program(argv[0]);
    const auto environment = merged_environment(env);
    const auto argv_array = c_array(argv);
    const auto env_array = c_array(environment);
    const auto null_input = open_file("/dev/null", O_RDONLY);
    auto failure = make_pipe();
    const pid_t parent = ::getpid();

    const pid_t pid = ::fork();
    if (pid < 0)
        throw_errno("fork");
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent)  // it died before that
            ::_exit(127);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::signal(SIGPIPE, SIG_DFL);
        // dup2 leaves close-on-exec set when source and target are the same.
        auto place = [](int from, int to) {
            return from == to ? ::fcntl(from, F_SETFD, 0) == 0 : ::dup2(from, to) >= 0;
        };
        if (place(null_input.get(), STDIN_FILENO) && place(out, STDOUT_FILENO) && place(err, STDERR_FILENO))
            ::execve(program.c_str(), argv_array.data(), env_array.data());
        const int error = errno;
        [[maybe_unused]] const auto n = ::write(failure.write.get(), &error, sizeof error);
        ::_exit(127);
    }

    failure.write.reset();
    int error = 0;
    ssize_t n = 0;
    do {
        n = ::read(failure.read.get(), &error, sizeof error);
    } while (n < 0 && errno == EINTR);
    if (n > 0) {
        ::waitpid(pid, nullptr, 0);
        throw_errno("cannot start " + program, error);
    }
    return pid;
}

int exit_code_of(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Appends what there is; false at the end of the output.
bool read_some(int fd, std::string& into)
{
    std::array<char, 16384> chunk;
    for (;;) {
        const auto n = ::read(fd, chunk.data(), chunk.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            throw_errno("read");
        into.append(chunk.data(), static_cast<std::size_t>(n));
        return n > 0;
    }
}

}  // namespace

// ---------------------------------------------------------------------------
// Programs
// ---------------------------------------------------------------------------

run_result run(const std::vector<std::string>& argv, const run_options& options)
{
    const auto deadline = clock::now() + options.timeout;
    auto out = make_pipe();
    auto err = make_pipe();
    const pid_t pid = spawn(argv, options.env, out.write.get(), err.write.get());
    out.write.reset();
    err.write.reset();

    run_result result;
    bool in_time = true;
    while (in_time && (out.read.get() >= 0 || err.read.get() >= 0)) {
        std::array<pollfd, 2> entries{{{out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
        const int n = ::poll(entries.data(), entries.size(), millis_left(deadline));
        if (n < 0 && errno != EINTR)
            throw_errno("poll");
        in_time = n != 0;
        if (n <= 0)
            continue;
        if (entries[0].revents && !read_some(out.read.get(), result.out))
            out.read.reset();
        if (entries[1].revents && !read_some(err.read.get(), result.err))
            err.read.reset();
    }

    // Both outputs have ended, so it has or is about to.
    int status = 0;
    pid_t ended = 0;
    while (in_time && (ended = ::waitpid(pid, &status, WNOHANG)) == 0) {
        in_time = clock::now() < deadline;
        back_off(deadline, millis{1});
    }
    if (!in_time) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        throw std::runtime_error{argv[0] + " did not end within " + std::to_string(options.timeout.count()) +
                                 " ms; it printed:\n" + result.out + result.err};
    }
    if (ended < 0)
        throw_errno("waitpid");
    result.exit_code = exit_code_of(status);
    return result;
}

child_process::child_process(const std::vector<std::string>& argv) : child_process{argv, options{}} {}

child_process::child_process(const std::vector<std::string>& argv, const options& how)
    : name_{argv.empty() ? "" : argv[0]}
{
    if (!how.output_file.empty()) {
        const auto file = open_file(how.output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND);
        pid_ = spawn(argv, how.env, file.get(), file.get());
        return;
    }
    auto out = make_pipe();
    pid_ = spawn(argv, how.env, out.write.get(), how.merge_stderr ? out.write.get() : STDERR_FILENO);
    stdout_ = out.read.release();
}

child_process::child_process(child_process&& other) noexcept
    : pid_{std::exchange(other.pid_, -1)},
      stdout_{std::exchange(other.stdout_, -1)},
      exit_code_{other.exit_code_},
      buffer_{std::move(other.buffer_)},
      name_{std::move(other.name_)}
{}

child_process& child_process::operator=(child_process&& other) noexcept
{
    std::swap(pid_, other.pid_);
    std::swap(stdout_, other.stdout_);
    std::swap(exit_code_, other.exit_code_);
    std::swap(buffer_, other.buffer_);
    std::swap(name_, other.name_);
    return *this;
}

child_process::~child_process()
{
    kill();
    if (stdout_ >= 0)
        ::close(stdout_);
}

bool child_process::fill(clock::time_point deadline)
{
    if (stdout_ < 0)
        return false;
    if (!wait_readable(stdout_, deadline))
        throw std::runtime_error{name_ + " printed no (further) line in time; so far: \"" + buffer_ + '"'};
    if (read_some(stdout_, buffer_))
        return true;
    ::close(std::exchange(stdout_, -1));
    return false;
}

std::optional<std::string> child_process::read_line(millis timeout)
{
    const auto deadline = clock::now() + timeout;
    std::size_t end = 0;
    while ((end = buffer_.find('\n')) == std::string::npos) {
        if (fill(deadline))
            continue;
        if (buffer_.empty())
            return std::nullopt;
        return std::exchange(buffer_, {});
    }
    auto line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return line;
}

std::string child_process::read_until(std::string_view start, millis timeout)
{
    const auto deadline = clock::now() + timeout;
    std::string seen;
    while (auto line = read_line(millis{millis_left(deadline)})) {
        if (line->starts_with(start))
            return *std::move(line);
        seen += *line + '\n';
    }
    throw std::runtime_error{name_ + " ended without a line that starts \"" + std::string{start} +
                             "\"; it printed:\n" + seen};
}

void child_process::send_signal(int number) const
{
    if (pid_ <= 0 || exit_code_)
        throw std::runtime_error{name_ + " has ended and takes no signal"};
    if (::kill(pid_, number) != 0)
        throw_errno("kill");
}

std::optional<int> child_process::poll()
{
    if (!exit_code_ && pid_ > 0) {
        int status = 0;
        const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
        if (ended < 0)
            throw_errno("waitpid");
        if (ended == pid_)
            exit_code_ = exit_code_of(status);
    }
    return exit_code_;
}

int child_process::wait(millis timeout)
{
    const auto deadline = clock::now() + timeout;
    for (millis pause{1};; pause = std::min(pause * 2, millis{20})) {
        if (auto code = poll())
            return *code;
        if (clock::now() >= deadline)
            throw std::runtime_error{name_ + " did not end within " + std::to_string(timeout.count()) +
                                     " ms"};
        back_off(deadline, pause);
    }
}

void child_process::kill() noexcept
{
    if (pid_ <= 0 || exit_code_)
        return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    pid_t ended = 0;
    do {
        ended = ::waitpid(pid_, &status, 0);
    } while (ended < 0 && errno == EINTR);
    exit_code_ = ended == pid_ ? exit_code_of(status) : 128 + SIGKILL;
}

// ---------------------------------------------------------------------------
// etcd
// ---------------------------------------------------------------------------

namespace {

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

/// A port that nobody listens on, held by a bound socket until that is destroyed.
struct reserved_port {
    unique_fd socket;
    std::uint16_t number = 0;
};

std::optional<reserved_port> try_reserve(std::uint16_t number)
{
    unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (fd.get() < 0)
        throw_errno("socket");
    auto address = loopback(number);
    socklen_t size = sizeof address;
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0)
        return std::nullopt;
    if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw_errno("getsockname");
    return reserved_port{std::move(fd), ntohs(address.sin_port)};
}

/// Below the range of outgoing connections: while a server of ours is down, a
/// client that connects to it again and again would else be given the server's
/// own port as its source one day, connect to itself and keep the port.
reserved_port reserve_port()
{
    constexpr unsigned lowest = 10'000;
    unsigned outgoing = 0;
    std::ifstream{"/proc/sys/net/ipv4/ip_local_port_range"} >> outgoing;
    if (outgoing > lowest + 1'000) {
        static std::mt19937 random{std::random_device{}()};
        std::uniform_int_distribution<unsigned> pick{lowest, outgoing - 1};
        for (int attempt = 0; attempt < 100; ++attempt) {
            if (auto port = try_reserve(static_cast<std::uint16_t>(pick(random))))
                return *std::move(port);
        }
    }
    if (auto port = try_reserve(0))
        return *std::move(port);
    throw_errno("no free port");
}

fs::path data_parent()
{
    if (const char* given = std::getenv("LEASEHOLD_TEST_TMPDIR"); given && *given)
        return given;
    // etcd allocates 64 MB and more at once; a container's /dev/shm may have no more than that.
    constexpr std::uint64_t enough = 1ULL << 30;
    struct statvfs memory{};
    if (::access("/dev/shm", W_OK) == 0 && ::statvfs("/dev/shm", &memory) == 0 &&
        std::uint64_t{memory.f_bavail} * memory.f_frsize >= enough)
        return "/dev/shm";
    return fs::temp_directory_path();
}

/// A fresh folder, removed with all that is in it.
class temporary_folder {
public:
    temporary_folder()
    {
        auto name = (data_parent() / "leasehold-etcd-XXXXXX").string();
        if (!::mkdtemp(name.data()))
            throw_errno("mkdtemp " + name);
        path_ = name;
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    const fs::path& path() const noexcept { return path_; }

private:
    fs::path path_;
};

bool knows_no_fsync(const std::string& program)
{
    static const bool known = run({program, "--help"}).out.find("--unsafe-no-fsync") != std::string::npos;
    return known;
}

/// GET /health: what it answered, empty when it did not.
std::string ask_health(std::uint16_t port, millis timeout)
{
    const auto deadline = clock::now() + timeout;
    unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto address = loopback(port);
    if (fd.get() < 0 || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return {};
    constexpr std::string_view request = "GET /health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n";
    if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
        return {};
    std::string answer;
    try {
        while (wait_readable(fd.get(), deadline) && read_some(fd.get(), answer)) {
        }
    } catch (const std::system_error&) {  // reset: it is going, or another program's
        return {};
    }
    return answer;
}

}  // namespace

std::string etcd_program()
{
    const char* given = std::getenv("LEASEHOLD_ETCD");
    return find_program(given && *given ? given : "etcd");
}

struct etcd_server::member {
    std::string name;
    etcd_options options;
    std::uint16_t client_port = 0;
    std::uint16_t peer_port = 0;
    std::string cluster;  // --initial-cluster
    std::string endpoint;
    temporary_folder folder;
    std::optional<child_process> process;

    member(std::string member_name, etcd_options how) : name{std::move(member_name)}, options{std::move(how)}
    {}

    std::string peer_url() const { return "http://127.0.0.1:" + std::to_string(peer_port); }
    fs::path log_path() const { return folder.path() / "log"; }

    void choose_ports(const reserved_port& client, const reserved_port& peer)
    {
        client_port = client.number;
        peer_port = peer.number;
        endpoint = "http://127.0.0.1:" + std::to_string(client_port);
        cluster = name + "=" + peer_url();
    }

    void start()
    {
        const auto program = etcd_program();
        std::vector<std::string> argv{program,
                                      "--name=" + name,
                                      "--data-dir=" + (folder.path() / "data").string(),
                                      "--listen-client-urls=" + endpoint,
                                      "--advertise-client-urls=" + endpoint,
                                      "--listen-peer-urls=" + peer_url(),
                                      "--initial-advertise-peer-urls=" + peer_url(),
                                      "--initial-cluster=" + cluster,
                                      "--initial-cluster-token=" + cluster};
        if (knows_no_fsync(program))
            argv.emplace_back("--unsafe-no-fsync");
        argv.insert(argv.end(), options.extra_args.begin(), options.extra_args.end());
        process.emplace(argv, child_process::options{.env = {}, .output_file = log_path()});
    }

    bool port_was_taken() const
    {
        std::ifstream log{log_path()};
        const std::string text{std::istreambuf_iterator<char>{log}, {}};
        return text.find("address already in use") != std::string::npos;
    }

    void forget_first_try()
    {
        process.reset();
        fs::remove_all(folder.path() / "data");
        fs::remove(log_path());
    }
};

constexpr int start_attempts = 5;

etcd_server::etcd_server() : etcd_server{etcd_options{}} {}

etcd_server::etcd_server(const etcd_options& options) : member_{std::make_unique<member>("alone", options)}
{
    for (int attempt = 1;; ++attempt) {
        {
            const auto client = reserve_port();
            const auto peer = reserve_port();
            member_->choose_ports(client, peer);
        }
        member_->start();
        try {
            wait_healthy(options.start_timeout);
            return;
        } catch (const std::runtime_error&) {
            // Between our letting go of the ports and its taking them somebody else may have come.
            if (attempt == start_attempts || !member_->port_was_taken())
                throw;
            member_->forget_first_try();
        }
    }
}

etcd_server::etcd_server(std::unique_ptr<member> prepared) : member_{std::move(prepared)} {}
etcd_server::etcd_server(etcd_server&&) noexcept = default;
etcd_server& etcd_server::operator=(etcd_server&&) noexcept = default;
etcd_server::~etcd_server() = default;

const std::string& etcd_server::endpoint() const noexcept
{
    return member_->endpoint;
}

pid_t etcd_server::pid() const noexcept
{
    return member_->process->pid();
}

void etcd_server::kill()
{
    member_->process->kill();
}

void etcd_server::stop()
{
    member_->process->send_signal(SIGSTOP);
    // Its threads stop one by one; a request may get through until the last has.
    siginfo_t info{};
    while (::waitid(P_PID, id_t(member_->process->pid()), &info, WSTOPPED) == -1 && errno == EINTR) {
    }
}

void etcd_server::cont()
{
    member_->process->send_signal(SIGCONT);
}

void etcd_server::relaunch()
{
    kill();
    member_->start();
}

void etcd_server::restart()
{
    relaunch();
    wait_healthy(member_->options.start_timeout);
}

bool etcd_server::healthy() const
{
    const auto answer = ask_health(member_->client_port, millis{2'000});
    return answer.find("200 OK") != std::string::npos && answer.find("\"true\"") != std::string::npos;
}

void etcd_server::wait_healthy(millis timeout)
{
    const auto deadline = clock::now() + timeout;
    for (millis pause{2}; !healthy(); pause = std::min(pause * 2, millis{20})) {
        if (const auto code = member_->process->poll())
            throw std::runtime_error{"etcd " + member_->name + " ended with exit code " +
                                     std::to_string(*code) + "; the end of its log:\n" + log_tail()};
        if (clock::now() >= deadline)
            throw std::runtime_error{"etcd " + member_->name + " is not up after " +
                                     std::to_string(timeout.count()) + " ms; the end of its log:\n" +
                                     log_tail()};
        back_off(deadline, pause);
    }
}

std::string etcd_server::log_tail(std::size_t lines) const
{
    std::ifstream log{member_->log_path()};
    const std::string text{std::istreambuf_iterator<char>{log}, {}};
    auto from = text.size();
    for (std::size_t seen = 0; from > 0; --from) {
        if (text[from - 1] == '\n' && ++seen > lines)
            break;
    }
    return text.substr(from);
}

etcd_cluster::etcd_cluster(std::size_t size, const etcd_options& options)
{
    for (int attempt = 1;; ++attempt) {
        std::string cluster;
        {
            std::vector<reserved_port> held;  // all until all are chosen: no two members may share one
            for (std::size_t i = 0; i < size; ++i) {
                held.push_back(reserve_port());
                held.push_back(reserve_port());
                std::string name{"m"};
                name += std::to_string(i);  // not in one: a false alarm of g++ 12 (-Wrestrict)
                auto prepared = std::make_unique<etcd_server::member>(std::move(name), options);
                prepared->choose_ports(held[2 * i], held[2 * i + 1]);
                cluster += (i ? "," : "") + prepared->cluster;
                members_.push_back(etcd_server{std::move(prepared)});
            }
        }
        for (auto& m : members_) {
            m.member_->cluster = cluster;
            m.member_->start();
        }
        try {
            for (auto& m : members_)
                m.wait_healthy(options.start_timeout);
            return;
        } catch (const std::runtime_error&) {
            const bool taken =
                std::ranges::any_of(members_, [](const auto& m) { return m.member_->port_was_taken(); });
            if (attempt == start_attempts || !taken)
                throw;
            members_.clear();
        }
    }
}

std::vector<std::string> etcd_cluster::endpoints() const
{
    std::vector<std::string> result;
    result.reserve(members_.size());
    for (const auto& m : members_)
        result.push_back(m.endpoint());
    return result;
}

}  // namespace leasehold::test
