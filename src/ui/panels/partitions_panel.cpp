#include <algorithm>
#include <cmath>

#include "ui/panels/act_forms.h"
#include "ui/panels/menu_items.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"
#include "ui/panels/record_cards.h"
#include "ui/panels/strip.h"
#include "ui/panels/strip_key.h"

namespace kafkascope::ui {

using namespace observe;

Point& watermark_anchor() {
  static thread_local Point anchor;
  return anchor;
}

namespace {

/// The ISR chip around its words: a click asks why the ISR is what it is.
void isr_chip(Ui& ui, const Partition& part, const Rect& words, float high) {
  const Rect chip = words.padded(-6).middle(high);
  why_spot(ui, make_id("isr " + part.name), chip, {1.5f, 5}, "ISR " + set_text(part.isr),
           "/partitions/" + part.name + "/isr");
}

/// The in-sync replicas and, if there are any, the eligible leader replicas (KIP-966).
std::string in_sync_words(const Partition& part) {
  return "ISR " + set_text(part.isr) + (part.elr.empty() ? std::string() : "  ELR " + set_text(part.elr));
}

constexpr float kKeyOfButton = 20;

/// With the name of its key.
float beliefs_button_width(const Ui& ui) {
  constexpr float kAround = 20;
  return ui.p.width(ui.tr("ui.belief_truth"_w), {.em = 13}) + kAround + kKeyOfButton;
}

/// In what is left of the panel's head: the button of the beliefs, if there is room for it and for the first two marks or all of
/// them, and the meaning of the visible marks, as many as fit. The name of the button's key gives way to marks.
void head_key(Ui& ui, Row head, const StripMarks& marks, float first_two) {
  constexpr float kBelow = 11, kBaseline = 4.7f, kEdge = 4;
  const std::string beliefs = ui.tr("ui.belief_truth"_w);
  float beliefs_w = beliefs_button_width(ui);
  const float room = head.rest.w - head.gap, all = close_key_width(ui, marks);
  const bool gives_way = room < beliefs_w + all && room >= beliefs_w - kKeyOfButton + all;
  const bool has_key = partition_of_beliefs(ui) == ui.selected_partition() && !gives_way;
  if (gives_way) beliefs_w -= kKeyOfButton;
  if (room > beliefs_w + std::min(first_two, all)) {
    Column place{head.left(beliefs_w)};
    place.skip(kBelow);
    const Rect button = place.next(26);
    const Hit hit = ui.hit(make_id("who believes what"), button);
    ui.p.fill(button, hit.hovered ? ui.c.hover : ui.c.field, 6);
    ui.p.stroke(button, hit.hovered ? ui.c.accent : ui.c.mid, 1.25f, 6);
    Row in{Line(button.padded(10), button.cy() + kBaseline), 8};
    ui.p.text(in, beliefs, {.em = 13});
    if (has_key) ui.p.text(in, "K", {.em = 13, .color = ui.c.secondary, .mono = true});
    if (hit.clicked) show_beliefs(ui, ui.selected_partition());
  }
  Column beside{head.rest};
  beside.skip(15);
  Row row{beside.next({20, 15})};
  row.right(kEdge);
  fitting_key(ui, row, marks);
}

/// The partitions drawn below each other: those with the records that the lesson points at; else all of the selected
/// one's topic if each has few replicas; else only the selected one.
std::vector<int> shown_together(const Ui& ui, int selected, float room, const StripStyle& style) {
  const Snapshot& world = ui.world;
  std::vector<int> all = partitions_pointed_into(ui, selected);
  float height = 0;
  for (const int i : all) height += strips_height(style, world.partitions[static_cast<std::size_t>(i)].logs.size());
  if (!all.empty() && height <= room) return all;
  all.clear();
  height = 0;
  const Partition& part = world.partitions[static_cast<std::size_t>(selected)];
  for (std::size_t i = 0; i < world.partitions.size(); ++i) {
    if (world.partitions[i].topic != part.topic) continue;
    all.push_back(static_cast<int>(i));
    height += strips_height(style, world.partitions[i].logs.size());
    if (!world.partitions[i].shares.empty()) return {selected};  // its share groups' rows need the room
  }
  return all.size() > 1 && height <= room ? all : std::vector<int>{selected};
}

/// A few rows in a large panel are enlarged, to be readable from a distance. Cells grow wider only while the whole log
/// is visible.
void enlarge(StripStyle& style, float room, float w, std::int64_t records, const auto& height) {
  const StripStyle plain = style;
  for (float f = 1.8f; f > 1.05f; f -= .1f) {
    style.cell_h = plain.cell_h * f;
    style.gap = plain.gap * f;
    style.name_em = plain.name_em * std::min(f, 1.35f);
    style.mark_em = plain.mark_em * std::min(f, 1.35f);
    style.cell_w = std::clamp((w - plain.name_w) / static_cast<float>(records + plain.tail_cells) - 2, plain.cell_w,
                              plain.cell_w * f);
    if (height(style) <= room * .9f) return;
  }
  style = plain;
}

/// The selected partition; if the chain of causes is about other partitions only, the first of these.
int partition_told(const Ui& ui) {
  const int selected = ui.selected_partition();
  int first = -1;
  for (const ChainLink& link : ui.log.chain) {
    const int named = ui.partition_of(link.partition);
    if (named == selected) return selected;
    if (first < 0) first = named;
  }
  return first < 0 ? selected : first;
}

std::int64_t longest(const Partition& part) {
  std::int64_t records = 0;
  for (const ReplicaLog& log : part.logs) records = std::max(records, log.log_end_offset - log.log_start_offset);
  return records;
}

/// No partition at all: what to do first, which is also in sight while the inspector covers the narration.
void draw_no_topic(Ui& ui, const Rect& r) {
  constexpr float kAround = 56, kHigh = 36, kDoor = 52, kAll = 156;
  const auto [told, door] = in_column(r.middle(std::min(r.h, kAll)), {weight(), fixed(kDoor)});
  empty_state(ui, told, Icon::Disk, "ui.no_partitions"_w, "ui.no_partitions_sub"_w);
  if (ui.st.layout == Layout::Presenter) return;
  const int form = act_form("create topic");
  const std::string words = ui.tr(act_forms()[static_cast<std::size_t>(form)].name);
  const Rect place = door.middle(ui.p.width(words, {.em = 15}) + kAround, kHigh);
  if (button(ui, make_id("first topic"), place, words, true, Icon::Disk))
    ui.open_form(form, std::string(kMenuOfStage), {});
}

}  // namespace

void draw_partition_panel(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.panel);
  ui.hit(make_id("partition panel"), r);
  const int index = partition_told(ui);
  if (index < 0) {
    const auto [head, body] = in_column(r, {fixed(40), weight()});
    panel_head(ui, head, ui.tr("ui.partitions"_w));
    return draw_no_topic(ui, body);
  }
  const Partition& part = ui.world.partitions[static_cast<std::size_t>(index)];
  p.push_box(r, "partition panel");
  const auto one = [&](int i) -> const Partition& { return ui.world.partitions[static_cast<std::size_t>(i)]; };
  const bool big = r.h >= 300 && r.w > 1100;
  constexpr float kFoot = 8;
  Column body{r.padded(24)};
  Row head{body.next({44, 30}), 16};
  const float room = body.rest.h - kFoot;
  StripStyle style;
  style.cell_w = big ? 34 : 22;
  style.cell_h = big ? 36 : 24;
  style.gap = big ? 22 : 14;
  style.name_w = big ? 190 : 124;
  style.name_em = big ? 18 : 15;
  style.mark_em = big ? 15 : 13;
  style.tail_cells = big ? 7 : 4;
  style.keys = true;
  style.key_room = part.logs.size() == 1;  // the epochs of a single replica are of no interest
  // Several partitions with one replica each are shown below each other, so that the partition of each key is visible
  // at once.
  StripStyle brief = style;
  brief.keys = brief.key_room = true;
  brief.ruler = false;
  brief.flags_below = false;
  brief.partition_names = true;
  brief.name_w = big ? 250 : 190;
  const std::vector<int> shown = shown_together(ui, index, room, brief);
  if (big && shown.size() > 1) {
    std::int64_t records = 0;
    for (const int i : shown) records = std::max(records, longest(one(i)));
    enlarge(brief, room, body.rest.w, records, [&](const StripStyle& s) {
      float all = 0;
      for (const int i : shown) all += strips_height(s, one(i).logs.size());
      return all;
    });
  }
  StripMarks marks;
  if (shown.size() > 1) {
    Rect strips = body.rest;
    for (const int i : shown) {
      const Rect row = body.next(strips_height(brief, one(i).logs.size()));
      if (i == index) {
        Column mark{Row{row.padded(-16)}.left(4)};
        mark.skip(22);
        p.fill(mark.rest, c.accent, 2);
      }
      draw_strips(ui, i, row, brief, &marks);
    }
    strips.h = body.rest.y - strips.y;
    draw_rates(ui, shown, strips, brief);
  } else {
    if (has_cut(part)) style.gap += big ? 6 : 8;
    if (!part.shares.empty()) style.keys = false;  // a row has room for only one kind of mark
    const float need = strips_height(style, part.logs.size(), part.shares.size());
    if (need > room) {
      const float squeeze = std::max(0.5f, room / need);
      style.cell_h = std::max(14.f, style.cell_h * squeeze);
      style.gap = std::max(6.f, style.gap * squeeze);
    } else if (big && !has_cut(part)) {
      enlarge(style, room, body.rest.w, longest(part),
              [&](const StripStyle& s) { return strips_height(s, part.logs.size(), part.shares.size()); });
    }
    const float below = room - strips_height(style, part.logs.size(), part.shares.size());
    style.record_cards = record_cards_height(ui, {0, 0, body.rest.w, below}, part.name) > 0;
    Column strips{body.rest};
    strips.last(kFoot);
    body.skip(draw_strips(ui, index, strips.rest, style, &marks) - body.rest.y);
    if (style.record_cards) body.skip(draw_record_cards(ui, body.rest, part.name) - body.rest.y);
  }
  draw_received(ui, body.rest, part.topic, shown.size() > 1 ? brief.name_w : style.name_w);
  constexpr float kGap = 18, kSamples = 136;
  const TextStyle warning{.em = 15, .color = c.danger, .bold = true};
  std::vector<std::string> warnings;
  if (ui.leaderless(index)) warnings.push_back(ui.leader_words(index));
  if (ui.under_min_isr(index)) warnings.push_back(ui.tr("ui.under_min_isr"_w));
  const float first_two =
      kSamples + p.width(ui.tr("ui.key_hatched"_w), {.em = 13}) + p.width(ui.tr("ui.key_filled"_w), {.em = 13});
  float taken = first_two;
  for (const std::string& words : warnings) taken += p.width(words, warning) + kGap;
  const bool of_topic = std::all_of(shown.begin(), shown.end(), [&](int i) { return one(i).topic == part.topic; });
  const std::string name = shown.size() == 1 ? one(shown.front()).name : of_topic ? part.topic : std::string();
  const float needs = p.width(name, {.em = 18, .bold = true});
  // Beside warnings the panel's title gives way to the button of the beliefs, if all marks fit then.
  const std::string title = ui.tr("ui.partitions"_w);
  const TextStyle title_style{.em = 15, .color = c.secondary, .bold = true};
  const float left = head.rest.w - needs - (taken - first_two) - beliefs_button_width(ui) - kGap - kGap;
  const bool with_title = left - p.width(title, title_style) - head.gap > first_two,
             without = left + kKeyOfButton >= close_key_width(ui, marks);
  if (with_title || !without || name.empty() || warnings.empty()) p.text(head, title, title_style);
  head.gap = kGap;
  // A long name takes the room that warnings and the first two marks leave.
  const float most = std::max(260.f, head.rest.w - taken);
  p.text(head, name,
         {.em = std::clamp(18 * most / std::max(needs, 1.f), 14.f, 18.f), .bold = true, .max = most, .foreign = true});
  for (const std::string& words : warnings) p.text(head, words, warning);
  head_key(ui, head, marks, first_two);
  // If the high watermark is not visible, the anchor is reset, so that nothing points at its old place.
  const Rect w = p.to_window({marks.watermark.x, marks.watermark.y, 0, 0});
  watermark_anchor() = marks.watermark.x >= 0 ? Point{w.x, w.y} : Point{-1, -1};
  p.pop_box();
}

