// Sockets over 127.0.0.1, which nothing on another machine can reach. None of these waits.
#pragma once
#include <cstddef>
#include <cstdint>

namespace kafkascope::sys {

using Socket = std::intptr_t;
constexpr Socket kNoSocket = -1;

/// The port in `port`, or any free one for 0, which `port` then names. kNoSocket when somebody else has it.
Socket listen_here(std::uint16_t& port);
/// Who has come; kNoSocket when there is nobody.
Socket accept(Socket listening);
/// On this machine it is there at once or refused at once.
Socket connect_here(std::uint16_t port);
void close(Socket socket);

/// How many bytes were read or written, 0 for none at the moment, -1 when the other side has gone.
std::ptrdiff_t receive(Socket socket, char* bytes, std::size_t size);
std::ptrdiff_t send(Socket socket, const char* bytes, std::size_t size);

}  // namespace kafkascope::sys
