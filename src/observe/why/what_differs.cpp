// What differs between the files of two worlds: settings, nodes, clients, fixes, and acts that happen in one of them only.
#include "observe/why/why_parting.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "observe/why/telling.h"
#include "observe/why/why_parts.h"
#include "observe/words/both.h"
#include "observe/words/message_acts.h"
#include "observe/words/words.h"

namespace kafkascope::observe {

namespace {

using protocol::Config;
using Line = sim::TraceLine;

std::string text_or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string mode_of(const cluster::ClusterSpec& spec) {
  return spec.metadata == cluster::MetadataKind::ZooKeeper ? "ZooKeeper (Kafka 2.5)" : "KRaft (Kafka 4.1)";
}

/// Collects what differs; the first world is always A.
class Differences {
 public:
  Differences(const Moment& a, const Moment& b) : a_(a), b_(b) {}

  std::vector<Otherwise> all() {
    const cluster::ClusterSpec &a = a_.cluster.spec(), &b = b_.cluster.spec();
    acts();
    if (a.metadata != b.metadata)
      add({"cluster/metadata", mode_of(a), mode_of(b), {}, {}, {}, {}, {}}, "why.parting_mode"_w);
    const std::string seed_a = std::to_string(a.seed), seed_b = std::to_string(b.seed);
    if (a.seed != b.seed) add({"seed", seed_a, seed_b, {}, {}, {}, {}, {}}, "why.parting_seed"_w);
    fixes(a, b);
    std::set<std::string> features;
    for (const auto* of : {&a.features, &b.features})
      for (const auto& feature : *of) features.insert(feature.first);
    const auto level = [](const cluster::ClusterSpec& spec, const std::string& feature) {
      const auto it = spec.features.find(feature);
      return it == spec.features.end() ? std::string("-") : std::to_string(it->second);
    };
    for (const std::string& feature : features)
      value("cluster/features/", "", feature, level(a, feature), level(b, feature), {});
    // The settings of two Kafka versions differ as a matter of course, and are not listed.
    if (a.kafka != b.kafka) return std::move(all_);
    layout(a, b);
    settings("cluster/config/", "", a.config, b.config);
    named("topics/", a.topics, b.topics, [](const cluster::TopicSpec& t) { return t.name; });
    named("clients/", a.clients, b.clients, [](const cluster::ClientSpec& c) { return c.id; });
    for (const cluster::TopicSpec& mine : a.topics)
      for (const cluster::TopicSpec& other : b.topics)
        if (mine.name == other.name) topic(mine, other);
    for (const cluster::ClientSpec& mine : a.clients)
      for (const cluster::ClientSpec& other : b.clients)
        if (mine.id == other.id) client(mine, other);
    return std::move(all_);
  }

 private:
  void add(Otherwise difference, words::Key key) {
    difference.words = both(key, {{"a", difference.a}, {"b", difference.b}});
    all_.push_back(std::move(difference));
  }

  void value(const std::string& path, const std::string& who, const std::string& key, const std::string& a,
             const std::string& b, Words meaning) {
    if (a == b) return;
    all_.push_back({path + key,
                    a,
                    b,
                    both("why.parting_setting"_w, {{"who", who}, {"setting", key}, {"a", a}, {"b", b}}),
                    std::move(meaning),
                    who,
                    {},
                    {}});
  }

  void settings(const std::string& path, const std::string& who, const Config& a, const Config& b) {
    std::set<std::string> keys;
    for (const Config* of : {&a, &b})
      for (const auto& set : of->explicit_values()) keys.insert(set.first);
    for (const std::string& key : keys) {
      if (a.scopes() != b.scopes()) continue;
      const protocol::ConfigDefinition* known = protocol::find_config(key, a.scopes(), a.version());
      if (known == nullptr) continue;
      const Words meaning =
          both(words::Key("config." + (known->words_of.empty() ? "" : std::string(known->words_of) + ".") + key));
      value(path, who, key, a.text(key), b.text(key),
            both("why.parting_meaning"_w, {{"setting", key}, {"meaning", meaning}}));
    }
  }

  template <class Spec, class Name>
  void named(const std::string& path, const std::vector<Spec>& a, const std::vector<Spec>& b, const Name& name) {
    const auto find = [&](const std::vector<Spec>& in, const std::string& of) {
      return std::find_if(in.begin(), in.end(), [&](const Spec& s) { return name(s) == of; });
    };
    for (const Spec& mine : a) {
      const auto other = find(b, name(mine));
      if (other == b.end()) only(path, name(mine), "A");
      else settings(path + name(mine) + "/config/", name(mine), mine.config, other->config);
    }
    for (const Spec& theirs : b)
      if (find(a, name(theirs)) == a.end()) only(path, name(theirs), "B");
  }
  void only(const std::string& path, const std::string& who, const char* world) {
    all_.push_back({path + who,
                    *world == 'A' ? who : "-",
                    *world == 'A' ? "-" : who,
                    both("why.parting_only"_w, {{"what", who}, {"world", world}}),
                    {},
                    who,
                    {},
                    {}});
  }

