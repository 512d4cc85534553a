#include "scenario/shortened_clocks.h"
#include "cluster/verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>

#include "observe/words/both.h"
#include "protocol/config.h"

namespace kafkascope::scenario {

namespace {

using protocol::ConfigDefinition;
using protocol::ConfigUnit;
using protocol::KafkaVersion;
namespace scope = protocol::config_scope;

constexpr std::int64_t kWithoutLimit = -1;

/// The unit in ms; nullopt: it is not a unit of time.
std::optional<std::int64_t> ms_of(ConfigUnit unit) {
  switch (unit) {
    case ConfigUnit::Ms: return 1;
    case ConfigUnit::Seconds: return 1000;
    case ConfigUnit::Minutes: return 60'000;
    case ConfigUnit::Hours: return 3'600'000;
    default: return std::nullopt;
  }
}

std::int64_t in_ms(std::string_view text, std::int64_t unit) {
  const std::int64_t value = std::strtoll(std::string(text).c_str(), nullptr, 10);
  return value < 0 || value > std::numeric_limits<std::int64_t>::max() / unit ? kWithoutLimit : value * unit;
}

/// The key whose value applies while this one is not set. Kafka: LogConfig's and KafkaConfig's synonyms of
/// log.retention.hours and log.roll.hours.
std::string_view coarser(std::string_view key) {
  if (key == "log.retention.ms" || key == "log.retention.minutes") return "log.retention.hours";
  if (key == "log.roll.ms") return "log.roll.hours";
  return {};
}

std::optional<std::int64_t> default_ms(const ConfigDefinition& d, KafkaVersion version) {
  const std::string_view text = d.default_for(version);
  if (text != protocol::kConfigNull) {
    const std::int64_t ms = in_ms(text, *ms_of(d.unit));
    return ms == std::numeric_limits<std::int64_t>::max() ? kWithoutLimit : ms;
  }
  const ConfigDefinition* other = protocol::find_config(coarser(d.name), d.scopes, version);
  return other == nullptr ? std::nullopt : default_ms(*other, version);
}

class Finder {
 public:
  explicit Finder(const Scenario& scenario) : scenario_(scenario), version_(scenario.cluster.kafka) {}

  std::vector<ShortenedClock> find() {
    const cluster::ClusterSpec& spec = scenario_.cluster;
    look(spec.config, "", 1);
    for (const cluster::BrokerSpec& b : spec.brokers) look(b.config, cluster::broker_name(b.id), spec.brokers.size());
    for (const cluster::TopicSpec& t : spec.topics) look(t.config, t.name, spec.topics.size());
    for (const cluster::ClientSpec& c : spec.clients) look(without_tools_own(c), c.id, clients_with(c.config.scopes()));
    for (const Step& s : scenario_.steps)
      if (s.command && s.command->verb == cluster::Verb::Configure) look(*s.command);
    for (std::size_t i = 0; i < found_.size(); ++i)
      if (found_[i].of.size() >= places_[i]) found_[i].of.clear();
    return std::move(found_);
  }

 private:
  /// kafka-console-producer always has a shorter request.timeout.ms than Kafka's producer (ConsoleProducerOptions).
  static protocol::Config without_tools_own(const cluster::ClientSpec& client) {
    protocol::Config config = client.config;
    if (client.kind == cluster::ClientKind::ConsoleProducer && config.number("request.timeout.ms") == 1500)
      config.erase("request.timeout.ms");
    return config;
  }

