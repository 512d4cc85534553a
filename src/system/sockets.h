// Sockets on 127.0.0.1, unreachable from other machines. No function blocks.
#pragma once
#include <cstddef>
#include <cstdint>

namespace kafkascope::sys {

using Socket = std::intptr_t;
constexpr Socket kNoSocket = -1;

/// Listens on `port`; for 0 chooses a free port and sets `port` to it. Returns kNoSocket if the port is taken.
Socket listen_here(std::uint16_t& port);
/// The next connection; kNoSocket if none is waiting.
Socket accept(Socket listening);
/// On the local machine a connection succeeds or is refused at once.
Socket connect_here(std::uint16_t port);
void close(Socket socket);

/// Returns the number of bytes read or written, 0 if none is possible at the moment, or -1 if the other side has closed
/// the connection.
std::ptrdiff_t receive(Socket socket, char* bytes, std::size_t size);
std::ptrdiff_t send(Socket socket, const char* bytes, std::size_t size);

}  // namespace kafkascope::sys
