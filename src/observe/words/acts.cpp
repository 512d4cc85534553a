// Commands in words. Their English is the spelling of files (cluster::to_text); names and keys stay as they are.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <type_traits>

#include "cluster/verbs.h"
#include "observe/words/both.h"
#include "observe/words/message_acts.h"
#include "observe/words/words.h"

namespace kafkascope::observe {

namespace {

struct Spelled {
  std::string_view en;  // between spaces
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

namespace {

/// Phrases joined by commas.
struct Phrases {
  Words said;
  void add(const Words& more) {
    said.en += (said.en.empty() ? "" : ", ") + more.en;
    said.ko += (said.ko.empty() ? "" : ", ") + more.ko;
  }

  void link(const cluster::act::Link& link) {
    if (link.latency) add(both("act.latency"_w, {{"latency", latency_text(*link.latency)}}));
    if (link.bandwidth_bytes_per_s) add(both("act.bandwidth"_w, {{"rate", rate_text(*link.bandwidth_bytes_per_s)}}));
    if (link.loss_ppm)
      add(both("act.loss"_w, {{"percent", fmt::format("{:g}", static_cast<double>(*link.loss_ppm) / 1e4)}}));
  }
  void directory(const std::optional<std::int32_t>& dir) {
    if (dir) add(both("act.directory"_w, {{"dir", std::to_string(*dir)}}));
  }
  void disk(const cluster::act::Disk& disk) {
    directory(disk.dir);
    if (disk.write_bytes_per_s) add(both("act.writes"_w, {{"rate", megabytes(*disk.write_bytes_per_s)}}));
    if (disk.flush) add(both("act.flush"_w, {{"time", ms_text(*disk.flush)}}));
    if (disk.capacity_bytes) add(both("act.capacity"_w, {{"size", megabytes(*disk.capacity_bytes)}}));
    if (disk.fail) add(both(*disk.fail ? "act.fails"_w : "act.works_again"_w));
  }
  void count(const std::optional<std::int64_t>& count) {
    if (!count) add(both("act.all"_w));
    else add(*count == 1 ? both("act.next_one"_w) : both("act.next"_w, {{"count", std::to_string(*count)}}));
  }
  void behavior(const cluster::act::Behave& b) {
    if (b.rate)
      add(both("act.rate"_w,
               {{"rate", fmt::format("{:g}", static_cast<double>(b.rate->millionths_per_second) / 1e6)}}));
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
  }
  void by_name(const cluster::Command& c) {
    for (const cluster::Field& field : cluster::info(c.verb).fields) {
      if (!field.by_name || !is_said(field, c)) continue;
      const words::Key name = cluster::info(c.verb).words(field.name);
      const bool named = words::catalogue(words::Lang::En).find(name) != nullptr;
      const Words called = named ? both(name) : same(std::string(field.name));
      const std::string value = " " + own_value(field, c);
      add({called.en + value, called.ko + value});
    }
  }
};

}  // namespace

Words act_details(const cluster::Command& c) {
  Phrases phrases;
  switch (c.verb) {
    case cluster::Verb::Link: phrases.link(c.get<cluster::act::Link>()); break;
    case cluster::Verb::Disk: phrases.disk(c.get<cluster::act::Disk>()); break;
    case cluster::Verb::WipeDisk: phrases.directory(c.get<cluster::act::WipeDisk>().dir); break;
    case cluster::Verb::DeleteRecords:
      if (const auto& before = c.get<cluster::act::DeleteRecords>().before)
        phrases.add(*before < 0 ? both("act.all_committed"_w)
                                : both("act.below_offset"_w, {{"offset", std::to_string(*before)}}));
      break;
    case cluster::Verb::AbortHanging:
      if (const auto& start = c.get<cluster::act::AbortHanging>().start_offset)
        phrases.add(both("ui.tx_from"_w, {{"offset", std::to_string(*start)}}));
      break;
    case cluster::Verb::Reassign:
      if (const auto& rate = c.get<cluster::act::Reassign>().throttle_bytes_per_s)
        phrases.add(both("act.throttle"_w, {{"rate", fmt::format("{:g}", static_cast<double>(*rate) / 1e3)}}));
      break;
    case cluster::Verb::SkewClock: {
      const std::int64_t by = c.get<cluster::act::SkewClock>().by.us;
      phrases.add(both(by < 0 ? "act.clock_behind"_w : "act.clock_ahead"_w, {{"span", span(std::abs(by))}}));
      break;
    }
    case cluster::Verb::Lose:
    case cluster::Verb::Hold: break;  // messages_of states the number
    case cluster::Verb::Answer: phrases.count(c.get<cluster::act::Answer>().count); break;
    case cluster::Verb::Behave: phrases.behavior(c.get<cluster::act::Behave>()); break;
    default: phrases.by_name(c); break;
  }
  return phrases.said;
}

Words act(const cluster::Command& command) { return act(command, SideNames{}); }

Words act(const cluster::Command& command, const SideNames& names) {
  if (auto words = message_act(command, names)) return *std::move(words);
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

std::string thing_first(std::string korean) {
  constexpr std::string_view kColon = ": ";
  const std::size_t colon = korean.find(kColon);
  if (colon == std::string::npos || korean.find(' ', colon + kColon.size()) != std::string::npos) return korean;
  return korean.substr(colon + kColon.size()) + " " + korean.substr(0, colon);
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
