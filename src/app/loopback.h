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

  /// False when somebody else has the port already. 0: any free one.
  bool listen(std::uint16_t port);
  std::uint16_t port() const { return port_; }
  /// Takes in who has come, drops who has gone, writes on. True when somebody has come.
  bool poll();
  /// `needed`: reaches everybody; else it is left out where the reader is behind.
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
  /// Whole lines that have come since; closes when the other side has gone.
  std::vector<std::string> lines();

 private:
  void close();
  sys::Socket socket_ = sys::kNoSocket;
  std::string pending_;
};

}  // namespace kafkascope::app
