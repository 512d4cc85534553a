#include <imgui.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "ui/panels/inspector_view.h"
#include "ui/panels/log_filter.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"

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
};

Memory& memory() {
  static thread_local Memory m;
  return m;
}

void field_row(Ui& ui, const Line& line, const Field& f, int which) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const char* name = f.name == "ui.role_in_sync"_w ? "ISR" : ui.tr(f.name);
  Row row{line, 0};
  p.text(row, name, {.em = 15, .color = c.secondary, .max = line.w * 0.55f});
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
  row.gap = 8;
  p.text(row, f.value, value);
  const bool steady = f.name == "ui.high_watermark"_w || f.name == "ui.log_end"_w ||
                      f.name == "ui.field_session"_w;  // these change all the time
  if (!slot.second.empty() && !steady && row.rest.w > 70) {
    const TextStyle old{
        .em = 13, .color = c.muted, .mono = true, .align = Align::Right, .max = row.rest.w - 34, .foreign = true};
    row.gap = 7;
    row.rest.w -= 1;
    const Rect arrow = row.right(12);
    p.icon(Icon::Right, arrow.x, line.base - 11, 12, c.muted);
    const float right = row.rest.right(), through = line.base - 4.5f;
    p.line(right - p.text(row.rest, slot.second, old), through, right, through, c.muted, 1.5f);
  }
}

/// Begins a section with its line and fold mark. If the section is folded only its name is drawn and false is returned; otherwise y becomes
/// the position of its heading.
bool section(Ui& ui, const Rect& r, float& y, words::Key name) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  auto& folded = ui.st.folded_sections;
  const float heading = y + 18;
  const Rect mark{r.x + 2, heading - 15, 22 + p.width(ui.tr(name), {.em = 13, .bold = true}), 22};
  const bool in_sight = mark.y > r.y && mark.bottom() < r.bottom();
  const Hit hit = in_sight ? ui.hit(make_id("section", name.hash), mark) : Hit{};
  const bool open = !folded.contains(name);
  p.line(r.x, y - 8, r.right(), y - 8, c.hair);
  if (hit.hovered) p.fill(mark, c.hover, 4);
  p.icon(open ? Icon::Down : Icon::Right, r.x + 5, heading - 11, 12, hit.hovered ? c.accent : c.muted, 1.8f);
  if (!open) p.text(r.x + 20, heading, ui.tr(name), {.em = 13, .color = c.secondary, .bold = true, .max = r.w - 40});
  if (hit.clicked && open) folded.insert(name);
  if (hit.clicked && !open) folded.erase(name);
  y = open ? heading : heading + 24;
  return open;
}

/// The ground of a belief that is wrong.
void mark_difference(Ui& ui, const Rect& row) {
  const Rect ground = row.padded(8);
  ui.p.fill(ground, ui.c.caution_fill, 4);
  ui.p.fill(Row{ground}.left(4), ui.c.difference);
}
/// Where a row says whether the belief is right.
Rect sign_of(const Rect& panel) { return Row{panel.padded(20)}.right(16); }