  /// The numbers of nodes, the racks and hosts of brokers, and the network.
  void layout(const cluster::ClusterSpec& a, const cluster::ClusterSpec& b) {
    const auto count = [&](const char* key, std::size_t of_a, std::size_t of_b) {
      value("cluster/", "", key, std::to_string(of_a), std::to_string(of_b), {});
    };
    count("controllers", static_cast<std::size_t>(a.controllers), static_cast<std::size_t>(b.controllers));
    count("zookeepers", static_cast<std::size_t>(a.zookeepers), static_cast<std::size_t>(b.zookeepers));
    count("brokers", a.brokers.size(), b.brokers.size());
    for (std::size_t i = 0; i < std::min(a.brokers.size(), b.brokers.size()); ++i) {
      const std::string who = "broker-" + std::to_string(a.brokers[i].id);
      const std::string path = "cluster/brokers/" + std::to_string(i) + "/";
      value(path, who, "rack", text_or_dash(a.brokers[i].rack), text_or_dash(b.brokers[i].rack), {});
      value(path, who, "host", text_or_dash(a.brokers[i].host), text_or_dash(b.brokers[i].host), {});
    }
    const auto latency = [](const cluster::LatencySpec& l) {
      const bool uniform = l.kind == cluster::LatencySpec::Kind::Uniform;
      const sim::Duration low = uniform ? l.low : l.median, high = uniform ? l.high : l.p99;
      return span(low.us).en + (low == high ? "" : ".." + span(high.us).en);
    };
    value("cluster/network/", "", "latency", latency(a.network.latency), latency(b.network.latency), {});
    value("cluster/network/", "", "bandwidth", std::to_string(a.network.bandwidth_bytes_per_s) + " B/s",
          std::to_string(b.network.bandwidth_bytes_per_s) + " B/s", {});
  }

  void topic(const cluster::TopicSpec& a, const cluster::TopicSpec& b) {
    const std::string path = "topics/" + a.name + "/";
    value(path, a.name, "partitions", std::to_string(a.partitions), std::to_string(b.partitions), {});
    value(path, a.name, "replication_factor", std::to_string(a.replication_factor),
          std::to_string(b.replication_factor), {});
    std::set<std::int32_t> partitions;
    for (const auto* of : {&a.assignments, &b.assignments})
      for (const auto& entry : *of) partitions.insert(entry.first);
    const auto brokers = [](const cluster::TopicSpec& t, std::int32_t partition) {
      const auto it = t.assignments.find(partition);
      return it == t.assignments.end() ? std::string("-") : fmt::format("[{}]", fmt::join(it->second, ", "));
    };
    for (const std::int32_t p : partitions)
      value(path, a.name, "assignments/" + std::to_string(p), brokers(a, p), brokers(b, p), {});
  }

  void client(const cluster::ClientSpec& a, const cluster::ClientSpec& b) {
    if (a == b) return;
    const std::size_t before = all_.size();
    const auto rate = [](const cluster::ClientSpec& c) {
      constexpr std::int64_t kMillion = 1'000'000;
      return c.rate ? std::to_string(c.rate->millionths_per_second / kMillion) + "/s" : std::string("-");
    };
    const std::string path = "clients/" + a.id + "/";
    value(path, a.id, "rate", rate(a), rate(b), {});
    value(path, a.id, "send", std::string(to_string(a.send)), std::string(to_string(b.send)), {});
    value(path, a.id, "commit", std::string(to_string(a.commit)), std::string(to_string(b.commit)), {});
    if (all_.size() == before && a.config == b.config)
      all_.push_back({"clients/" + a.id, "", "", both("why.parting_client"_w, {{"who", a.id}}), {}, a.id, {}, {}});
  }

  void fixes(const cluster::ClusterSpec& a, const cluster::ClusterSpec& b) {
    const auto one = [&](const std::vector<std::string>& of, const std::vector<std::string>& other, const char* world) {
      for (const std::string& kip : of)
        if (std::find(other.begin(), other.end(), kip) == other.end())
          all_.push_back({"cluster/historical",
                          *world == 'A' ? kip : "-",
                          *world == 'A' ? "-" : kip,
                          both("why.parting_before_kip"_w, {{"kip", kip}, {"world", world}}),
                          {},
                          {},
                          {},
                          {}});
    };
    one(a.historical, b.historical, "A");
    one(b.historical, a.historical, "B");
  }

