#include "protocol/endpoint.h"
#include "protocol/config.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace kafkascope::protocol {
namespace {

/// The four listener names that Kafka maps to the security protocol of the same name by default.
bool named_like_a_protocol(std::string_view listener) {
  return listener == "PLAINTEXT" || listener == "SSL" || listener == "SASL_PLAINTEXT" || listener == "SASL_SSL";
}

bool has_port(std::string_view url) {
  const std::string_view port = url.substr(url.rfind(':') + 1);
  int number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc{} && end == port.data() + port.size() && number > 0 && number < 65536;
}

}  // namespace

std::string_view listener_name(std::string_view url) {
  const std::size_t end = url.find("://");
  return end == std::string_view::npos ? std::string_view{} : url.substr(0, end);
}

std::string_view listener_host(std::string_view url) {
  const std::size_t begin = url.find("://"), end = url.rfind(':');
  return begin == std::string_view::npos || end <= begin + 3 ? std::string_view{}
                                                             : url.substr(begin + 3, end - begin - 3);
}

bool is_loopback(std::string_view host) { return host == "localhost" || host.starts_with("127."); }

Endpoint AdvertisedListeners::endpoint(std::int32_t node) const {
  Endpoint out(node);
  if (urls.empty()) return out;
  out.misleads_brokers = is_loopback(listener_host(urls.front()));
  out.misleads_clients = is_loopback(listener_host(urls.back()));
  return out;
}

namespace {
std::string quoted(const std::string& text) { return "\"" + text + "\""; }
words::Message with(words::Key key, const char* name, const std::string& value) { return {key, {{name, value}}}; }
words::Message example(const std::string& text) { return with("problem.example"_w, "text", text); }
}  // namespace

// Configurations that KafkaConfig.validateValues or SocketServerConfigs.listenerListToEndPoints refuse are reported as
// a problem. Simplified: `listeners` equal the advertised ones, their security protocol is PLAINTEXT, and a host is the
// broker's own name or the loopback address.
AdvertisedListeners advertised_listeners(const Config& config, std::string_view host) {
  AdvertisedListeners out;
  const auto refused = [&](words::Message problem, words::Message remedy) {
    out.problem = std::move(problem);
    out.remedy = std::move(remedy);
    return out;
  };
  const std::string inter = config.text("inter.broker.listener.name");
  const std::vector<std::string> map = config.list("listener.security.protocol.map");
  std::set<std::string, std::less<>> names;
  const std::string own(host);
  for (const std::string& url : config.list("advertised.listeners")) {
    const std::string name(listener_name(url)), at(listener_host(url));
    if (name.empty() || at.empty() || !has_port(url))
      return refused(with("problem.not_listener"_w, "text", quoted(url)),
                     example(quoted("PLAINTEXT://" + own + ":9092")));
    if (at == "0.0.0.0") return refused("problem.listener_0_0_0_0"_w, example(quoted(name + "://" + own + ":9092")));
    if (at != own && !is_loopback(at))
      return refused(with("problem.no_such_host"_w, "host", quoted(at)),
                     with("remedy.own_name_or_loopback"_w, "example", quoted(own)));
    if (!names.insert(name).second)
      return refused(with("problem.second_listener"_w, "name", quoted(name)), "remedy.one_name_for_each"_w);
    if (!named_like_a_protocol(name) && std::find(map.begin(), map.end(), name + ":PLAINTEXT") == map.end())
      return refused(with("problem.listener_without_protocol"_w, "name", quoted(name)),
                     example("\"listener.security.protocol.map\": " + quoted(name + ":PLAINTEXT")));
    out.urls.push_back(url);
  }
  if (out.urls.empty() && inter.empty()) return out;
  const std::string brokers = inter.empty() ? "PLAINTEXT" : inter;  // default of security.inter.broker.protocol
  const auto by_name = std::find_if(out.urls.begin(), out.urls.end(),
                                    [&](const std::string& url) { return listener_name(url) == brokers; });
  if (by_name == out.urls.end())
    return refused(with("problem.broker_listener_not_advertised"_w, "name", quoted(brokers)),
                   with("remedy.advertise_listener"_w, "name", quoted(brokers + "://" + own + ":9091")));
  std::rotate(out.urls.begin(), by_name, by_name + 1);
  if (out.urls.size() > 2) std::rotate(out.urls.begin() + 1, out.urls.begin() + 2, out.urls.end());
  return out;
}

}  // namespace kafkascope::protocol