float belief_table(Ui& ui, const Rect& r, float y, const std::vector<BeliefRow>& rows, words::Key heading,
                   bool colored) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float x = r.x + 20, mid = r.x + r.w * 0.46f, epoch = r.x + r.w * 0.73f;
  const TextStyle head{.em = 13, .color = c.secondary, .bold = true, .max = r.w - 40};
  p.text(x, y, ui.tr(heading), head);
  if (p.width(ui.tr(heading), head) > mid - x - 6) y += 22;  // the column headings are below the title
  p.text(mid, y, ui.tr("ui.role_leader"_w), {.em = 13, .color = c.muted});
  p.text(epoch, y, ui.tr("ui.epoch_col"_w), {.em = 13, .color = c.muted});
  y += 10;
  // In a low panel the rows are also lower, and a node with a wrong belief comes right after the actual state.
  const bool low = r.h < 640;
  const float row_h = low ? 25.f : 31.f, base = low ? 17.f : 20.f, em = low ? 14.f : 15.f;
  std::vector<BeliefRow> ordered(rows);
  if (low)
    std::stable_partition(ordered.begin(), ordered.end(),
                          [](const BeliefRow& row) { return row.who.empty() || row.differs; });
  for (const BeliefRow& row : ordered) {
    const Line line({x, y, r.right() - x, row_h}, y + base);
    if (row.differs) mark_difference(ui, {r.x, y, r.w, row_h - 1});
    Row cells{line};
    const Line who = cells.left(mid - x), leader = cells.left(epoch - mid);
    cells.skip(2);
    const Rect tag = cells.left(28).middle(18);
    const bool truth = row.who.empty();
    p.text(who, truth ? std::string_view(ui.tr("ui.truth"_w)) : std::string_view(row.who),
           {.em = em, .bold = truth, .max = who.w - 8, .foreign = true});
    p.text(leader, row.leader.empty() ? std::string_view(ui.tr("ui.unknown"_w)) : std::string_view(row.leader),
           {.em = em,
            .color = row.differs ? c.difference : c.secondary,
            .bold = row.differs,
            .mono = true,
            .max = leader.w - 6,
            .foreign = true});
    if (row.epoch >= 0) epoch_tag(p, tag.x, tag.y - .5f, tag.w, tag.h, row.epoch, colored);
    p.equal_sign(sign_of(r).cx(), line.cy(), row.differs ? c.difference : c.muted, row.differs);
    y += row_h;
  }
  return y;
}

/// The node's views of things other than leaders, with the actual value below a wrong one.
float facts_table(Ui& ui, const Rect& r, float y, const InspectorView& view) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float x = r.x + 20, mid = r.x + r.w * 0.46f;
  p.text(x, y, ui.tr("ui.belief_and_truth"_w), {.em = 13, .color = c.secondary, .bold = true, .max = r.w - 40});
  y += 10;
  const auto value = [&](const std::string& s, words::Key none) { return s.empty() ? std::string(ui.tr(none)) : s; };
  for (const BelievedFact& fact : view.facts) {
    const float h = fact.differs ? 54.f : 30.f;
    if (fact.differs) mark_difference(ui, {r.x, y, r.w, h - 2});
    Column lines{{x, y, sign_of(r).x - 4 - x, h}};
    const auto cells_of = [&](const LineSize& size) {
      Row row{lines.next(size)};
      const Line what = row.left(mid - x);
      return std::pair{what, row.rest};
    };
    const TextStyle words{.em = 15, .color = c.secondary, .max = mid - x - 8, .foreign = true};
    const TextStyle told{.em = 15,
                         .color = fact.differs ? c.difference : c.primary,
                         .bold = true,
                         .mono = true,
                         .max = r.right() - 40 - mid,
                         .foreign = true};
    const auto first = cells_of({30, 20});
    p.text(first.first, ui.pick(fact.what), words);
    p.text(first.second, value(fact.believes, "ui.unknown"_w), told);
    p.equal_sign(sign_of(r).cx(), first.first.cy(), fact.differs ? c.difference : c.muted, fact.differs);
    if (fact.differs) {
      const auto second = cells_of({24, 14});
      p.text(second.first, ui.tr("ui.truth"_w), {.em = 15, .color = c.secondary});
      p.text(second.second, value(fact.truth, "ui.nobody_now"_w),
             {.em = 15, .bold = true, .mono = true, .foreign = true});
    }
    y += h + 1;
  }
  return y;
}