  struct Act {
    std::size_t line;
    sim::Instant at;
    const cluster::Command* whole;  // with the fields that the trace's spelling leaves out: how slow, how many
    bool is_same(const Act& other) const {
      return whole == nullptr || other.whole == nullptr || *whole == *other.whole ||
             (to_text(*whole) != to_text(*other.whole) && act_details(*whole).en == act_details(*other.whole).en);
    }
  };
  using Acts = std::map<std::string, std::vector<Act>>;  // by their spelling
  Acts acts_of(const Story& story) const {
    const bool one_mode = a_.cluster.spec().metadata == b_.cluster.spec().metadata;
    const Likeness likeness = one_mode ? Likeness::OfOneMode : Likeness::BetweenModes;
    Acts all;
    const TraceStore& trace = story.trace();
    for (std::size_t i = 0; i < trace.size(); ++i)
      if (const auto act = fact_if<fact::Command>(trace[i])) {
        const NumberedCommand* whole = story.command_of(trace[i]);
        all[spelling_of(*act, likeness)].push_back({i, trace[i].time, whole == nullptr ? nullptr : &whole->command});
      }
    return all;
  }
  /// Removes the acts that happened in both worlds, first those at the same moment.
  static void cancel(std::vector<Act>& mine, std::vector<Act>& others) {
    for (const bool at_once : {true, false})
      for (auto act = mine.begin(); act != mine.end();) {
        const auto same = std::find_if(others.begin(), others.end(), [&](const Act& other) {
          return act->is_same(other) && (!at_once || act->at == other.at);
        });
        if (same == others.end()) {
          ++act;
          continue;
        }
        others.erase(same);
        act = mine.erase(act);
      }
  }
  /// Whether one step did that to a node of the one mode that the other mode lacks, and to its counterpart there.
  bool are_of_counterparts(const Act& act, const Act& other) const {
    if (act.at != other.at || act.whole == nullptr || other.whole == nullptr) return false;
    cluster::Command mine = *act.whole, theirs = *other.whole;
    if (!mine.node || !theirs.node) return false;
    const auto lacks = [](const Moment& world, const cluster::NodeRef& node) {
      return !world.cluster.find(to_text(node)).valid();
    };
    const bool of_one_mode = lacks(b_, *mine.node) || lacks(a_, *theirs.node);
    mine.node.reset(), theirs.node.reset();
    return of_one_mode && mine == theirs;
  }
  void cancel_counterparts(Acts& mine, Acts& others) const {
    for (auto& [spelled, all] : mine)
      std::erase_if(all, [&](const Act& act) {
        for (auto& [other_spelled, theirs] : others) {
          const auto same = std::find_if(theirs.begin(), theirs.end(),
                                         [&](const Act& other) { return are_of_counterparts(act, other); });
          if (same == theirs.end()) continue;
          theirs.erase(same);
          return true;
        }
        return false;
      });
  }
  /// Acts that happened in one world only.
  void acts() {
    const Story story_a(a_), story_b(b_);
    Acts in_a = acts_of(story_a), in_b = acts_of(story_b);
    for (auto& entry : in_a)
      if (const auto other = in_b.find(entry.first); other != in_b.end()) cancel(entry.second, other->second);
    if (a_.cluster.spec().metadata != b_.cluster.spec().metadata) cancel_counterparts(in_a, in_b);
    for (const auto& entry : in_a)
      for (const Act& act : entry.second) tell_act(story_a, act, true);
    for (const auto& entry : in_b)
      for (const Act& act : entry.second) tell_act(story_b, act, false);
  }
  void tell_act(const Story& story, const Act& act, bool is_a) {
    const Line& l = story.trace()[act.line];
    const std::string details = act.whole == nullptr ? std::string() : act_details(*act.whole).en;
    const std::string spelled = as<fact::Command>(l).spelled() + (details.empty() ? "" : " (" + details + ")");
    const Words what = after_a_colon(act_told(story, l));
    Otherwise difference{"steps",
                         is_a ? spelled : "-",
                         is_a ? "-" : spelled,
                         both("why.parting_only"_w, {{"what", what}, {"world", is_a ? "A" : "B"}}),
                         {},
                         {},
                         {},
                         {}};
    (is_a ? difference.line_here : difference.line_there) = act.line;
    all_.push_back(std::move(difference));
  }

  const Moment &a_, &b_;
  std::vector<Otherwise> all_;
};

}  // namespace

std::vector<Otherwise> what_differs(const TwoWorlds& w) {
  std::vector<Otherwise> all = w.here_is_b ? Differences(w.there, w.here).all() : Differences(w.here, w.there).all();
  if (w.here_is_b)
    for (Otherwise& difference : all) std::swap(difference.line_here, difference.line_there);
  return all;
}

}  // namespace kafkascope::observe
