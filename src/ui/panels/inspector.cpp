#include <imgui.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "ui/panels/belief_tables.h"
#include "ui/panels/inspector_view.h"
#include "ui/panels/log_filter.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"
#include "ui/panels/telling.h"
#include "ui/panels/two_worlds.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// The value of each field before the last visible change, shown struck out before the new one.
struct Memory {
  std::string of;
  std::map<std::pair<words::Key, int>, std::pair<std::string, std::string>>
      values;  // field and its index among fields of the same name -> (now, before)
  std::int64_t time_us = -1;
  Lang lang = Lang::En;
  Rect ring = {};      // the lesson's, in the present frame
  std::string ringed;  // what it is around
};

Memory& memory() {
  static thread_local Memory m;
  return m;
}

/// The field of the state document that a row shows, as the last part of its path.
constexpr std::pair<std::string_view, words::Key> kPaths[] = {{"state", "ui.field_state"_w},
                                                              {"fenced", "ui.field_state"_w},
                                                              {"broker_epoch", "ui.field_broker_epoch"_w},
                                                              {"sent", "ui.field_sent"_w},
                                                              {"acked", "ui.field_acked"_w},
                                                              {"failed", "ui.field_failed"_w},
                                                              {"waiting", "ui.field_waiting"_w},
                                                              {"received", "ui.field_received"_w},
                                                              {"processed", "ui.field_processed"_w},
                                                              {"leader", "ui.leader_field"_w},
                                                              {"leader_epoch", "ui.leader_epoch"_w},
                                                              {"isr", "ui.role_in_sync"_w},
                                                              {"high_watermark", "ui.high_watermark"_w},
                                                              {"log_end_offset", "ui.log_end"_w},
                                                              {"log_start_offset", "ui.log_start"_w},
                                                              {"last_stable_offset", "ui.last_stable"_w}};

/// The lesson's ring around what begins at `top` and ends at the column's present place, if the lesson points at that
/// part of the object.
template <class Meant>
void ring_part(Ui& ui, const std::string& what, float top, const Column& in, const Meant& meant) {
  constexpr float kAround = 9;
  for (const PointAt& point : ui.lesson.view.point) {
    for (const std::string_view kind : {"/clients/", "/nodes/", "/partitions/"}) {
      const std::string place = std::string(kind) + what + "/";
      if (!point.path.starts_with(place) || !meant(std::string_view(point.path).substr(place.size()))) continue;
      const Rect ring = Rect{in.rest.x, top, in.rest.w, in.rest.y - top}.padded(-kAround);
      ui.p.ring(ring, 3, 6);
      ui.p.note_point(ring, point.path);
      memory().ring = ring;
      memory().ringed = point.path;
    }
  }
}

/// A value that does not fit beside its name is shown below it in full.
void field_row(Ui& ui, Column& in, const Field& f, int which) {
  constexpr LineSize kFieldLine{14, 12}, kBelow{21, 12};
  const Line line = in.next(kFieldLine);
  in.skip(13);
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const char* name = f.name == "ui.role_in_sync"_w ? "ISR" : ui.tr(f.name);
  Row row{line, 0};
  const TextStyle label{.em = 15, .color = c.secondary, .max = line.w * 0.55f};
  p.text(row, name, label);
  setting_link(ui, line.x, line.base, name, label);
  auto& slot = memory().values[{f.name, which}];
  if (slot.first != f.value) {
    if (!slot.first.empty()) slot.second = slot.first;
    slot.first = f.value;
  }
  const TextStyle value{.em = 15,
                        .color = f.bad ? c.caution : c.primary,
                        .bold = true,
                        .mono = true,
                        .align = Align::Right,
                        .max = row.rest.w - 12,
                        .foreign = true};
  const auto tell = [&](const Line& at, const std::string& words, const TextStyle& style) {
    const float w = p.text(at, words, style);
    links_in(ui, at.right() - w, at.baseline(style.em), words, style);
    return w;
  };
  TextStyle whole = value;
  whole.max = 0;
  if (p.width(f.value, whole) > value.max) {
    whole.max = line.w;
    for (const std::string& part : p.wrap(f.value, line.w, value)) tell(in.next(kBelow), part, whole);
    return;
  }
  row.gap = 8;
  row.right(tell(row.rest, f.value, value));
  const bool steady = f.name == "ui.high_watermark"_w || f.name == "ui.log_end"_w ||
                      f.name == "ui.field_session"_w;  // these change all the time
  // The old value is struck out, so it is shown only in full: a cut word with a line through it cannot be read.
  const float fits = row.rest.w - 34;
  if (!slot.second.empty() && !steady && row.rest.w > 70 && p.in_sight(line) &&
      p.width(slot.second, {.em = 13, .mono = true, .foreign = true}) <= fits) {
    const TextStyle old{.em = 13, .color = c.muted, .mono = true, .align = Align::Right, .max = fits, .foreign = true};
    row.gap = 7;
    p.icon(Icon::Right, row.right(12), c.muted);
    struck(p, row, slot.second, old);
  }
}