float config_table(Ui& ui, const Rect& r, float y) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float x = r.x + 20, w = r.w - 40;
  const float head_w = p.text(x, y, ui.tr("ui.configuration"_w), {.em = 13, .color = c.secondary, .bold = true}) + 14;
  constexpr std::size_t kMany = 8;
  const bool many = ui.world.inspected.config.size() > kMany;
  const Rect filter{x + head_w, y - 18, w - head_w, 26};
  if (many && filter.y > r.y && filter.bottom() < r.bottom()) {
    text_field(ui, "##config filter", filter, ui.st.config_filter, ui.tr("ui.filter_config"_w));
    ui.hit(make_id("config filter"), filter);
  }
  y += 18;
  int i = -1;
  static thread_local std::map<std::string, std::string> edits;
  for (const ConfigEntry& e : ui.world.inspected.config) {
    ++i;
    if (many && !log_matches(ui.st.config_filter, e.key)) continue;
    const float key_w = p.text(x, y + 14, e.key, {.em = 13, .mono = true, .max = w, .foreign = true});
    origin_link(ui, x, y + 14, key_w, {OriginKind::Config, e.key, e.doc.en, {}});
    const Rect box{x, y + 20, w * 0.36f, 28};
    const std::string id = ui.world.inspected.what + "/" + e.key;
    const bool editable = e.dynamic || e.at_start;
    // When the field loses the keyboard, it shows the setting's value again. A click on the button beside it still uses the text
    // that was just typed.
    static thread_local std::map<std::string, std::pair<std::string, double>> typed;
    if (editable && y + 48 < r.bottom()) {
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
    } else if (editable) {  // partly visible
      p.fill(box, c.field, 5);
      p.text(box.x + 10, box.cy() + 5.2f, e.value, {.em = 15, .mono = true, .max = box.w - 16, .foreign = true});
    } else {  // not editable, and drawn accordingly
      p.text(box.x, box.cy() + 5.2f, e.value, {.em = 15, .mono = true, .max = box.w - 6, .foreign = true});
    }
    // What was changed for the next start does not take effect while the process runs.
    const words::Key source =
        e.source == ConfigSource::Live && e.at_start ? "ui.source_changed"_w : source_word(e.source);
    const Color tone = e.source == ConfigSource::Default    ? c.secondary
                       : e.source == ConfigSource::Scenario ? c.accent
                                                            : c.caution;
    float tx = box.right() + 8;
    tx += tag(p, tx, y + 23, ui.tr(source), c.field, tone) + 6;
    const std::string restart = ui.tr(e.at_start ? "ui.from_next_start"_w : "ui.restart_needed"_w);
    const float restart_end = tx + p.width(restart, {.em = 13}) + 16;
    // If the tag takes the place of the button, the button is beside the key.
    const bool crowded = !e.dynamic && restart_end >= r.right() - 54, beside_key = key_w < w - 40;
    if ((!crowded || beside_key) && y - 8 > r.y && y + 52 < r.bottom()) {
      constexpr double kMeant = 1.5;  // seconds
      Action open;
      open.kind = ActionKind::OpenTwin;
      open.verb = "setting";
      open.target = ui.world.inspected.what;
      open.text = e.key;
      if (const auto it = typed.find(id); it != typed.end() && ui.wall - it->second.second < kMeant)
        open.other = it->second.first;
      beside_button(ui, make_id("config beside", static_cast<std::uint64_t>(i)), x + w, crowded ? y + 6 : box.cy(),
                    open);
    }
    const bool below = !e.dynamic && restart_end >= r.right() - 8;  // no room beside the value
    if (!e.dynamic)
      tag(p, below ? x : tx, below ? y + 52 : y + 23, restart, 0, e.pending ? c.caution : c.muted,
          e.pending ? c.caution : c.mid);
    y += below ? 80 : 54;
    if (e.pending) {  // not in effect yet: the button restarts the client
      if (button(ui, make_id("restart client", static_cast<std::uint64_t>(i)), {x, y, w, 30},
                 ui.tr("ui.restart_now"_w))) {
        Action a;
        a.kind = ActionKind::RestartClient;
        a.target = ui.world.inspected.what;
        ui.emit(std::move(a));
      }
      y += 40;
    }
    Column doc{{x, y, w, 0}};
    p.paragraph(doc, ui.pick(e.doc), {.em = 13, .color = c.muted}, {19, 8});
    y = doc.rest.y + 10;
  }
  return y;
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
  for (const LeaderChange& change : ui.world.leader_changes)
    if (change.partition >= 0 && change.partition < static_cast<int>(ui.world.partitions.size()) &&
        ui.world.partitions[static_cast<std::size_t>(change.partition)].name == what)
      came.push_back(
          {change.at_us, name(change.from) + " → " + name(change.to) + ", " + epoch_text(change.leader_epoch)});
  for (const TimeMark& mark : ui.time.marks) {
    if (mark.kind != MarkKind::IsrChange || mark.at_us > ui.world.time_us) continue;
    // "broker-1: the ISR of orders-0 has shrunk: [1,2,3] -> [1,2]"
    const std::string& told = mark.label.en;
    const auto at = told.find(what), list = told.find('[');
    const auto letter = [&](std::size_t i) {
      return i < told.size() && (std::isalnum(static_cast<unsigned char>(told[i])) != 0 || told[i] == '-');
    };
    if (at == std::string::npos || list == std::string::npos || letter(at + what.size()) || (at > 0 && letter(at - 1)))
      continue;
    std::string change = told.substr(list);
    if (const auto arrow = change.find("->"); arrow != std::string::npos) change.replace(arrow, 2, "→");
    came.push_back({mark.at_us, "ISR " + change});
  }
  std::stable_sort(came.begin(), came.end(), [](const Came& a, const Came& b) { return a.at_us > b.at_us; });
  return came;
}