  std::size_t clients_with(protocol::ConfigScopes scopes) const {
    const auto& all = scenario_.cluster.clients;
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const cluster::ClientSpec& c) {
      return (c.config.scopes() & scopes) != 0 && c.kind != cluster::ClientKind::Admin;
    }));
  }

  void look(const protocol::Config& config, const std::string& whose, std::size_t places) {
    for (const auto& [key, value] : config.explicit_values())
      note(key, config.scopes(), protocol::config_text(value), whose, places);
  }
  void look(const cluster::Command& command) {
    const auto* entries = cluster::value_of<cluster::ConfigEntries>(command, "config");
    if (entries == nullptr) return;
    const auto names = [&](const char* field) {
      const auto* text = cluster::value_of<std::string>(command, field);
      return text != nullptr && !text->empty();
    };
    for (const auto& [key, text] : *entries) {
      if (!text) continue;
      const auto scopes = names("topic")   ? scope::kTopic
                          : names("group") ? scope::kGroup
                                           : static_cast<protocol::ConfigScopes>(scope::kServer | scope::kClient);
      const bool client =
          command.node && std::any_of(scenario_.cluster.clients.begin(), scenario_.cluster.clients.end(),
                                      [&](const auto& c) { return c.id == command.node->name; });
      note(key, scopes, *text, client ? command.node->name : "", client ? 2 : 1);
    }
  }

  void note(const std::string& key, protocol::ConfigScopes scopes, const std::string& text, const std::string& whose,
            std::size_t places) {
    const ConfigDefinition* d = protocol::find_config(key, scopes, version_);
    if (d == nullptr || !ms_of(d->unit)) return;
    const std::int64_t here = in_ms(text, *ms_of(d->unit));
    const std::optional<std::int64_t> usual = default_ms(*d, version_);
    if (!usual || here == kWithoutLimit || (*usual != kWithoutLimit && here >= *usual)) return;
    auto at = std::find_if(found_.begin(), found_.end(),
                           [&](const ShortenedClock& c) { return c.key == key && c.here_ms == here; });
    if (at == found_.end()) {
      at = found_.insert(found_.end(), {key, here, *usual, {}});
      places_.push_back(places);
    }
    if (!whose.empty() && std::find(at->of.begin(), at->of.end(), whose) == at->of.end()) at->of.push_back(whose);
  }

  const Scenario& scenario_;
  KafkaVersion version_;
  std::vector<ShortenedClock> found_;
  std::vector<std::size_t> places_;  // per found clock: the number of parts that could have it
};

/// "6 s", "1.5 s", "10 min", "7 d": in the largest unit that leaves a short number.
observe::Words duration(std::int64_t ms) {
  if (ms == kWithoutLimit) return observe::both("clock.without_limit"_w);
  static constexpr std::pair<std::int64_t, words::Key> kUnits[] = {
      {86'400'000, "time.days"_w}, {3'600'000, "time.hours"_w}, {60'000, "time.minutes"_w}, {1000, "time.seconds"_w}};
  for (const auto& [unit, key] : kUnits) {
    const bool whole = ms > 0 && ms % unit == 0;
    if (whole || (unit == 1000 && ms > 1000 && ms % 100 == 0))
      return observe::both(
          key, {{"number", whole ? std::to_string(ms / unit) : fmt::format("{}.{}", ms / 1000, ms % 1000 / 100)}});
  }
  const std::string text = fmt::format("{} ms", ms);
  return {text, text};
}

std::string key_of(const ShortenedClock& clock) {
  std::string text = clock.key;
  for (std::size_t i = 0; i < clock.of.size(); ++i) text += (i == 0 ? " (" : ", ") + clock.of[i];
  return clock.of.empty() ? text : text + ")";
}

}  // namespace

std::vector<ShortenedClock> shortened_clocks(const Scenario& scenario) { return Finder(scenario).find(); }

Text clock_badge(const std::vector<ShortenedClock>& clocks) {
  Text badge;
  for (const ShortenedClock& clock : clocks) {
    const bool first = badge.empty();
    const observe::Words words = observe::both(
        first ? "clock.first"_w : "clock.other"_w,
        {{"key", key_of(clock)}, {"here", duration(clock.here_ms)}, {"default", duration(clock.default_ms)}});
    badge.en += (first ? "" : " · ") + words.en;
    badge.ko += (first ? "" : " · ") + words.ko;
  }
  return badge;
}

}  // namespace kafkascope::scenario