constexpr float kRingAbove = 5;  // a line's text begins at its top

/// Begins a section with its line and fold mark. If the section is folded only its name is drawn and false is returned;
/// otherwise its heading follows.
bool section(Ui& ui, const Rect& r, Column& in, words::Key name) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  auto& folded = ui.st.folded_sections;
  const Line heading = Column{in}.next(kInspectorHeading);
  Column marks{heading.padded(-18)};
  marks.skip(3);
  const Rect mark = Row{marks.next(22)}.left(p.width(ui.tr(name), {.em = 13, .bold = true}) + 22);
  const Rect sign = Row{Column{mark.padded(3)}.next(20)}.left(12);
  const bool in_sight = mark.y > r.y && mark.bottom() < r.bottom();
  const Hit hit = in_sight ? ui.hit(make_id("section", name.hash), mark) : Hit{};
  const bool open = !folded.contains(name);
  p.line(r.x, heading.y - 8, r.right(), heading.y - 8, c.hair);
  if (hit.hovered) p.fill(mark, c.hover, 4);
  if (p.in_sight(heading)) p.icon(open ? Icon::Down : Icon::Right, sign, hit.hovered ? c.accent : c.muted, 1.8f);
  if (!open) p.text(heading, ui.tr(name), {.em = 13, .color = c.secondary, .bold = true});
  if (hit.clicked && open) folded.insert(name);
  if (hit.clicked && !open) folded.erase(name);
  if (!open) in.next(kInspectorHeading), in.skip(14);
  return open;
}

