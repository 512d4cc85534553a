// Lines of text between two windows on this machine: TCP over 127.0.0.1, nothing else can connect. Never blocks.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "system/sockets.h"

namespace kafkascope::app {

/// 48211, or $KAFKASCOPE_PORT.
std::uint16_t loopback_port();

class LineServer {
 public:
  LineServer() = default;
  ~LineServer();
  LineServer(const LineServer&) = delete;
  LineServer& operator=(const LineServer&) = delete;

  /// Returns false if the port is taken. 0: any free port.
  bool listen(std::uint16_t port);
  std::uint16_t port() const { return port_; }
  /// Accepts new readers, drops closed ones, continues writing. Returns true if a reader has connected.
  bool poll();
  /// `needed`: sent to every reader; otherwise skipped for readers that lag behind.
  void send(const std::string& line, bool needed);
  std::size_t readers() const { return readers_.size(); }

 private:
  struct Reader {
    sys::Socket socket = sys::kNoSocket;
    std::string pending;
  };
  sys::Socket socket_ = sys::kNoSocket;
  std::uint16_t port_ = 0;
  std::vector<Reader> readers_;
};

class LineClient {
 public:
  LineClient() = default;
  ~LineClient();
  LineClient(const LineClient&) = delete;
  LineClient& operator=(const LineClient&) = delete;

  bool connect(std::uint16_t port);
  bool connected() const { return socket_ != sys::kNoSocket; }
  /// The complete lines received since the last call; closes when the other side has closed.
  std::vector<std::string> lines();

 private:
  void close();
  sys::Socket socket_ = sys::kNoSocket;
  std::string pending_;
};

}  // namespace kafkascope::app
