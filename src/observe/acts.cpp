// Commands in Korean. Their English is the spelling of files (cluster::to_text); names and keys stay as they are.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <type_traits>

#include "cluster/verbs.h"
#include "observe/words.h"

namespace kafkascope::observe {

namespace {

/// What cluster::to_text writes between the names.
constexpr std::pair<std::string_view, std::string_view> kBetween[] = {
    {" one way", " 한 방향"},       {" requests", " 요청"}, {" responses", " 응답"},
    {" to beginning", " 처음으로"}, {" to end", " 끝으로"}, {" allow remove", " 허용 삭제"},
    {" deny remove", " 거부 삭제"}, {" allow", " 허용"},    {" deny", " 거부"},
    {" remove", " 삭제"},           {" records", "개"},     {" record", "개"},
};

/// And before a number or a list.
constexpr std::pair<std::string_view, std::string_view> kInside[] = {{" partitions ", " 파티션 수 "},
                                                                     {" replication_factor ", " 복제 계수 "},
                                                                     {" all to ", " 모두 → "},
                                                                     {" to timestamp ", " → 타임스탬프 "},
                                                                     {" to ", " → "}};

std::string rate_text(std::int64_t bytes_per_s) {
  return fmt::format("{:g} Mbps", static_cast<double>(bytes_per_s) * 8 / 1e6);
}
std::string megabytes(std::int64_t bytes) {
  const double mb = static_cast<double>(bytes) / 1e6;
  return mb < 1 ? fmt::format("{:.3g} MB", mb) : fmt::format("{:g} MB", mb);
}
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
  constexpr std::tuple<std::int64_t, const char*, const char*> kUnits[] = {
      {86'400'000'000, " d", "일"}, {3'600'000'000, " h", "시간"}, {60'000'000, " min", "분"}, {1'000'000, " s", "초"}};
  for (const auto& [unit, en, ko] : kUnits) {
    if (us < unit) continue;
    const std::string number = fmt::format("{:.3g}", static_cast<double>(us) / static_cast<double>(unit));
    return {number + en, number + ko};
  }
  return {ms_text({us}), ms_text({us})};
}

Words act_details(const cluster::Command& c) {
  Words w;
  const auto add = [&w](const std::string& en, const std::string& ko) {
    w.en += (w.en.empty() ? "" : ", ") + en;
    w.ko += (w.ko.empty() ? "" : ", ") + ko;
  };
  if (c.latency) add("latency " + latency_text(*c.latency), "지연 " + latency_text(*c.latency));
  if (c.bandwidth_bytes_per_s)
    add("bandwidth " + rate_text(*c.bandwidth_bytes_per_s), "대역폭 " + rate_text(*c.bandwidth_bytes_per_s));
  if (c.loss_ppm)
    add(fmt::format("loss {:g}%", static_cast<double>(*c.loss_ppm) / 1e4),
        fmt::format("손실 {:g}%", static_cast<double>(*c.loss_ppm) / 1e4));
  if (c.dir) add(fmt::format("directory {}", *c.dir), fmt::format("디렉터리 {}", *c.dir));
  if (c.write_bytes_per_s)
    add("writes " + megabytes(*c.write_bytes_per_s) + "/s", "쓰기 " + megabytes(*c.write_bytes_per_s) + "/s");
  if (c.flush) add("flush " + ms_text(*c.flush), "플러시 " + ms_text(*c.flush));
  if (c.capacity_bytes) add("capacity " + megabytes(*c.capacity_bytes), "용량 " + megabytes(*c.capacity_bytes));
  if (c.fail) add(*c.fail ? "fails" : "works again", *c.fail ? "고장" : "다시 정상");
  if (c.before)
    add(*c.before < 0 ? "all that is committed" : fmt::format("below offset {}", *c.before),
        *c.before < 0 ? "커밋된 것 모두" : fmt::format("오프셋 {} 앞", *c.before));
  if (c.throttle_bytes_per_s)
    add(fmt::format("at most {:g} KB/s", static_cast<double>(*c.throttle_bytes_per_s) / 1e3),
        fmt::format("최대 {:g} KB/s", static_cast<double>(*c.throttle_bytes_per_s) / 1e3));
  if (c.verb == cluster::Verb::SkewClock) {
    const Words by = span(std::abs(c.by.us));
    add(by.en + (c.by.us < 0 ? " behind" : " ahead"), by.ko + (c.by.us < 0 ? " 느림" : " 빠름"));
  }
  const bool of_messages =
      c.verb == cluster::Verb::Lose || c.verb == cluster::Verb::Hold || c.verb == cluster::Verb::Answer;
  if (of_messages && c.count)
    add(*c.count == 1 ? "the next one" : fmt::format("the next {}", *c.count),
        *c.count == 1 ? "다음 하나" : fmt::format("다음 {}개", *c.count));
  if (of_messages && !c.count) add("all", "모두");
  const cluster::BehaviorChange& b = c.behave;
  if (b.rate)
    add(fmt::format("rate {:g}/s", static_cast<double>(b.rate->millionths_per_second) / 1e6),
        fmt::format("초당 {:g}개", static_cast<double>(b.rate->millionths_per_second) / 1e6));
  if (b.work) add("work " + ms_text(b.work->each), "처리 시간 " + ms_text(b.work->each));
  if (b.send)
    add(fmt::format("send {}", cluster::to_string(*b.send)), fmt::format("send {}", cluster::to_string(*b.send)));
  if (b.commit)
    add(fmt::format("commit {}", cluster::to_string(*b.commit)),
        fmt::format("commit {}", cluster::to_string(*b.commit)));
  if (b.handoff_threads)
    add(fmt::format("{} threads", *b.handoff_threads), fmt::format("스레드 {}개", *b.handoff_threads));
  if (b.acknowledge) {
    using Kind = cluster::AcknowledgeSpec::Kind;
    const std::int64_t n = b.acknowledge->every;
    if (b.acknowledge->kind == Kind::Accept) add("acknowledge all", "모두 처리 완료로");
    else if (b.acknowledge->kind == Kind::ReleaseEvery)
      n == 1 ? add("release every record", "레코드마다 놓아줌")
             : add(fmt::format("release every {}th", n), fmt::format("{}번째마다 놓아줌", n));
    else
      n == 1 ? add("reject every record", "레코드마다 거부")
             : add(fmt::format("reject every {}th", n), fmt::format("{}번째마다 거부", n));
  }
  if (b.calls)
    add(fmt::format("calls {}", fmt::join(*b.calls, ", ")), fmt::format("호출 대상 {}", fmt::join(*b.calls, ", ")));
  if (b.partitioner) add("another partitioner", "다른 파티셔너");
  for (const cluster::Field& field : cluster::info(c.verb).fields) {
    if (!field.own || !is_said(field, c)) continue;
    const std::string value = " " + own_value(field, c);
    add(std::string(field.name) + value, (*field.ko == '\0' ? std::string(field.name) : field.ko) + value);
  }
  return w;
}

Words act(const cluster::Command& command) {
  std::string text = cluster::to_text(command);
  if (command.verb == cluster::Verb::SkewClock)
    text.resize(std::min(text.size(), text.rfind(" by ")));  // told below, in hours
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
  std::string out(cluster::info(*verb).words.name_ko);
  if (space == std::string_view::npos) return out;
  std::string rest(text.substr(space)), who;
  if (const auto as = rest.rfind(" as "); as != std::string::npos && rest.find(' ', as + 4) == std::string::npos) {
    who = " (" + rest.substr(as + 4) + ")";
    rest.resize(as);
  }
  for (const auto& [en, ko] : kBetween)
    if (rest.ends_with(en)) rest.replace(rest.size() - en.size(), en.size(), ko);
  for (const auto& [en, ko] : kInside)
    if (const auto at = rest.find(en); at != std::string::npos) rest.replace(at, en.size(), ko);
  return out + ":" + rest + who;
}

}  // namespace kafkascope::observe