void config_table(Ui& ui, const Rect& r, Column& in) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  Row title{in.next({36, 18}), 14};
  p.text(title, ui.tr("ui.configuration"_w), {.em = 13, .color = c.secondary, .bold = true});
  constexpr std::size_t kMany = 8;
  const bool many = ui.world.inspected.config.size() > kMany;
  const Rect filter = Column{title.rest}.next(26);
  if (many && filter.y > r.y && filter.bottom() < r.bottom()) {
    text_field(ui, "##config filter", filter, ui.st.config_filter, ui.tr("ui.filter_config"_w));
    ui.hit(make_id("config filter"), filter);
  }
  rate_row(ui, in);
  const bool shown = ui.salt == 0;  // acts are about the shown world: the other one's settings can only be read
  int i = -1;
  static thread_local std::map<std::string, std::string> edits;
  for (const ConfigEntry& e : ui.world.inspected.config) {
    ++i;
    if (many && !log_matches(ui.st.config_filter, e.key)) continue;
    const Line key = in.next({20, 14});
    Row row{in.next(28), 8};
    const Rect box = row.left(row.rest.w * 0.36f);
    const float key_w = p.text(key, e.key, {.em = 13, .mono = true, .foreign = true});
    origin_link(ui, key.x, key.base, key_w, {OriginKind::Config, e.key, e.doc.en, {}});
    const std::string id = ui.world.inspected.what + "/" + e.key;
    const bool editable = shown && (e.dynamic || e.at_start);
    // When the field loses the keyboard, it shows the setting's value again. A click on the button beside it still uses
    // the text that was just typed.
    static thread_local std::map<std::string, std::pair<std::string, double>> typed;
    if (editable && box.bottom() < r.bottom()) {
      std::string& text = edits.try_emplace(id, e.value).first->second;
      ImGui::PushID(i);
      if (text_field(ui, "##value", box, text, "")) {
        Action a;
        a.kind = ActionKind::SetConfig;
        a.target = ui.world.inspected.what;
        a.text = e.key;
        a.other = text;
        ui.emit(std::move(a));
      }
      if (ImGui::IsItemActive() && text != e.value) typed[id] = {text, ui.wall};
      if (!ImGui::IsItemActive()) text = e.value;
      ImGui::PopID();
      ui.hit(make_id("config", static_cast<std::uint64_t>(i)), box);
    } else {  // partly visible, or not editable, and drawn accordingly
      const Rect inside = editable ? box.padded(10) : box;
      if (editable) p.fill(box, c.field, 5);
      p.text(inside, e.value, {.em = 15, .mono = true, .foreign = true});
    }
    // A value set for the next start has no effect while the process runs.
    const words::Key source =
        e.source == ConfigSource::Live && e.at_start ? "ui.source_changed"_w : source_word(e.source);
    const Color tone = e.source == ConfigSource::Default    ? c.secondary
                       : e.source == ConfigSource::Scenario ? c.accent
                                                            : c.caution;
    row.gap = 6;
    tag(p, row, ui.tr(source), c.field, tone);
    const std::string restart = ui.tr(e.at_start ? "ui.from_next_start"_w : "ui.restart_needed"_w);
    const float restart_w = p.width(restart, {.em = 13}) + 16;
    // If the tag takes the place of the button, the button is beside the key.
    const bool crowded = !e.dynamic && restart_w >= row.rest.w - 34, beside_key = key_w < key.w - 40;
    if (shown && (!crowded || beside_key) && key.y - 8 > r.y && box.bottom() + 4 < r.bottom()) {
      constexpr double kMeant = 1.5;  // seconds
      Action open = opens_setting(ui, e.key);
      if (const auto it = typed.find(id); it != typed.end() && ui.wall - it->second.second < kMeant)
        open.other = it->second.first;
      beside_button(ui, make_id("config beside", static_cast<std::uint64_t>(i)), key.right(),
                    crowded ? key.y + 6 : box.cy(), open);
    }
    if (!e.dynamic && restart_w >= row.rest.w + 12) {  // the tag has no room beside the value
      in.skip(4);
      row = {in.next(22)};
    }
    if (!e.dynamic) tag(p, row, restart, 0, e.pending ? c.caution : c.muted, e.pending ? c.caution : c.mid);
    in.skip(6);
    if (e.pending && shown) {  // not in effect yet: the button restarts the client
      if (button(ui, make_id("restart client", static_cast<std::uint64_t>(i)), in.next(30),
                 ui.tr("ui.restart_now"_w))) {
        Action a;
        a.kind = ActionKind::RestartClient;
        a.target = ui.world.inspected.what;
        ui.emit(std::move(a));
      }
      in.skip(10);
    }
    p.paragraph(in, ui.pick(e.doc), {.em = 13, .color = c.muted}, {19, 8});
    in.skip(10);
  }
}

/// An event in a partition's history.
struct Came {
  std::int64_t at_us = 0;
  std::string words;
};

/// The partition's leader changes and ISR changes, the latest first.
std::vector<Came> came_of(const Ui& ui, const std::string& what) {
  std::vector<Came> came;
  const auto name = [&](int id) {
    return id < 0 ? std::string(ui.tr("ui.no_leader"_w)) : "broker-" + std::to_string(id);
  };
  for (const PartitionChange& change : ui.time.changes) {
    if (change.partition != what || change.at_us > ui.world.time_us) continue;
    const bool stays = change.from == change.to;
    came.push_back(
        {change.at_us,
         change.of_leader
             ? (stays ? "" : name(change.from) + " → ") + name(change.to) + ", " + epoch_text(change.leader_epoch)
             : "ISR " + (change.isr_before.empty() ? "" : change.isr_before + " → ") + change.isr});
  }
  std::stable_sort(came.begin(), came.end(), [](const Came& a, const Came& b) { return a.at_us > b.at_us; });
  return came;
}

