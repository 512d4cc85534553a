// A page has no sockets, so there are no following windows and none to follow.
#include "app/loopback.h"

namespace kafkascope::app {

std::uint16_t loopback_port() { return 0; }

LineServer::~LineServer() = default;
bool LineServer::listen(std::uint16_t) { return socket_ != sys::kNoSocket; }
bool LineServer::poll() { return false; }
void LineServer::send(const std::string&, bool) {}

LineClient::~LineClient() = default;
bool LineClient::connect(std::uint16_t) { return false; }
std::vector<std::string> LineClient::lines() { return {}; }
void LineClient::close() {}

}  // namespace kafkascope::app