/// The history of a partition.
float history_of(Ui& ui, const Rect& r, float y, const std::string& what) {
  Painter& p = ui.p;
  const std::vector<Came> came = came_of(ui, what);
  if (came.empty() || !section(ui, r, y += 8, "ui.how_it_came"_w)) return y;
  constexpr LineSize kEvent{24, 17};
  Column in{Rect{r.x, y - kEvent.base, r.w, r.h}.padded(12)};
  Row head{in.next(kEvent)};
  head.skip(8);
  p.text(head.rest, ui.tr("ui.how_it_came"_w), {.em = 13, .color = ui.c.secondary, .bold = true});
  int shown = 0;
  for (const Came& one : came) {
    Row row{in.next(kEvent)};
    const Hit hit = ui.hit(make_id("came", static_cast<std::uint64_t>(++shown)), row.rest);
    if (hit.hovered) p.fill(row.rest, ui.c.hover, 4);
    row.skip(8);
    p.text(row.left(72), short_time(one.at_us), {.em = 13, .color = ui.c.accent});
    p.text(row.rest, one.words, {.em = 15, .max = r.w - 110, .foreign = true});
    if (hit.clicked) {
      Action a;
      a.kind = ActionKind::Seek;
      a.time_us = one.at_us;
      ui.emit(std::move(a));
    }
  }
  return in.rest.y + kEvent.base;
}