/// The timers of the node's own work. A row's tip says what happens at its end.
void timer_table(Ui& ui, Column& in, const std::string& what) {
  Painter& p = ui.p;
  constexpr LineSize kTimer{24, 17};
  in.skip(1);
  p.text(in.next(kTimer), ui.tr("ui.timers"_w), {.em = 13, .color = ui.c.secondary, .bold = true});
  std::uint64_t n = 0;
  for (const Timer& timer : ui.world.inspected.timers) {
    const Line line = in.next(kTimer);
    Row row{line, 8};
    const Rect ring = row.left(14).middle(14);
    timer_ring(ui, ring.cx(), ring.cy(), 6, timer, 2.5f);
    const Hit hit = ui.hit(make_id("timer row", n++), line.padded(-8));
    if (hit.hovered && ui.may_tip()) {
      ui.st.tip = {p.to_window(ring), what, {}, {}};
      tell_timer(ui, timer, ui.st.tip);
    }
    p.text(row, ui.tr("ui.seconds"_w, {{"seconds", seconds_text(timer.remaining_us)}}),
           {.em = 13, .align = Align::Right});
    const TextStyle style{.em = 13, .mono = true, .max = row.rest.w, .foreign = true};
    const float w = p.text(row.rest, timer.key, style);
    origin_link(ui, row.rest.x, line.base, w, {OriginKind::Config, timer.key, {}, {}});
  }
}

/// The history of a partition.
void history_of(Ui& ui, const Rect& r, Column& in, const std::string& what) {
  Painter& p = ui.p;
  const std::vector<Came> came = ui.salt == 0 ? came_of(ui, what) : std::vector<Came>{};  // the timeline's
  if (came.empty()) return;
  in.skip(8);
  if (!section(ui, r, in, "ui.how_it_came"_w)) return;
  constexpr LineSize kEvent{24, 17};
  in.skip(1);
  Row head{in.next(kEvent)};
  p.text(head.rest, ui.tr("ui.how_it_came"_w), {.em = 13, .color = ui.c.secondary, .bold = true});
  int shown = 0;
  for (const Came& one : came) {
    Row row{in.next(kEvent)};
    const Rect place = row.rest.padded(-8);
    const Hit hit = ui.hit(make_id("came", static_cast<std::uint64_t>(++shown)), place);
    if (hit.hovered) p.fill(place, ui.c.hover, 4);
    p.text(row.left(72), short_time(one.at_us), {.em = 13, .color = ui.c.accent});
    p.text(row.rest, one.words, {.em = 15, .foreign = true});
    if (hit.clicked) seek_to(ui, one.at_us);
  }
  in.skip(kEvent.base);
}

/// While two worlds are shown: the letter of the one that the inspector is about.
void world_letter(Ui& ui, Row& head, float middle) {
  if (!ui.lesson.twin.open) return;
  constexpr float kRadius = 10;
  const Rect disc = head.left(2 * kRadius);
  draw_world_disc(ui, disc.cx(), middle, kRadius, is_b(ui));
  ui.p.note({disc.x, middle - kRadius, 2 * kRadius, 2 * kRadius}, is_b(ui) ? "inspector of B" : "inspector of A");
}

