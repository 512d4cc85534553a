#include "ui/panels/holdings.h"

#include <algorithm>

#include "ui/panels/origin_card.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

using Kind = HoldingPart::Kind;

constexpr std::size_t kMostHeld = 24;

std::string ms_text(std::int64_t us) { return seconds_text(us * 1000); }  // milliseconds with one decimal: 1.5

/// "position 142 · committed 140".
void join(std::string& words, std::string more) { words += (words.empty() ? "" : " · ") + std::move(more); }

HoldingsView accumulator_view(const Snapshot& world, Lang lang, const Accumulator& a) {
  HoldingsView view;
  view.limits.push_back({"buffer.memory",
                         bytes_text(a.buffer_used) + " / " + bytes_text(a.buffer_total),
                         {},
                         true,
                         a.blocked_us >= 0 && a.for_memory,
                         false,
                         a.buffer_total,
                         {{Kind::Taken, a.buffer_used}}});
  if (a.blocked_us >= 0) {
    view.limits.push_back({"max.block.ms",
                           ms_text(a.blocked_us) + " / " + ms_text(a.max_block_us),
                           tr(lang, a.for_memory ? "ui.hold_blocked_memory"_w : "ui.hold_blocked_metadata"_w),
                           true,
                           true,
                           false,
                           a.max_block_us,
                           {{Kind::Taken, a.blocked_us}}});
  }
  std::string out;
  bool at_limit = false;
  for (const auto& [broker, requests] : a.in_flight) {
    join(out, "broker-" + std::to_string(broker) + ": " + std::to_string(requests));
    at_limit = at_limit || requests >= a.max_in_flight;
  }
  view.limits.push_back(
      {"max.in.flight.requests.per.connection",
       std::to_string(a.max_in_flight),
       out.empty() ? tr(lang, "ui.hold_none_in_flight"_w) : tr(lang, "ui.hold_in_flight"_w, {{"requests", out}}),
       true,
       at_limit,
       false,
       0,
       {}});
  for (const QueuedBatches& q : a.queues) {
    if (view.rows.size() >= kMostHeld) {
      view.more = static_cast<int>(a.queues.size() - kMostHeld);
      break;
    }
    Holding row;
    row.name = partition_at(world, q.partition).name;
    row.value = tr(lang, "ui.records"_w, {{"count", count_text(q.records)}}) + ", " + bytes_text(q.bytes);
    const std::int64_t percent = q.last_bytes * 100 / std::max<std::int64_t>(q.last_limit, 1);
    if (q.batches > 1) join(row.words, tr(lang, "ui.hold_batches"_w, {{"count", std::to_string(q.batches)}}));
    join(row.words, q.open ? tr(lang, "ui.hold_open"_w, {{"percent", std::to_string(percent)}})
                           : tr(lang, "ui.hold_closed"_w, {{"percent", std::to_string(percent)}}));
    if (q.attempts > 0 && q.backoff_us > 0)
      join(row.words, tr(lang, "ui.hold_again"_w, {{"ms", ms_text(q.backoff_us)}}));
    else
      join(row.words,
           q.waited_us <= a.linger_us
               ? tr(lang, "ui.hold_waits"_w, {{"ms", ms_text(q.waited_us)}, {"linger", ms_text(a.linger_us)}})
               : tr(lang, "ui.hold_lingered"_w, {{"time", latency_text(q.waited_us, lang)}}));
    row.doubt = q.attempts > 0;
    row.units = std::max<std::int64_t>(q.last_limit, 1);
    row.parts = {{Kind::Fetched, std::min(q.last_bytes, row.units)}};
    view.rows.push_back(std::move(row));
  }
  return view;
}

Holding shared_row(Lang lang, const AssignedPartition& a) {
  Holding row;
  row.value = tr(lang, "ui.share_locked"_w, {{"count", count_text(a.acquired)}});
  join(row.words, tr(lang, "ui.hold_fetched"_w, {{"count", count_text(a.buffered)}}));
  join(row.words, tr(lang, "ui.hold_in_hand"_w, {{"count", count_text(a.in_hand)}}));
  join(row.words, tr(lang, "ui.hold_to_acknowledge"_w, {{"count", count_text(a.to_acknowledge)}}));
  return row;
}

