#include "app/loopback.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace kafkascope::app {

namespace {

constexpr std::size_t kMostPending = 64u << 20;  // a reader that is further behind is dropped
constexpr std::size_t kBehind = 64u << 10;       // one that is this far behind gets only what it needs

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

std::uint16_t loopback_port() {
  const char* set = std::getenv("KAFKASCOPE_PORT");
  const long port = set == nullptr ? 0 : std::strtol(set, nullptr, 10);
  return port > 0 && port < 65536 ? static_cast<std::uint16_t>(port) : std::uint16_t{48211};
}

LineServer::~LineServer() {
  for (const Reader& r : readers_) ::close(r.socket);
  if (socket_ >= 0) ::close(socket_);
}

bool LineServer::listen(std::uint16_t port) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return false;
  const int on = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = loopback(port);
  socklen_t size = sizeof address;
  if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(socket_, 4) != 0 ||
      ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    ::close(socket_);
    socket_ = -1;
    return false;
  }
  port_ = ntohs(address.sin_port);
  return true;
}

bool LineServer::poll() {
  bool came = false;
  while (socket_ >= 0) {
    const int reader = ::accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (reader < 0) break;
    const int on = 1;
    ::setsockopt(reader, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    readers_.push_back({reader, {}});
    came = true;
  }
  std::erase_if(readers_, [](Reader& r) {
    // A reader says nothing; what can be read is its end.
    char byte = 0;
    const ssize_t heard = ::recv(r.socket, &byte, 1, MSG_DONTWAIT);
    bool gone = heard == 0 || (heard < 0 && !would_block()) || r.pending.size() > kMostPending;
    while (!gone && !r.pending.empty()) {
      const ssize_t written = ::send(r.socket, r.pending.data(), r.pending.size(), MSG_NOSIGNAL);
      if (written > 0) {
        r.pending.erase(0, static_cast<std::size_t>(written));
      } else {
        gone = !would_block();
        break;
      }
    }
    if (gone) ::close(r.socket);
    return gone;
  });
  return came;
}

void LineServer::send(const std::string& line, bool needed) {
  for (Reader& r : readers_)
    if (needed || r.pending.size() < kBehind) r.pending += line + "\n";
  poll();
}

LineClient::~LineClient() { close(); }

void LineClient::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  pending_.clear();
}

bool LineClient::connect(std::uint16_t port) {
  close();
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return false;
  const sockaddr_in address = loopback(port);
  // On this machine it is there at once or refused at once.
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close();
    return false;
  }
  ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
  return true;
}

std::vector<std::string> LineClient::lines() {
  std::vector<std::string> found;
  std::array<char, 65536> bytes{};
  while (socket_ >= 0) {
    const ssize_t n = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (n > 0) {
      pending_.append(bytes.data(), static_cast<std::size_t>(n));
      if (pending_.size() > kMostPending) close();
    } else {
      if (n == 0 || !would_block()) {
        ::close(socket_);
        socket_ = -1;  // what has come whole is still handed out
      }
      break;
    }
  }
  std::size_t from = 0;
  for (std::size_t end; (end = pending_.find('\n', from)) != std::string::npos; from = end + 1)
    found.push_back(pending_.substr(from, end - from));
  pending_.erase(0, from);
  return found;
}

}  // namespace kafkascope::app