/// The whole story of one record, from send() to every group that read it.
void record_story(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const LogModel& log = ui.log;
  static thread_local float content = 0;
  scroll(ui, r, content, ui.st.inspector_scroll);
  p.push_box(r, "record", true);
  Column in{r.padded(kInspectorInset)};
  in.skip(14 - ui.st.inspector_scroll);
  Row tools{Column{in.rest.padded(-4)}.next(32), 8};
  if (button(ui, make_id("close record"), tools.right(32), "×")) {
    Action close;
    close.kind = ActionKind::ClearChain;
    close.flag = true;
    ui.emit(std::move(close));
  }
  const float w = in.rest.w, why_w = why_button(ui, tools.rest.right(), in.rest.y + 1, log.record_path);
  Row title{in.rest, 8};
  world_letter(ui, title, Column{in}.next(28).cy());
  const float letter_w = w - title.rest.w;
  for (const std::string& line :
       p.wrap(ui.pick(log.record_title), w - 52 - why_w - letter_w, {.em = 18, .bold = true})) {
    Row words{in.next({24, 22})};
    words.skip(letter_w);
    p.text(words.rest, line, {.em = 18, .bold = true, .foreign = true});
  }
  in.skip(16);
  Row parts{in.rest.padded(14), 12};
  const Rect sign = parts.left(16);
  const auto say = [&](Telling& told) {
    told.at.skip(12);
    told.text(ui.pick(log.record_verdict), {.em = 15, .bold = true}, {21, 15});
    told.at.skip(11);
  };
  const Rect verdict = in.next(height_of(ui, parts.rest, say));
  p.fill(verdict, log.record_bad ? c.danger_fill : c.ok_fill, 6);
  p.stroke(verdict, log.record_bad ? c.danger : c.ok, 2, 6);
  p.icon(log.record_bad ? Icon::Warn : Icon::Check, {sign.x, verdict.y, sign.w, verdict.h},
         log.record_bad ? c.danger : c.ok, 2);
  Telling told{ui, {parts.rest}, true};
  say(told);
  in.skip(6);
  constexpr LineSize kField{22, 18};
  constexpr float kApart = 16;
  for (const RecordField& field : log.record_contents) {
    // A long name gets the room that a short value leaves.
    const float value_w = p.width(ui.pick(field.value), {.em = 15, .bold = true, .mono = true});
    const float name_w =
        p.text(Column{in}.next(kField), ui.pick(field.name),
               {.em = 15, .color = c.secondary, .max = std::max(w * .5f, w - value_w - kApart), .foreign = true});
    for (const std::string& line : p.wrap(ui.pick(field.value), w - name_w - kApart, {.em = 15, .mono = true}))
      p.text(in.next(kField), line, {.em = 15, .bold = true, .mono = true, .align = Align::Right, .foreign = true});
    in.skip(3);
  }
  if (!log.record_contents.empty()) {
    in.skip(10);
    p.line(r.x, in.rest.y, r.right(), in.rest.y, c.hair);
    in.skip(8);
  }
  in.gap = 4;
  int i = 0;
  for (const ChainLink& link : log.record_story) {
    const Color tone = link.tone == 'd'   ? c.danger
                       : link.tone == 'l' ? c.leader_solid
                       : link.tone == 'o' ? c.ok
                                          : c.strong;
    const auto words_in = [](const Rect& row) { return in_row(row, {fixed(28), weight(), fixed(2)})[1]; };
    const auto say = [&](Telling& told) {
      told.at.skip(25);
      told.text(ui.pick(link.words), {.em = 15, .color = c.secondary}, {20, 14});
      told.at.skip(9);
    };
    const Rect row = in.next(height_of(ui, words_in(in.rest), say)), place = row.padded(-12),
               dot = Column{Row{row}.left(16)}.next(26);
    if (++i < static_cast<int>(log.record_story.size()))  // the line to the next event
      p.line(dot.cx(), dot.cy(), dot.cx(), dot.cy() + row.h + in.gap, c.mid, 2);
    const Hit hit = ui.hit(make_id("story", static_cast<std::uint64_t>(i)), place);
    if (hit.hovered) p.fill(place, c.hover, 4);
    p.circle(dot.cx(), dot.cy(), 7, tone);
    Row when{Column{words_in(row)}.next({25, 18}), 10};
    p.text(when, short_time(link.time_us) + " " + micro_text(link.time_us), {.em = 15, .color = c.accent});
    p.text(when.rest, link.node, {.em = 15, .bold = true, .foreign = true});
    Telling told{ui, {words_in(row)}, true};
    say(told);
    if (hit.clicked) seek_to(ui, link.time_us);
  }
  in.skip(26);
  content = in.rest.y - r.y + ui.st.inspector_scroll;
  p.pop_box();
  scroll_bar(ui, r, content, ui.st.inspector_scroll);
}

}  // namespace