/// The bar reaches from the committed offset to the log end: delivered, fetched ahead, to be fetched, above the high watermark
/// (with read_committed: above the last stable offset).
Holding position_row(Lang lang, const AssignedPartition& a) {
  Holding row;
  row.paused = a.paused;
  row.value = a.lag < 0 ? a.fetch_state : tr(lang, "ui.to_read"_w, {{"count", count_text(a.to_read())}});
  row.doubt = a.lag < 0;
  if (a.paused) join(row.words, tr(lang, "ui.state_paused"_w));
  if (a.position >= 0) join(row.words, tr(lang, "ui.hold_position"_w, {{"offset", std::to_string(a.position)}}));
  join(row.words, a.committed < 0 ? std::string(tr(lang, "ui.no_commit"_w))
                                  : tr(lang, "ui.hold_committed"_w, {{"offset", std::to_string(a.committed)}}));
  if (a.buffered > 0) join(row.words, tr(lang, "ui.hold_fetched"_w, {{"count", count_text(a.buffered)}}));
  if (a.held_back() > 0)
    join(row.words, tr(lang, "ui.hold_to_lso"_w, {{"high", count_text(a.lag)}, {"stable", count_text(a.stable_lag)}}));
  if (a.log_end_lag > a.lag) join(row.words, tr(lang, "ui.hold_to_log_end"_w, {{"count", count_text(a.log_end_lag)}}));
  if (a.lag < 0) return row;
  const std::int64_t delivered = a.committed < 0 ? 0 : std::max<std::int64_t>(0, a.position - a.committed),
                     readable = a.lag - a.held_back(), ahead = std::min(a.buffered, readable);
  row.parts = {{Kind::Done, delivered},
               {Kind::Fetched, ahead},
               {Kind::Waiting, readable - ahead},
               {Kind::Above, a.log_end_lag - readable}};
  row.units = delivered + a.log_end_lag;
  return row;
}

void draw_bar(Painter& p, const Rect& r, const Holding& h, Color color) {
  const Palette& c = p.c;
  p.fill(r, c.field, 2);
  float x = r.x;
  for (const HoldingPart& part : h.parts) {
    const Rect piece{x, r.y, r.w * static_cast<float>(static_cast<double>(part.units) / static_cast<double>(h.units)),
                     r.h};
    x = piece.right();
    if (part.units == 0 || piece.w < .5f) continue;
    switch (part.kind) {
      case Kind::Taken: p.fill(piece, h.doubt ? c.caution : c.accent, 2); break;
      case Kind::Done: p.fill(piece, with_alpha(c.committed, .45f), 2); break;
      case Kind::Fetched: p.fill(piece, color, 2); break;
      case Kind::Waiting: p.stroke(piece, c.strong, 1.25f, 2); break;
      case Kind::Above: p.hatch({piece.x + 1, piece.y + 1, piece.w - 2, piece.h - 2}, c.muted, 6); break;
    }
  }
  // The position from which the consumer reads on.
  if (std::any_of(h.parts.begin(), h.parts.end(), [](const HoldingPart& part) { return part.kind == Kind::Done; })) {
    const float at =
        r.x + r.w * static_cast<float>(static_cast<double>(h.parts.front().units) / static_cast<double>(h.units));
    p.fill({std::min(at, r.right() - 3) - 1, r.y - 3, 3, r.h + 6}, c.position);
  }
  p.note(r, "holding bar");
}

}  // namespace

std::string to_read_words(const Ui& ui, std::int64_t records, CountForm form) {
  return form == CountForm::Words ? ui.tr("ui.to_read"_w, {{"count", count_text(records)}}) : "+" + count_text(records);
}

std::string held_words(const Ui& ui, std::int64_t records, CountForm form) {
  return ui.tr(form == CountForm::Words ? "ui.past_lso"_w : "ui.past_lso_brief"_w, {{"count", count_text(records)}});
}

