#include "system/sockets.h"

#include <winsock2.h>

#include <algorithm>

namespace kafkascope::sys {

namespace {

bool there_are_sockets() {
  static const bool there = [] {
    WSADATA data;
    return WSAStartup(MAKEWORD(2, 2), &data) == 0;
  }();
  return there;
}

SOCKET of(Socket socket) { return static_cast<SOCKET>(socket); }

sockaddr_in here(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void set(SOCKET socket, int level, int option) {
  const BOOL on = TRUE;
  setsockopt(socket, level, option, reinterpret_cast<const char*>(&on), sizeof on);
}

Socket without_waiting(SOCKET socket) {
  u_long on = 1;
  ioctlsocket(socket, static_cast<long>(FIONBIO), &on);
  return static_cast<Socket>(socket);
}

int as_int(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, 1u << 30)); }

std::ptrdiff_t moved(int bytes) {
  if (bytes > 0) return bytes;
  return bytes < 0 && WSAGetLastError() == WSAEWOULDBLOCK ? 0 : -1;
}

}  // namespace

Socket listen_here(std::uint16_t& port) {
  const SOCKET socket = there_are_sockets() ? ::socket(AF_INET, SOCK_STREAM, 0) : INVALID_SOCKET;
  if (socket == INVALID_SOCKET) return kNoSocket;
  set(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE);
  sockaddr_in address = here(port);
  int size = sizeof address;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(socket, 4) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    closesocket(socket);
    return kNoSocket;
  }
  port = ntohs(address.sin_port);
  return without_waiting(socket);
}

Socket accept(Socket listening) {
  const SOCKET socket = ::accept(of(listening), nullptr, nullptr);
  if (socket == INVALID_SOCKET) return kNoSocket;
  set(socket, IPPROTO_TCP, TCP_NODELAY);
  return without_waiting(socket);
}

Socket connect_here(std::uint16_t port) {
  const SOCKET socket = there_are_sockets() ? ::socket(AF_INET, SOCK_STREAM, 0) : INVALID_SOCKET;
  if (socket == INVALID_SOCKET) return kNoSocket;
  const Socket made = without_waiting(socket);
  const sockaddr_in address = here(port);
  // Windows retries a refused connection three times; a listening socket accepts at once.
  fd_set wanted;
  FD_ZERO(&wanted);
  FD_SET(socket, &wanted);
  timeval moment{0, 50000};
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      (WSAGetLastError() == WSAEWOULDBLOCK && ::select(0, nullptr, &wanted, nullptr, &moment) == 1))
    return made;
  closesocket(socket);
  return kNoSocket;
}

void close(Socket socket) { closesocket(of(socket)); }

std::ptrdiff_t receive(Socket socket, char* bytes, std::size_t size) {
  return moved(::recv(of(socket), bytes, as_int(size), 0));
}

std::ptrdiff_t send(Socket socket, const char* bytes, std::size_t size) {
  return moved(::send(of(socket), bytes, as_int(size), 0));
}

}  // namespace kafkascope::sys