int partition_of_beliefs(const Ui& ui) {
  const int shown = ui.selected_partition();
  if (shown < 0 || ui.partition_of(ui.st.selection) >= 0 || beliefs_differ(ui.world, shown)) return shown;
  const int first = first_with_differing_beliefs(ui.world);
  return first >= 0 ? first : shown;
}

void show_beliefs_of_selection(Ui& ui) {
  Ui world = world_of(ui, ui.st.selection);
  show_beliefs(world, partition_of_beliefs(world));
}

void show_beliefs(Ui& ui, int index) {
  State& st = ui.st;
  if (index < 0) return ui.say("ui.no_partitions"_w, true);
  const std::string name = ui.world.partitions[static_cast<std::size_t>(index)].name;
  if (st.layout == Layout::Presenter) {
    st.beliefs_of = st.beliefs_of.empty() ? name : std::string();
    st.beliefs_step = ui.lesson.step;
    return;
  }
  if (st.drawer && !st.filled && st.selection == name && st.selected_there == (ui.salt != 0)) {
    st.drawer = false;
    return;
  }
  ui.select(name);
  ui.inspect();
  st.inspector_scroll = 0;
  st.folded_sections.erase("ui.belief_truth"_w);
}

void draw_inspector(Ui& shown, const Rect& r) {
  Painter& p = shown.p;
  const Palette& c = shown.c;
  p.fill(r, c.panel);
  p.line(r.x, r.y, r.x, r.bottom(), c.hair);
  shown.hit(make_id("inspector"), r);
  std::string what = shown.st.selection;
  if (what.empty() && !shown.st.last_view_select.empty()) what = shown.st.last_view_select;
  Ui world = world_of(shown, what), &ui = shown.log.record_open ? shown : world;
  const std::string there = ui.salt != 0 ? "there " : "";
  // Something else is shown from its beginning.
  if (const std::string now = ui.log.record_open ? ui.log.record_path : there + what; now != ui.st.inspected) {
    ui.st.inspected = now;
    ui.st.inspected_point.clear();
    ui.st.inspector_scroll = 0;
  }
  if (ui.log.record_open) return record_story(ui, r);
  const InspectorView view = build_inspector_view(ui.world, ui.st.lang, what);
  if (view.empty) {
    const auto [head, body] = in_column(r, {fixed(40), weight()});
    panel_head(ui, head, ui.tr("ui.inspector"_w));
    empty_state(ui, body, Icon::Search, "ui.nothing_selected"_w, "ui.nothing_selected_sub"_w);
    return;
  }
  Memory& m = memory();
  const bool in_other_words = m.lang != ui.st.lang;  // a language switch is not a change
  if (m.of != there + what || ui.world.time_us < m.time_us || in_other_words)
    m = Memory{there + what, {}, 0, ui.st.lang, {}, {}};
  m.time_us = ui.world.time_us;
  m.ringed.clear();
  static thread_local float content = 0;
  scroll(ui, r, content, ui.st.inspector_scroll);
  p.push_box(r, "inspector", true);
  Column in{r.padded(kInspectorInset)};
  in.skip(14 - ui.st.inspector_scroll);
  Row head{in.next({28, 20}), 8};
  world_letter(ui, head, head.rest.cy());
  p.icon(view.icon, head.left(16), view.icon == Icon::Crown ? c.leader : c.secondary);
  const float why_w = why_button(ui, r.padded(16).right(), head.rest.y, {});
  // The kind is after the name or, if both are too long for one line, under the name.
  const float room = head.rest.w - 18 - why_w;
  const TextStyle of_name{.em = 18, .bold = true, .max = room, .foreign = true};
  const TextStyle of_kind{.em = 13, .color = c.muted, .align = Align::Right};
  const bool together = p.width(view.name, of_name) + 12 + p.width(ui.tr(view.kind), of_kind) <= room;
  p.text(head.rest, view.name, of_name);
  head.shorten(6 + why_w);
  if (together) p.text(head.rest, ui.tr(view.kind), of_kind);
  else {
    Row below{in.next({20, 12})};
    below.skip(24);
    p.text(below.rest, ui.tr(view.kind), {.em = 13, .color = c.muted});
  }
  in.skip(14);
  const words::Key beliefs = view.beliefs_by_partition ? "ui.its_belief"_w : "ui.belief_truth"_w;
  const auto draw_beliefs = [&] {
    if (view.beliefs.empty() || !section(ui, r, in, beliefs)) return;
    const float top = in.rest.y - kRingAbove;
    belief_table(ui, r, in, view.beliefs, beliefs, !view.beliefs_by_partition);
    ring_part(ui, what, top, in, [](std::string_view part) { return part == "belief"; });
    in.skip(12);
  };
  const bool beliefs_first = ui.points_at("/clients/" + what + "/belief");
  if (beliefs_first) in.skip(12), draw_beliefs();
  std::map<words::Key, int> same;  // a broker has a row for each of its disks
  for (const Field& f : view.fields) {
    const float top = in.rest.y - kRingAbove;
    field_row(ui, in, f, same[f.name]++);
    in.skip(-kRingAbove);
    ring_part(ui, what, top, in, [&](std::string_view part) {
      return std::find(std::begin(kPaths), std::end(kPaths), std::pair{part, f.name}) != std::end(kPaths);
    });
    in.skip(kRingAbove);
  }
  const bool settings = ui.world.inspected.what == what && !ui.world.inspected.config.empty();
  if (settings && view.of_client && ui.st.drawer) acks_row(ui, in);  // its settings are below the drawer's edge
  if (!view.errors.empty()) {
    constexpr LineSize kError{24, 12};
    in.skip(6);
    p.text(in.next(kError), ui.tr("ui.errors"_w), {.em = 13, .color = c.secondary, .bold = true});
    for (const auto& [code, n] : view.errors) {
      Row row{in.next(kError), 8};
      p.text(row, count_text(n), {.em = 15, .align = Align::Right});
      const Line line = row.rest;
      const float code_w = p.text(line, code, {.em = 13, .color = c.caution, .mono = true, .foreign = true});
      if (const OriginOf of{OriginKind::Error, code, {}, {}}; has_origin(of))
        origin_link(ui, line.x, line.base, code_w, of);
      const std::string counted = "errors/" + code;
      ring_part(ui, what, line.y - kRingAbove, in, [&](std::string_view part) { return part == counted; });
    }
  }
  in.skip(12);
  for (const HoldingsView& holdings : view.holdings)
    if (section(ui, r, in, holdings.title)) draw_holdings(ui, in, holdings), in.skip(22);
  if (ui.world.inspected.what == what && !ui.world.inspected.timers.empty() && section(ui, r, in, "ui.timers"_w))
    timer_table(ui, in, what), in.skip(16);
  // For a client, explicit settings are of most interest; for other nodes the settings are many, and come last.
  if (settings && view.of_client && section(ui, r, in, "ui.configuration"_w)) config_table(ui, r, in), in.skip(16);
  if (!view.facts.empty() && section(ui, r, in, "ui.belief_and_truth"_w)) facts_table(ui, r, in, view), in.skip(12);
  if (!view.as_controller.empty() && section(ui, r, in, "ui.as_controller"_w))
    belief_table(ui, r, in, view.as_controller, "ui.as_controller"_w, false), in.skip(12);
  if (!beliefs_first) draw_beliefs();
  history_of(ui, r, in, what);
  if (settings && !view.of_client) {
    in.skip(8);
    if (section(ui, r, in, "ui.configuration"_w)) config_table(ui, r, in);
  }
  // What the lesson points at is scrolled into sight, once.
  if (!m.ringed.empty() && m.ringed != ui.st.inspected_point)
    ui.st.inspector_scroll += std::max(0.f, std::min(m.ring.bottom() - r.bottom(), m.ring.y - r.y));
  ui.st.inspected_point = m.ringed;
  content = in.rest.y - r.y + ui.st.inspector_scroll;
  p.pop_box();
  scroll_bar(ui, r, content, ui.st.inspector_scroll);
}

}  // namespace kafkascope::ui
