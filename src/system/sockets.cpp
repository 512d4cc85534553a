#include "system/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace kafkascope::sys {

namespace {

#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;  // macOS: SO_NOSIGPIPE
#endif

sockaddr_in here(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

int made(int socket) {
  if (socket < 0) return socket;
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  [[maybe_unused]] const int on = 1;
#ifdef SO_NOSIGPIPE
  ::setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  return socket;
}

void never_wait(int socket) { ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK); }

std::ptrdiff_t moved(ssize_t bytes) {
  if (bytes > 0) return bytes;
  return bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) ? 0 : -1;
}

}  // namespace

Socket listen_here(std::uint16_t& port) {
  const int socket = made(::socket(AF_INET, SOCK_STREAM, 0));
  if (socket < 0) return kNoSocket;
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = here(port);
  socklen_t size = sizeof address;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(socket, 4) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    ::close(socket);
    return kNoSocket;
  }
  never_wait(socket);
  port = ntohs(address.sin_port);
  return socket;
}

Socket accept(Socket listening) {
  const int socket = made(::accept(static_cast<int>(listening), nullptr, nullptr));
  if (socket < 0) return kNoSocket;
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  never_wait(socket);
  return socket;
}

Socket connect_here(std::uint16_t port) {
  const int socket = made(::socket(AF_INET, SOCK_STREAM, 0));
  if (socket < 0) return kNoSocket;
  const sockaddr_in address = here(port);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket);
    return kNoSocket;
  }
  never_wait(socket);
  return socket;
}

void close(Socket socket) { ::close(static_cast<int>(socket)); }

std::ptrdiff_t receive(Socket socket, char* bytes, std::size_t size) {
  return moved(::recv(static_cast<int>(socket), bytes, size, 0));
}

std::ptrdiff_t send(Socket socket, const char* bytes, std::size_t size) {
  return moved(::send(static_cast<int>(socket), bytes, size, kNoSignal));
}

}  // namespace kafkascope::sys
