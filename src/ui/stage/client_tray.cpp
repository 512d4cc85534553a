// A producer's tray, which represents its buffer.memory: the batches that wait for each partition, and the records in
// flight.
#include <algorithm>
#include <tuple>
#include <utility>

#include "ui/panels/holdings.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr const char* kOneRecord = "1";  // send() takes one record at a time
constexpr float kSlab = 7, kAfterNumber = 3;
constexpr float kOffSlabs = 2;  // between the last slab and the box, so that it does not read as a digit

/// The waiting batches of a partition: closed ones as slabs, then a box with the number of all waiting records, or
/// their sequences, filled to the last batch's share of batch.size; below it, while linger.ms runs, the share that has
/// passed.
struct TrayItem {
  const QueuedBatches* queue;
  std::string number, words;
  float width, box;
  int slabs;
};

float slabs_width(int slabs) { return slabs > 0 ? kSlab * static_cast<float>(slabs) + kOffSlabs : 0; }

TrayItem tray_item(Ui& ui, const QueuedBatches& q, bool sequences) {
  TrayItem item{&q,
                std::to_string(partition_at(ui.world, q.partition).index),
                sequences ? waiting_words(ui, q) : count_text(q.records),
                0,
                0,
                std::min(q.batches - 1, 3)};
  item.box = record_box_width(ui.p, item.words);
  item.width = ui.p.width(item.number, {.em = 13}) + kAfterNumber + slabs_width(item.slabs) + item.box;
  return item;
}

/// Draws the share of linger.ms that has passed for the open batch, at the tray's lower edge at most.
void draw_linger(Ui& ui, const Accumulator& a, const QueuedBatches& q, const Rect& box, const Rect& tray) {
  if (a.linger_us <= 0 || !q.open || q.batches > 1 || q.attempts > 0) return;
  const float part = static_cast<float>(lingers_us(a, q)) / static_cast<float>(a.linger_us);
  const Rect line{box.x, std::min(box.bottom() + .5f, tray.bottom() - 2.5f), box.w, 2.5f};
  ui.p.fill({line.x, line.y, line.w * part, line.h}, ui.c.caution, 1);
  ui.p.note(line, "linger");
}

/// The baseline of digits in the middle of the box.
float digits_below(Painter& p, const Rect& r) { return r.cy() + p.em(13) * .36f; }

}  // namespace

float record_box_width(Painter& p, const std::string& words) {
  return std::max(18.f, p.width(words, {.em = 13, .bold = true}) + 8);
}

namespace {
/// Over the box: over the bar of linger.ms at its foot, too.
void record_words(Painter& p, const Rect& r, bool full, const std::string& words) {
  p.text(r.cx(), digits_below(p, r), words,
         {.em = 13,
          .color = !full      ? p.c.primary
                   : p.c.dark ? p.c.on_bright
                              : p.c.accent_ink,
          .bold = true,
          .align = Align::Middle});
}
}  // namespace

void record_box(Painter& p, const Rect& r, Color color, float level, const std::string& words, bool doubt) {
  const bool full = level >= 1;
  const Color tint = mix(color, p.c.field, .3f);  // the number stands on it
  p.fill(r, full ? color : p.c.field, 2);
  if (!full && r.w > 2 * r.h) p.fill({r.x, r.y, r.w * level, r.h}, tint, 2);
  else if (!full) p.fill({r.x, r.y + r.h * (1 - level), r.w, r.h * level}, tint, 2);
  p.stroke(r, doubt ? p.c.caution : color, doubt ? 2.f : 1.25f, 2);
  if (!words.empty()) record_words(p, r, full, words);
}

std::int64_t lingers_us(const Accumulator& a, const QueuedBatches& q) {
  return q.open && q.batches == 1 && q.attempts == 0 ? std::clamp<std::int64_t>(q.waited_us, 0, a.linger_us) : 0;
}

std::string waiting_words(const Ui& ui, const QueuedBatches& q) {
  if (q.first_sequence < 0) return count_text(q.records);
  std::string sequences = std::to_string(q.first_sequence);
  if (q.last_sequence > q.first_sequence) sequences += "–" + std::to_string(q.last_sequence);
  return ui.tr("ui.sequence_at"_w, {{"sequence", sequences}});
}

void blocked_record(Painter& p, const Rect& r) {
  p.dashed(r, p.c.caution, 1.5f, 4, 3, 2);
  record_words(p, r, false, kOneRecord);
  p.note(r, "blocked record");
}