namespace {

/// Who leads, as far as there is room: the broker's name gets it before the words around it, and "bro…-1" is the least of a name.
std::string leader_in(const Ui& ui, int index, float room, bool bold) {
  const TextStyle style{.em = 13, .bold = bold};
  const int leader = ui.world.partitions[static_cast<std::size_t>(index)].leader;
  if (leader < 0 || ui.leaderless(index)) return ui.leader_words(index);  // the name alone would say that it leads
  const std::string number = "-" + std::to_string(leader), name = "broker" + number;
  for (const std::string& words : {ui.leader_words(index, true), ui.leader_words(index), name})
    if (ui.p.width(words, style) <= room) return words;
  return ui.p.width("bro…" + number, style) <= room ? name : std::string();
}

}  // namespace

void draw_partitions_panel(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  ui.hit(make_id("partitions panel"), r);
  const int count = static_cast<int>(ui.world.partitions.size());
  if (count == 0) return draw_no_topic(ui, r);
  const bool low = r.h < 230 && count > static_cast<int>(r.w / 400);  // one row, which cannot hold all partitions
  const int columns = std::clamp(static_cast<int>(r.w / (low ? 300 : 400)), 1, std::max(1, std::min(count, 4)));
  constexpr float kGap = 8, kBelow = 6;  // between partitions
  const Rect all = r.padded(kGap, kBelow);
  const float w = all.w / static_cast<float>(columns);
  std::size_t replicas = 1, shares = 0;
  for (const Partition& part : ui.world.partitions) {
    replicas = std::max(replicas, part.logs.size());
    shares = std::max(shares, part.shares.size());
  }
  StripStyle style;
  style.cell_w = 20;
  style.cell_h = 26;
  style.gap = 10;
  style.name_w = 102;
  style.name_em = 15;
  style.mark_em = 13;
  style.ruler = false;
  style.keys = style.key_room = columns <= 2;  // if there is room for them
  constexpr LineSize kHead{26, 18};
  constexpr float kAboveHead = 4, head = kAboveHead + kHead.height;
  if (head + strips_height(style, replicas, shares) > r.h - 12) {
    // In a low window the groups' flags are dropped first, then the space between the rows; a row stays readable.
    style.flags_below = false;
    const auto n = static_cast<float>(std::max<std::size_t>(replicas, 1));
    const float fixed = head + strips_height(style, replicas, shares) - n * style.cell_h - (n - 1) * style.gap;
    const float pitch = (r.h - 20 - fixed) / n;
    style.gap = std::clamp(pitch - 20, 5.f, 10.f);
    style.cell_h = std::clamp(pitch - style.gap, 16.f, 26.f);
  }
  const float row_h = std::max(60.f, head + strips_height(style, replicas, shares) + 8);
  const int rows = (count + columns - 1) / columns;
  // Scrolled by whole rows; the selected partition's row comes into sight once.
  const int rows_seen = std::max(1, static_cast<int>((r.h + 8) / row_h));
  const auto top_row = [&] { return static_cast<int>(std::lround(ui.st.partitions_scroll / row_h)); };
  const int chosen = partition_told(ui), chosen_row = chosen / columns;
  if (const std::string& name = ui.world.partitions[static_cast<std::size_t>(chosen)].name;
      name != ui.st.partition_in_sight) {
    ui.st.partition_in_sight = name;
    if (chosen_row < top_row() || chosen_row >= top_row() + rows_seen)
      ui.st.partitions_scroll = row_h * static_cast<float>(chosen_row);
  }
  const float content = row_h * static_cast<float>(rows - rows_seen) + r.h;
  scroll(ui, r, content, ui.st.partitions_scroll, row_h);
  p.push_box(r, "partitions", true);
  const int first_row = top_row(), end = std::min(rows, first_row + rows_seen);
  ui.st.partitions_below = std::max(0, count - end * columns);
  Column grid{all, kBelow};
  for (int row = first_row; row < end; ++row) {
    Row cells{grid.next(row_h - kBelow)};
    for (int k = 0; k < columns; ++k) {
      const int i = row * columns + k;
      if (i >= count) break;
      const Partition& part = ui.world.partitions[static_cast<std::size_t>(i)];
      const Rect box = Row{cells.left(w)}.left(w - kGap);
      const bool selected = i == ui.selected_partition();
      if (selected) {
        p.fill(box, c.panel, 6);
        p.stroke(box, c.accent, ui.is_selected(part.name) ? 3 : 2, 6);
        if (ui.is_selected(part.name)) p.note(box, "selected replicas");
      } else if (k > 0) {
        const Rect rule = box.padded(-kGap / 2, 4);
        p.line(rule.x, rule.y, rule.x, rule.bottom(), c.hair);
      }
      const Hit hit = ui.hit(make_id("partition", static_cast<std::uint64_t>(i)), box);
      if (hit.clicked) ui.select(part.name);
      ui.note_place(part.name, Column{box}.next(kHead));
      if (hit.right_clicked) ui.st.menu = {true, ui.in.x, ui.in.y, part.name, {}, -1};
      Column in{box.padded(12)};
      in.skip(kAboveHead);
      Row line{in.next(kHead), 6};
      const TextStyle isr_style{
          .em = 13, .color = ui.under_min_isr(i) ? c.danger : c.muted, .mono = true, .align = Align::Right};
      const Line isr = line.right(p.width(in_sync_words(part), isr_style));
      isr_chip(ui, part, isr, 22);
      p.text(isr, in_sync_words(part), isr_style);
      // A long name gets the room that the usual words leave.
      line.gap = 14;
      const float usual = p.width(ui.leader_words(i, true), {.em = 13, .bold = true});
      constexpr float kLeastName = 76;  // a beginning, and the number
      const float most = std::max(kLeastName, line.rest.w - 2 * line.gap - usual);
      p.text(line, part.name, {.em = 15, .bold = selected, .max = most, .foreign = true});
      const bool none = ui.leaderless(i), few = ui.under_min_isr(i),
                 news = none || (part.leader_since_us > 0 && ui.world.time_us - part.leader_since_us < 5'000'000);
      const auto note = [&](const std::string& words, Color color, bool bold) {
        if (line.rest.w > 0) p.text(line, words, {.em = 13, .color = color, .bold = bold, .foreign = true});
      };
      // Problems precede the usual text.
      const bool whole = p.width(ui.tr("ui.under_min_isr"_w), {.em = 13, .bold = true}) <= line.rest.w;
      if (few) note(ui.tr(whole ? "ui.under_min_isr"_w : "ui.hw_waits_for_min_isr"_w), c.danger, true);
      note(leader_in(ui, i, line.rest.w, news), none ? c.danger : news ? c.leader : c.secondary, news);
      StripStyle own = style;
      if (has_cut(part)) {  // room for truncated records below a row, and inside the frame below the last one
        const auto& last = part.logs.back().runs;
        const bool below = std::any_of(last.begin(), last.end(), [](const LogRun& run) { return run.truncated; });
        const auto n = static_cast<float>(part.logs.size()), gaps = below ? n : n - 1;
        if (gaps > 0) {
          const float more = std::min(12.f, (own.cell_h - 16) * n / gaps);
          own.cell_h -= more * gaps / n;
          own.gap += more;
        }
      }
      draw_strips(ui, i, in.rest, own);
    }
  }
  p.pop_box();
  scroll_bar(ui, r, content, ui.st.partitions_scroll);
}