const Partition& partition_at(const Snapshot& world, int index) {
  static const Partition kNone;
  return index < 0 || index >= static_cast<int>(world.partitions.size())
             ? kNone
             : world.partitions[static_cast<std::size_t>(index)];
}

std::vector<HoldingsView> build_holdings(const Snapshot& world, Lang lang, const Client& client) {
  std::vector<HoldingsView> views;
  if (client.accumulator.buffer_total > 0) views.push_back(accumulator_view(world, lang, client.accumulator));
  if (client.assigned.empty()) return views;
  HoldingsView view;
  view.title = client.assigned.front().fetch_state.empty() ? "ui.hold_shared"_w : "ui.hold_positions"_w;
  std::string out;
  for (const int broker : client.fetching) join(out, "broker-" + std::to_string(broker));
  if (client.waiting > 0 && client.accumulator.buffer_total == 0)
    view.limits.push_back({tr(lang, "ui.hold_work"_w), count_text(client.waiting), {}, false, false, false, 0, {}});
  if (!out.empty()) view.limits.push_back({tr(lang, "ui.hold_fetching"_w), out, {}, false, false, false, 0, {}});
  for (const AssignedPartition& a : client.assigned) {
    if (view.rows.size() >= kMostHeld) {
      view.more = static_cast<int>(client.assigned.size() - kMostHeld);
      break;
    }
    Holding row = a.fetch_state.empty() ? shared_row(lang, a) : position_row(lang, a);
    row.name = partition_at(world, a.partition).name;
    view.rows.push_back(std::move(row));
  }
  views.push_back(std::move(view));
  return views;
}

void draw_holdings(Ui& ui, Column& in, const HoldingsView& view) {
  constexpr LineSize kTitle{28, 18}, kName{24, 16}, kWords{18, 11}, kNote{22, 16};
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Color color =
      c.family[static_cast<std::size_t>(view.title == "ui.hold_accumulator"_w ? Family::Produce : Family::Consume)];
  p.text(in.next(kTitle), ui.tr(view.title), {.em = 13, .color = c.secondary, .bold = true});
  const auto one = [&](const Holding& h, bool bold) {
    const TextStyle value{.em = h.key ? 13.f : 15.f,
                          .color = h.doubt ? c.caution : c.primary,
                          .bold = true,
                          .align = Align::Right,
                          .foreign = true};
    Row name{in.next(kName), 8};
    p.text(name, h.value, value);
    name.gap = 6;
    if (h.paused && p.in_sight(name.rest)) p.icon(Icon::Pause, Column{name.left(14)}.next(22), c.caution, 1.8f);
    const TextStyle label{.em = h.key ? 13.f : 15.f,
                          .color = h.key ? c.secondary : c.primary,
                          .bold = bold,
                          .mono = h.key,
                          .foreign = true};
    p.text(name.rest, h.name, label);
    setting_link(ui, name.rest.x, name.rest.baseline(label.em), h.name, label);
    if (h.units > 0) {
      if (const Rect bar = in.next(8); p.in_sight(bar)) draw_bar(p, bar, h, color);
      in.skip(4);
    }
    const TextStyle words{.em = 13, .color = h.doubt ? c.caution : c.secondary, .foreign = true};
    for (const std::string& said : p.wrap(h.words, in.rest.w, words)) {
      const Line line = in.next(kWords);
      p.text(line, said, words);
      links_in(ui, line.x, line.base, said, words);
    }
    if (!h.key) in.skip(4);
  };
  for (const Holding& h : view.limits) one(h, false);
  if (!view.limits.empty()) in.skip(6);
  for (const Holding& h : view.rows) one(h, true);
  const TextStyle note{.em = 13, .color = c.muted};
  if (view.rows.empty()) p.text(in.next(kNote), ui.tr("ui.hold_nothing_waits"_w), note);
  if (view.more > 0) p.text(in.next(kNote), ui.tr("ui.more_replicas"_w, {{"count", std::to_string(view.more)}}), note);
}

}  // namespace kafkascope::ui