/// The whole story of one record, from send() to every group that read it.
void record_story(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const LogModel& log = ui.log;
  static thread_local float content = 0;
  scroll(ui, r, content, ui.st.inspector_scroll);
  p.push_box(r, "record", true);
  const float x = r.x + 20, w = r.w - 40;
  float y = r.y + 36 - ui.st.inspector_scroll;
  Row tools{Rect{r.x, y - 22, r.w, 32}.padded(16), 8};
  if (button(ui, make_id("close record"), tools.right(32), "×")) ui.emit(ActionKind::ClearChain);
  const float why_w = why_button(ui, tools.rest.right(), y - 21, log.record_path);
  for (const std::string& line : p.wrap(ui.pick(log.record_title), w - 52 - why_w, {.em = 18, .bold = true})) {
    p.text(x, y, line, {.em = 18, .bold = true, .foreign = true});
    y += 24;
  }
  y -= 6;
  const auto told = p.wrap(ui.pick(log.record_verdict), w - 52, {.em = 15, .bold = true});
  const Rect verdict{x, y, w, 23 + 21 * static_cast<float>(told.size())};
  p.fill(verdict, log.record_bad ? c.danger_fill : c.ok_fill, 6);
  p.stroke(verdict, log.record_bad ? c.danger : c.ok, 2, 6);
  Row in{verdict.padded(14), 12};
  p.icon(log.record_bad ? Icon::Warn : Icon::Check, in.left(16), log.record_bad ? c.danger : c.ok, 2);
  Column verdicts{in.rest.padded(0, 12)};
  for (const std::string& line : told) p.text(verdicts.next({21, 15}), line, {.em = 15, .bold = true});
  y = verdicts.rest.y + 35;
  for (const RecordField& field : log.record_contents) {
    const float name_w =
        p.text(x, y, ui.pick(field.name), {.em = 15, .color = c.secondary, .max = w * .5f, .foreign = true});
    const auto lines = p.wrap(ui.pick(field.value), w - name_w - 16, {.em = 15, .mono = true});
    for (const std::string& line : lines) {
      p.text(r.right() - 20, y, line, {.em = 15, .bold = true, .mono = true, .align = Align::Right, .foreign = true});
      y += 22;
    }
    y += 3;
  }
  if (!log.record_contents.empty()) {
    p.line(r.x, y - 8, r.right(), y - 8, c.hair);
    y += 18;
  }
  int i = 0;
  for (const ChainLink& link : log.record_story) {
    const Color tone = link.tone == 'd'   ? c.danger
                       : link.tone == 'l' ? c.leader_solid
                       : link.tone == 'o' ? c.ok
                                          : c.strong;
    const auto lines = p.wrap(ui.pick(link.words), w - 30, {.em = 15});
    const float h = 26 + 20 * static_cast<float>(lines.size()) + 12;
    const Rect place{r.x + 8, y - 18, r.w - 16, h - 4};
    Row parts{place, 12};
    parts.skip(12);
    const Rect dot = Column{parts.left(16)}.next(26);
    const float from = dot.cy() + 1;  // the line to the next event
    if (i + 1 < static_cast<int>(log.record_story.size())) p.line(dot.cx(), from, dot.cx(), from + h - 2, c.mid, 2);
    const Hit hit = ui.hit(make_id("story", static_cast<std::uint64_t>(i)), place);
    if (hit.hovered) p.fill(place, c.hover, 4);
    p.circle(dot.cx(), dot.cy(), 7, tone);
    Column said{parts.rest};
    Row when{said.next({25, 18}), 10};
    when.rest.w -= 8;
    p.text(when, short_time(link.time_us) + " " + micro_text(link.time_us), {.em = 15, .color = c.accent});
    p.text(when.rest, link.node, {.em = 15, .bold = true, .foreign = true});
    for (const std::string& line : lines) p.text(said.next({20, 14}), line, {.em = 15, .color = c.secondary});
    if (hit.clicked) {
      Action a;
      a.kind = ActionKind::Seek;
      a.time_us = link.time_us;
      ui.emit(std::move(a));
    }
    y += h;
    ++i;
  }
  content = y - r.y + ui.st.inspector_scroll + 8;
  p.pop_box();
}

}  // namespace