void draw_partition_detail(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  ui.hit(make_id("partition detail"), r);
  const int index = ui.selected_partition();
  if (index < 0) {
    empty_state(ui, r, Icon::Disk, "ui.no_partitions"_w, "ui.no_partitions_sub"_w);
    return;
  }
  const Partition& part = ui.world.partitions[static_cast<std::size_t>(index)];
  p.push_box(r, "partition detail");
  // The head; the whole log as a bar of epochs with their names; the strips; the legend.
  Column body{r.padded(24)};
  body.skip(8);
  Row head{body.next({50, 32}), 12};
  const Rect bar = body.next(10);
  const Line epochs = body.next({36, 17});
  Column foot{body.last(70)};
  foot.skip(36);
  Row key{foot.next({20, 15})};
  p.icon(Icon::Crown, Column{head.left(20)}.next(44), c.leader);
  head.gap = 24;
  p.text(head, part.name, {.em = 24, .bold = true, .max = 320, .foreign = true});
  head.gap = 22;
  head.rest.base -= 2;
  if (ui.under_min_isr(index)) p.text(head, ui.tr("ui.under_min_isr"_w), {.em = 15, .color = c.danger, .bold = true});
  const auto fact = [&](const std::string& name, std::string_view value, bool bad = false) -> Rect {
    Row place{head.rest, head.gap};
    if (place.rest.w < 136) return {};
    head.gap = 6;
    const TextStyle label{.em = 15, .color = c.secondary};
    setting_link(ui, head.rest.x, head.rest.baseline(label.em), name, label);
    p.text(head, name, label);
    head.gap = place.gap;
    p.text(head, value, {.em = 15, .color = bad ? c.danger : 0, .bold = true, .mono = true});
    return place.left(head.rest.x - place.rest.x - place.gap);
  };
  fact(ui.tr("ui.role_leader"_w), part.leader < 0 ? std::string("–") : "broker-" + std::to_string(part.leader));
  fact(ui.tr("ui.epoch_col"_w), std::to_string(part.leader_epoch));
  const Rect isr = fact("ISR", set_text(part.isr), ui.under_min_isr(index));
  if (!isr.empty()) isr_chip(ui, part, isr, 26);
  if (!part.elr.empty()) fact("ELR", set_text(part.elr));
  // The flag of a watermark that waits for it says it already.
  if (!part.hw_waits_for_min_isr || !watermark_stands(part) || part.high_watermark >= part.log_end_offset)
    fact("min.insync.replicas", std::to_string(part.min_insync_replicas));
  const auto total = static_cast<float>(std::max<std::int64_t>(1, part.log_end_offset - part.log_start_offset));
  auto bx = [&](std::int64_t o) { return bar.x + static_cast<float>(o - part.log_start_offset) / total * bar.w; };
  const ReplicaLog* leader = part.logs.empty() ? nullptr : &part.logs.front();
  for (const ReplicaLog& log : part.logs) {
    if (log.broker == part.leader) leader = &log;
  }
  if (leader != nullptr) {
    float last_label = -1e9f;
    for (std::size_t i = 0; i < leader->epochs.size(); ++i) {
      const std::int64_t from = leader->epochs[i].second;
      const std::int64_t to = i + 1 < leader->epochs.size() ? leader->epochs[i + 1].second : part.log_end_offset;
      p.fill({bx(from), bar.y, bx(to) - bx(from), bar.h}, c.epoch(leader->epochs[i].first));
      const std::string s = epoch_text(leader->epochs[i].first) + " " + std::to_string(from);
      if (bx(from) > last_label && bx(from) + 80 < bar.right()) {
        last_label = bx(from) + p.text(bx(from), epochs.base, s, {.em = 13, .color = c.secondary, .mono = true}) + 8;
      }
    }
    if (!c.dark) p.stroke(bar, c.cell_edge, 1);
  }
  StripStyle style;
  style.cell_w = r.w > 1300 ? 52.f : 38.f;
  style.cell_h = r.h > 700 ? 54.f : 40.f;
  style.gap = r.h > 700 ? 40.f : 26.f;
  style.name_w = 178;
  style.leader_first = true;
  style.roles = true;
  style.name_em = 18;
  style.mark_em = 13;
  style.keys = style.key_room = true;
  style.all_flags = true;
  const auto n = static_cast<float>(std::max<std::size_t>(part.logs.size(), 1));
  const float room = body.rest.h;
  const auto rows = n + static_cast<float>(part.shares.size());
  if (rows * (style.cell_h + style.gap) + 72 > room) {
    style.cell_h = std::max(24.f, (room - 72) / rows - 22);
    style.gap = 22;
  }
  StripMarks marks;
  const float end = draw_strips(ui, index, body.rest, style, &marks);
  Column below{{r.x, end, r.w, r.bottom() - end}};
  if (below.rest.h > 220 && ui.world.partitions.size() > 1) {
    below.last(40);
    below.skip(8);
    p.line(r.x, below.rest.y, r.right(), below.rest.y, c.hair);
    below.skip(4);
    p.push_box(below.rest, "others");
    draw_partitions_panel(ui, below.rest);
    p.pop_box();
  }
  key.skip(216);
  fitting_key(ui, key, marks);
  p.pop_box();
}

}  // namespace kafkascope::ui
