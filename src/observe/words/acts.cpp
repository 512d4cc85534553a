// Commands in words. Their English is the spelling of files (cluster::to_text); names and keys stay as they are.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <type_traits>

#include "cluster/verbs.h"
#include "observe/words/both.h"
#include "observe/words/words.h"

namespace kafkascope::observe {

namespace {

struct Spelled {
  std::string_view en;  // between blanks
  words::Key words;
};
/// What cluster::to_text writes between the names.
constexpr Spelled kBetween[] = {{"one way", "act.word.one_way"_w},
                                {"requests", "act.word.requests"_w},
                                {"responses", "act.word.responses"_w},
                                {"to beginning", "act.word.to_beginning"_w},
                                {"to end", "act.word.to_end"_w},
                                {"allow remove", "act.word.allow_remove"_w},
                                {"deny remove", "act.word.deny_remove"_w},
                                {"allow", "act.word.allow"_w},
                                {"deny", "act.word.deny"_w},
                                {"remove", "act.word.remove"_w},
                                {"records", "act.word.records"_w},
                                {"record", "act.word.record"_w}};

/// Words before a number or a list.
constexpr Spelled kInside[] = {{"partitions", "act.word.partitions"_w},
                               {"replication_factor", "act.word.replication_factor"_w},
                               {"all to", "act.word.all_to"_w},
                               {"to timestamp", "act.word.to_timestamp"_w},
                               {"to", "act.word.to"_w}};

std::string rate_text(std::int64_t bytes_per_s) {
  return fmt::format("{:g} Mbps", static_cast<double>(bytes_per_s) * 8 / 1e6);
}
std::string megabytes(std::int64_t bytes) {
  const double mb = static_cast<double>(bytes) / 1e6;
  return mb < 1 ? fmt::format("{:.3g} MB", mb) : fmt::format("{:g} MB", mb);
}
Words same(const std::string& text) { return {text, text}; }
std::string ms_text(sim::Duration d) { return fmt::format("{:g} ms", static_cast<double>(d.us) / 1000); }

std::string latency_text(const cluster::LatencySpec& l) {
  if (l.kind == cluster::LatencySpec::Kind::LogNormal)
    return fmt::format("median {}, p99 {}", ms_text(l.median), ms_text(l.p99));
  return l.low == l.high ? ms_text(l.low)
                         : fmt::format("{:g}–{}", static_cast<double>(l.low.us) / 1000, ms_text(l.high));
}

/// A field of a verb's own struct, with its unit.
std::string own_value(const cluster::Field& field, const cluster::Command& c) {
  using cluster::FieldType;
  return std::visit(
      [&](const auto* value) -> std::string {
        using Value = std::remove_cvref_t<decltype(*value)>;
        if constexpr (std::is_same_v<Value, sim::Duration>) return ms_text(*value);
        if constexpr (std::is_same_v<Value, std::optional<sim::Duration>>) return ms_text(**value);
        if constexpr (std::is_same_v<Value, std::optional<std::int64_t>>) {
          if (field.type == FieldType::Fraction) return fmt::format("{:g}%", static_cast<double>(**value) / 1e4);
          if (field.type == FieldType::Bandwidth) return megabytes(**value) + "/s";
          if (field.type == FieldType::Size) return megabytes(**value);
        }
        return cluster::value_text(field, c);
      },
      field.view(c));
}

}  // namespace

Words span(std::int64_t us) {
  constexpr std::pair<std::int64_t, words::Key> kUnits[] = {{86'400'000'000, "time.days"_w},
                                                            {3'600'000'000, "time.hours"_w},
                                                            {60'000'000, "time.minutes"_w},
                                                            {1'000'000, "time.seconds"_w}};
  for (const auto& [unit, key] : kUnits)
    if (us >= unit)
      return both(key, {{"number", fmt::format("{:.3g}", static_cast<double>(us) / static_cast<double>(unit))}});
  return {ms_text({us}), ms_text({us})};
}

Words act_details(const cluster::Command& c) {
  Words w;
  const auto add = [&w](const Words& more) {
    w.en += (w.en.empty() ? "" : ", ") + more.en;
    w.ko += (w.ko.empty() ? "" : ", ") + more.ko;
  };
  if (c.latency) add(both("act.latency"_w, {{"latency", latency_text(*c.latency)}}));
  if (c.bandwidth_bytes_per_s) add(both("act.bandwidth"_w, {{"rate", rate_text(*c.bandwidth_bytes_per_s)}}));
  if (c.loss_ppm) add(both("act.loss"_w, {{"percent", fmt::format("{:g}", static_cast<double>(*c.loss_ppm) / 1e4)}}));
  if (c.dir) add(both("act.directory"_w, {{"dir", std::to_string(*c.dir)}}));
  if (c.write_bytes_per_s) add(both("act.writes"_w, {{"rate", megabytes(*c.write_bytes_per_s)}}));
  if (c.flush) add(both("act.flush"_w, {{"time", ms_text(*c.flush)}}));
  if (c.capacity_bytes) add(both("act.capacity"_w, {{"size", megabytes(*c.capacity_bytes)}}));
  if (c.fail) add(both(*c.fail ? "act.fails"_w : "act.works_again"_w));
  if (c.before)
    add(*c.before < 0 ? both("act.all_committed"_w)
                      : both("act.below_offset"_w, {{"offset", std::to_string(*c.before)}}));
  if (c.start_offset) add(both("ui.tx_from"_w, {{"offset", std::to_string(*c.start_offset)}}));
  if (c.throttle_bytes_per_s)
    add(both("act.throttle"_w, {{"rate", fmt::format("{:g}", static_cast<double>(*c.throttle_bytes_per_s) / 1e3)}}));
  if (c.verb == cluster::Verb::SkewClock) {
    add(both(c.by.us < 0 ? "act.clock_behind"_w : "act.clock_ahead"_w, {{"span", span(std::abs(c.by.us))}}));
  }
  const bool of_messages =
      c.verb == cluster::Verb::Lose || c.verb == cluster::Verb::Hold || c.verb == cluster::Verb::Answer;
  if (of_messages && c.count)
    add(*c.count == 1 ? both("act.next_one"_w) : both("act.next"_w, {{"count", std::to_string(*c.count)}}));
  if (of_messages && !c.count) add(both("act.all"_w));
  const cluster::BehaviorChange& b = c.behave;
  if (b.rate)
    add(both("act.rate"_w, {{"rate", fmt::format("{:g}", static_cast<double>(b.rate->millionths_per_second) / 1e6)}}));
  if (b.work) add(both("act.work"_w, {{"time", ms_text(b.work->each)}}));
  if (b.send) add(same(fmt::format("send {}", cluster::to_string(*b.send))));
  if (b.commit) add(same(fmt::format("commit {}", cluster::to_string(*b.commit))));
  if (b.handoff_threads) add(both("act.threads"_w, {{"count", std::to_string(*b.handoff_threads)}}));
  if (b.acknowledge) {
    using Kind = cluster::AcknowledgeSpec::Kind;
    const std::string n = std::to_string(b.acknowledge->every);
    const bool each = b.acknowledge->every == 1;
    if (b.acknowledge->kind == Kind::Accept) add(both("act.acknowledge_all"_w));
    else if (b.acknowledge->kind == Kind::ReleaseEvery)
      add(each ? both("act.release_every_record"_w) : both("act.release_every"_w, {{"number", n}}));
    else add(each ? both("act.reject_every_record"_w) : both("act.reject_every"_w, {{"number", n}}));
  }
  if (b.calls) add(both("act.calls"_w, {{"services", fmt::format("{}", fmt::join(*b.calls, ", "))}}));
  if (b.partitioner) add(both("act.another_partitioner"_w));
  for (const cluster::Field& field : cluster::info(c.verb).fields) {
    if (!field.own || !is_said(field, c)) continue;
    const words::Key name = cluster::info(c.verb).words(field.name);
    const bool named = words::catalogue(words::Lang::En).find(name) != nullptr;
    const Words called = named ? both(name) : same(std::string(field.name));
    const std::string value = " " + own_value(field, c);
    add({called.en + value, called.ko + value});
  }
  return w;
}

Words act(const cluster::Command& command) {
  std::string text = cluster::to_text(command);
  if (command.verb == cluster::Verb::SkewClock)
    text.resize(std::min(text.size(), text.rfind(" by ")));  // added below, in hours
  Words words{text, act_in_korean(text)};
  const Words more = act_details(command);
  if (more.empty()) return words;
  words.en += " (" + more.en + ")";
  words.ko += " (" + more.ko + ")";
  return words;
}

std::string act_in_korean(std::string_view text) {
  const std::size_t space = text.find(' ');
  const auto verb = cluster::parse_verb(text.substr(0, space));
  if (!verb) return std::string(text);
  const auto korean = [](words::Key key) { return words::text(words::Lang::Ko, key); };
  std::string out(korean(cluster::info(*verb).words("name")));
  if (space == std::string_view::npos) return out;
  std::string rest(text.substr(space)), who;
  if (const auto as = rest.rfind(" as "); as != std::string::npos && rest.find(' ', as + 4) == std::string::npos) {
    who = " (" + rest.substr(as + 4) + ")";
    rest.resize(as);
  }
  for (const Spelled& word : kBetween)
    if (const std::string en = fmt::format(" {}", word.en); rest.ends_with(en)) {
      const bool counted = word.words == "act.word.records"_w || word.words == "act.word.record"_w;
      rest.replace(rest.size() - en.size(), en.size(), (counted ? "" : " ") + std::string(korean(word.words)));
    }
  for (const Spelled& word : kInside)
    if (const auto at = rest.find(fmt::format(" {} ", word.en)); at != std::string::npos)
      rest.replace(at, word.en.size() + 2, fmt::format(" {} ", korean(word.words)));
  return out + ":" + rest + who;
}

}  // namespace kafkascope::observe