void draw_inspector(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.panel);
  p.line(r.x, r.y, r.x, r.bottom(), c.hair);
  ui.hit(make_id("inspector"), r);
  if (ui.log.record_open) return record_story(ui, r);
  std::string what = ui.st.selection;
  if (what.empty() && !ui.st.last_view_select.empty()) what = ui.st.last_view_select;
  const InspectorView view = build_inspector_view(ui.world, ui.st.lang, what);
  if (view.empty) {
    const auto [head, body] = in_column(r, {fixed(40), weight()});
    panel_head(ui, head, ui.tr("ui.inspector"_w));
    empty_state(ui, body, Icon::Search, "ui.nothing_selected"_w, "ui.nothing_selected_sub"_w);
    return;
  }
  Memory& m = memory();
  const bool in_other_words = m.lang != ui.st.lang;  // a language switch is not a change
  if (m.of != what || ui.world.time_us < m.time_us || in_other_words) m = Memory{what, {}, 0, ui.st.lang};
  m.time_us = ui.world.time_us;
  static thread_local float content = 0;
  scroll(ui, r, content, ui.st.inspector_scroll);
  p.push_box(r, "inspector", true);
  float y = r.y + 34 - ui.st.inspector_scroll;
  Row head{Line(Rect{r.x, y - 20, r.w, 28}.padded(20), y), 8};
  p.icon(view.icon, head.left(16), view.icon == Icon::Crown ? c.leader : c.secondary);
  const float why_w = why_button(ui, r.padded(16).right(), y - 20, {});
  // The kind is after the name or, if both are too long for one line, under the name.
  const float room = r.w - 82 - why_w;
  const TextStyle of_name{.em = 18, .bold = true, .max = room, .foreign = true};
  const TextStyle of_kind{.em = 13, .color = c.muted, .align = Align::Right};
  const bool together = p.width(view.name, of_name) + 12 + p.width(ui.tr(view.kind), of_kind) <= room;
  p.text(head.rest, view.name, of_name);
  head.rest.w -= 6 + why_w;
  if (together) p.text(head.rest, ui.tr(view.kind), of_kind);
  else p.text(Line(head.rest, y += 20), ui.tr(view.kind), {.em = 13, .color = c.muted, .max = r.w - 64});
  y += 34;
  const words::Key beliefs = view.beliefs_by_partition ? "ui.its_belief"_w : "ui.belief_truth"_w;
  const auto draw_beliefs = [&] {
    if (!view.beliefs.empty() && section(ui, r, y, beliefs))
      y = belief_table(ui, r, y, view.beliefs, beliefs, !view.beliefs_by_partition) + 12;
  };
  const auto& points = ui.lesson.view.point;
  const bool beliefs_first = std::any_of(points.begin(), points.end(), [&](const PointAt& at) {
    return at.path == "/clients/" + what + "/belief";  // that is what the lesson is about now
  });
  if (beliefs_first) draw_beliefs(), y += 12;
  std::map<words::Key, int> same;  // a broker has a row for each of its disks
  constexpr LineSize kField{27, 18};
  Column fields{Rect{r.x, y - kField.base, r.w, r.h}.padded(20)};
  for (const Field& f : view.fields) field_row(ui, fields.next(kField), f, same[f.name]++);
  y = fields.rest.y + kField.base;
  if (!view.errors.empty()) {
    constexpr LineSize kError{24, 18};
    Column in{Rect{r.x, y + 6 - kError.base, r.w, r.h}.padded(20)};
    p.text(in.next(kError), ui.tr("ui.errors"_w), {.em = 13, .color = c.secondary, .bold = true});
    for (const auto& [code, n] : view.errors) {
      const TextStyle style{.em = 13, .color = c.caution, .mono = true, .max = r.w - 90, .foreign = true};
      const Line line = in.next(kError);
      const float code_w = p.text(line, code, style);
      if (const OriginOf of{OriginKind::Error, code, {}, {}}; has_origin(of))
        origin_link(ui, line.x, line.base, code_w, of);
      p.text(line, count_text(n), {.em = 15, .align = Align::Right});
    }
    y = in.rest.y + kError.base;
  }
  for (const HoldingsView& holdings : view.holdings)
    if (section(ui, r, y, holdings.title)) y = draw_holdings(ui, r, y, holdings) + 6;
  // For a client, explicit settings are of most interest; for other nodes the settings are many, and come last.
  const bool settings = ui.world.inspected.what == what && !ui.world.inspected.config.empty();
  if (settings && view.of_client && section(ui, r, y, "ui.configuration"_w)) y = config_table(ui, r, y) + 16;
  if (!view.facts.empty() && section(ui, r, y, "ui.belief_and_truth"_w)) y = facts_table(ui, r, y, view) + 12;
  if (!view.as_controller.empty() && section(ui, r, y, "ui.as_controller"_w))
    y = belief_table(ui, r, y, view.as_controller, "ui.as_controller"_w, false) + 12;
  if (!beliefs_first) draw_beliefs();
  y = history_of(ui, r, y, what);
  if (settings && !view.of_client && section(ui, r, y += 8, "ui.configuration"_w)) y = config_table(ui, r, y);
  content = y - r.y + ui.st.inspector_scroll;
  p.pop_box();
}

}  // namespace kafkascope::ui