void draw_tray(Ui& ui, const Client& client, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Accumulator& a = client.accumulator;
  const Color color = c.family[static_cast<std::size_t>(Family::Produce)];
  const float used = static_cast<float>(a.buffer_used) / static_cast<float>(std::max<std::int64_t>(a.buffer_total, 1));
  const bool full = a.blocked_us >= 0 && a.for_memory;
  p.fill(r, c.field, 4);
  if (used > .01f)
    p.fill({r.x, r.y, r.w * std::min(used, 1.f), r.h}, full ? c.caution_fill : mix(color, c.field, .25f), 4);
  p.stroke(r, full ? c.caution : c.mid, full ? 2.f : 1.f, 4);
  p.note(r, full ? "full accumulator" : "accumulator");
  float right = r.right() - 5;
  if (client.in_flight > 0) {
    std::string sent = ui.tr("ui.records_in_flight"_w, {{"count", count_text(client.in_flight)}});
    constexpr float kSign = 24;
    if (!a.queues.empty() || p.width(sent, {.em = 13}) + kSign > right - r.x) sent = count_text(client.in_flight);
    right -= p.text(right, digits_below(p, r), sent, {.em = 13, .color = c.secondary, .align = Align::Right}) + 14;
    p.icon(Icon::Right, right, r.cy() - 6, 12, color, 1.8f);
    p.note({right, r.y, r.right() - right, r.h}, "in flight");
    right -= 5;
  }
  // The queues with most records are shown, in the order of their partitions; the others' sum is at the right end, after
  // their number. Where that sum has no room, one box has the sum of all: what is not counted would seem not to wait.
  // The boxes are higher where the stage is small, because letters have a least size.
  Row front{r.padded(5, std::clamp((r.h - p.em(13) * 1.1f) / 2, 1.f, 3.f)), 7};
  if (a.blocked_us >= 0) blocked_record(p, front.left(record_box_width(p, kOneRecord)));
  const Rect inside = front.rest;
  const float room = right - inside.x;
  std::vector<const QueuedBatches*> fullest;
  for (const QueuedBatches& q : a.queues) fullest.push_back(&q);
  std::stable_sort(fullest.begin(), fullest.end(), [](const auto* x, const auto* y) {
    return std::tie(y->records, y->batches, y->bytes) < std::tie(x->records, x->batches, x->bytes);
  });
  constexpr float kBetween = 7;
  float all = -kBetween;
  for (const QueuedBatches* q : fullest) all += tray_item(ui, *q, true).width + kBetween;
  const bool sequences = all <= room;
  const auto rest_from = [&](std::size_t from) {
    TrayItem rest{};
    std::int64_t records = 0;
    for (std::size_t i = from; i < fullest.size(); ++i) records += fullest[i]->records;
    rest.number = from == fullest.size() || from == 0 ? std::string() : "+" + std::to_string(fullest.size() - from);
    if (from < fullest.size()) rest.words = count_text(records), rest.box = record_box_width(p, rest.words);
    rest.width = p.width(rest.number, {.em = 13}) + rest.box + (rest.number.empty() ? 0 : 4);
    return rest;
  };
  std::vector<TrayItem> shown;
  float need = 0;
  // With less room the closed batches' slabs are left out.
  const auto choose = [&](bool slabs) {
    shown.clear();
    need = 0;
    for (const QueuedBatches* q : fullest) {
      TrayItem item = tray_item(ui, *q, sequences);
      if (!slabs) item.width -= slabs_width(std::exchange(item.slabs, 0));
      if (need + item.width + rest_from(shown.size() + 1).width > room) break;
      need += item.width + kBetween;
      shown.push_back(std::move(item));
    }
    return shown.size() >= std::min<std::size_t>(fullest.size(), 2);
  };
  if (!choose(true) && !choose(false)) {
    const Rect box{inside.x, inside.y, room, inside.h};
    const std::string count = rest_from(0).words;
    std::string words = ui.tr("ui.records_wait"_w, {{"count", count}});
    if (record_box_width(p, words) > room) words = count;
    record_box(p, box, color, 0, words,
               std::any_of(fullest.begin(), fullest.end(), [](const auto* q) { return q->attempts > 0; }));
    p.note(box, "all batches");
    return;
  }
  if (shown.size() < fullest.size()) {
    const TrayItem rest = rest_from(shown.size());
    Row tail{Rect{inside.x, inside.y, room, inside.h}, 3};
    const Rect box = tail.right(rest.box);
    record_box(p, box, color, 0, rest.words, false);
    p.note(box, "other batches");
    p.text(tail, rest.number, {.em = 13, .color = c.secondary, .align = Align::Right});
  }
  std::sort(shown.begin(), shown.end(),
            [](const TrayItem& x, const TrayItem& y) { return x.queue->partition < y.queue->partition; });
  // Unused room goes to words: that the records wait, and which partition it is; then it makes the boxes wider.
  if (shown.size() == fullest.size() && !shown.empty()) {
    constexpr float kWidest = 96;
    for (const bool names : {false, true}) {
      std::vector<TrayItem> told = shown;
      float all_told = 0;
      for (TrayItem& item : told) {
        if (names) item.number = partition_at(ui.world, item.queue->partition).name;
        else if (item.words == count_text(item.queue->records))
          item.words = ui.tr("ui.records_wait"_w, {{"count", item.words}});
        item.box = std::max(item.box, record_box_width(p, item.words));
        item.width = p.width(item.number, {.em = 13}) + kAfterNumber + slabs_width(item.slabs) + item.box;
        all_told += item.width + kBetween;
      }
      if (all_told - kBetween > room) break;
      shown = std::move(told);
      need = all_told;
    }
    const float more = (room - (need - kBetween)) / static_cast<float>(shown.size());
    for (TrayItem& item : shown) item.box = std::clamp(item.box + more, item.box, std::max(item.box, kWidest));
  }
  float x = inside.x;
  for (const TrayItem& item : shown) {
    const QueuedBatches& q = *item.queue;
    x += p.text(x, digits_below(p, r), item.number, {.em = 13, .color = c.secondary}) + 3;
    if (item.slabs > 0) p.note({x, inside.y, kSlab * static_cast<float>(item.slabs), inside.h}, "closed batches");
    for (int i = 0; i < item.slabs; ++i)
      p.fill({x + kSlab * static_cast<float>(i), inside.y, 5, inside.h}, color, 1.5f);
    x += slabs_width(item.slabs);
    const float level = q.open ? std::min(.95f, static_cast<float>(q.last_bytes) /
                                                    static_cast<float>(std::max<std::int64_t>(q.last_limit, 1)))
                               : 1.f;
    const Rect box{x, inside.y, item.box, inside.h};
    record_box(p, box, color, level, {}, q.attempts > 0);
    draw_linger(ui, a, q, box, r);
    record_words(p, box, level >= 1, item.words);
    p.note(box, q.open ? "open batch" : "full batch");
    x += item.box + kBetween;
  }
}

}  // namespace kafkascope::ui
