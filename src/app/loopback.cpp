#include "app/loopback.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace kafkascope::app {

namespace {

constexpr std::size_t kMostPending = 64u << 20;  // a reader that lags further behind is disconnected
constexpr std::size_t kBehind = 64u << 10;       // a reader that lags this far behind gets only the needed lines

}  // namespace

std::uint16_t loopback_port() {
  const char* set = std::getenv("KAFKASCOPE_PORT");
  const long port = set == nullptr ? 0 : std::strtol(set, nullptr, 10);
  return port > 0 && port < 65536 ? static_cast<std::uint16_t>(port) : std::uint16_t{48211};
}

LineServer::~LineServer() {
  for (const Reader& r : readers_) sys::close(r.socket);
  if (socket_ != sys::kNoSocket) sys::close(socket_);
}

bool LineServer::listen(std::uint16_t port) {
  socket_ = sys::listen_here(port);
  if (socket_ == sys::kNoSocket) return false;
  port_ = port;
  return true;
}

bool LineServer::poll() {
  bool came = false;
  while (socket_ != sys::kNoSocket) {
    const sys::Socket reader = sys::accept(socket_);
    if (reader == sys::kNoSocket) break;
    readers_.push_back({reader, {}});
    came = true;
  }
  std::erase_if(readers_, [](Reader& r) {
    // A reader never sends data, so readable data means that it has closed.
    char byte = 0;
    bool gone = sys::receive(r.socket, &byte, 1) < 0 || r.pending.size() > kMostPending;
    while (!gone && !r.pending.empty()) {
      const std::ptrdiff_t written = sys::send(r.socket, r.pending.data(), r.pending.size());
      if (written == 0) break;
      gone = written < 0;
      if (!gone) r.pending.erase(0, static_cast<std::size_t>(written));
    }
    if (gone) sys::close(r.socket);
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
  if (socket_ != sys::kNoSocket) sys::close(socket_);
  socket_ = sys::kNoSocket;
  pending_.clear();
}

bool LineClient::connect(std::uint16_t port) {
  close();
  socket_ = sys::connect_here(port);
  return connected();
}

std::vector<std::string> LineClient::lines() {
  std::vector<std::string> found;
  std::array<char, 65536> bytes{};
  while (connected()) {
    const std::ptrdiff_t n = sys::receive(socket_, bytes.data(), bytes.size());
    if (n == 0) break;
    if (n < 0) {
      sys::close(socket_);
      socket_ = sys::kNoSocket;  // lines received completely are still returned
      break;
    }
    pending_.append(bytes.data(), static_cast<std::size_t>(n));
    if (pending_.size() > kMostPending) close();
  }
  std::size_t from = 0;
  for (std::size_t end; (end = pending_.find('\n', from)) != std::string::npos; from = end + 1)
    found.push_back(pending_.substr(from, end - from));
  pending_.erase(0, from);
  return found;
}

}  // namespace kafkascope::app
