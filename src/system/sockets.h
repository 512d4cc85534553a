// Sockets on 127.0.0.1, unreachable from other machines. No function blocks.
#pragma once
#include <cstddef>
#include <cstdint>

namespace kafkascope::sys {

using Socket = std::intptr_t;
constexpr Socket kNoSocket = -1;

/// Listens on `port`, or for 0 on any free one, which `port` is then set to. kNoSocket if the port is taken.
Socket listen_here(std::uint16_t& port);
/// The next connection; kNoSocket when there is none.
Socket accept(Socket listening);
/// On the local machine a connection succeeds or is refused at once.
Socket connect_here(std::uint16_t port);
void close(Socket socket);

/// The number of bytes read or written, 0 for none at the moment, -1 when the other side has closed.
std::ptrdiff_t receive(Socket socket, char* bytes, std::size_t size);
std::ptrdiff_t send(Socket socket, const char* bytes, std::size_t size);

}  // namespace kafkascope::sys
