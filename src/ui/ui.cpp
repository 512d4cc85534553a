#include "ui/ui.h"

#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <cmath>

#include "ui/panels/act_forms.h"
#include "ui/panels/ledger_view.h"
#include "ui/panels/lessons_list.h"
#include "ui/panels/menu_items.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

void Hits::begin_frame(const Pointer& pointer) {
  before_.swap(now_);
  now_.clear();
  Id top = 0;
  drags_ = false;
  for (auto it = before_.rbegin(); it != before_.rend(); ++it) {
    if (it->rect.contains(pointer.x, pointer.y)) {
      top = it->id;
      drags_ = it->drags;
      break;
    }
  }
  if (top != hovered_) hover_since_ = wall_;
  hovered_ = top;
  if (pointer.pressed) held_ = top;
  if (!pointer.down && !pointer.released) held_ = 0;
}

Hit Hits::add(Id id, const Rect& r, const Pointer& pointer, bool drags) {
  now_.push_back({id, r, drags});
  Hit hit;
  hit.hovered = hovered_ == id;
  hit.pressed = hit.hovered && pointer.pressed;
  hit.clicked = hit.hovered && pointer.released && held_ == id;
  hit.right_clicked = hit.hovered && pointer.right_pressed;
  hit.held = held_ == id && pointer.down;
  return hit;
}

Rect Hits::find(Id id) const {
  for (const Region& r : now_) {
    if (r.id == id) return r.rect;
  }
  return {};
}

void Ui::select(std::string_view what) {
  st.selection = what;
  st.selected_there = salt != 0;
  st.selected_wall = wall;
  st.selection_at = st.selection_bar = {};
  st.answered = false;
  Action a;
  a.kind = ActionKind::Select;
  a.target = what;
  emit(std::move(a));
}

void Ui::touch(std::string_view what, const Rect& at) {
  const bool again = is_selected(what) && !st.selection_at.empty();
  select(what);
  st.selection_at = p.to_window(at);
  if (again && st.layout != Layout::Presenter) inspect();
}

void Ui::note_place(std::string_view what, const Rect& at, bool main) {
  if (!is_selected(what) || salt != 0) return;
  const Rect place = p.to_window(at);
  const auto clicked = [&](const Rect& r) { return r.overlaps(st.selection_at); };
  if (st.selection_drawn.empty() || clicked(place) || (main && !clicked(st.selection_drawn)))
    st.selection_drawn = place;
}

void Ui::inspect() {
  hush();
  st.answered = true;
  st.filled = false;
  st.drawer = st.layout != Layout::Workbench || !big();  // a wide workbench always shows the inspector
}

void Ui::choose(Tab tab) {
  st.choose(tab);
  st.aside = open_answer();
}

std::string Ui::open_answer() const {
  if (log.why.open) return log.why.path + "@" + std::to_string(log.why.at_us);
  return log.chain.empty() ? std::string() : "/events/" + std::to_string(log.chain.back().seq);
}

bool Ui::goes_on_with_answer() const {
  return log.why.open && std::max({st.selected_wall, st.fate_wall, st.number_wall}) <= st.why_wall;
}

std::string Ui::why_path() const {
  const bool goes_on = goes_on_with_answer();
  if (goes_on && (st.asked_by_click || log.why.at_us != world.time_us)) return log.why.path;
  if (goes_on && !log.why.others.empty()) return log.why.others.front().path;
  // The most recent choice applies: a metric, a count of the ledger, or an object.
  if (!goes_on && !log.record_open && !st.number_path.empty() &&
      st.number_wall >= std::max(st.fate_wall, st.selected_wall))
    return st.number_path;
  if (!goes_on && !log.record_open && !log.fate.empty() && st.fate_wall > st.selected_wall) return log.fate_path();
  if (log.record_open && !log.record_path.empty()) return log.record_path;
  if (!log.why.open && !log.chain.empty()) return "/events/" + std::to_string(log.chain.back().seq);
  // With another world shown beside this one, W first asks why the two differ, or when they will; pressed again, it asks about the
  // selection. A click in one of the two worlds means a question about what was clicked.
  const bool clicked = !st.selection.empty() && st.selected_wall > st.twin_wall;
  if (!log.why.open && lesson.twin.open && lesson.twin.ready && !clicked) return kWhyParting;
  return {};
}

void Ui::ask_why_there(std::string path) {
  const bool there = log.why.there && path != kWhyParting;
  ask_why(std::move(path));
  if (there) out.back().flag = true;
}

void Ui::ask_why(std::string path) {
  hush();
  st.answered = true;
  st.why_scroll = 0;
  st.why_further = false;
  const WhyHere here = path.empty() ? st.why_here : WhyHere{};
  const bool open = goes_on_with_answer() && path.empty() && here.path.empty();
  const bool aside = answer_is_aside();
  st.aside.clear();
  if (aside) unsay("ui.answer_aside"_w);
  if (open && aside && log.why.at_us == world.time_us) return;  // the answer takes its place again
  if (path.empty()) path = here.path.empty() ? why_path() : here.path;
  st.asked_by_click = false;
  st.why_wall = wall;
  Action a;
  a.kind = ActionKind::Why;
  a.flag = here.there || (salt != 0 && path != kWhyParting) ||
           (open && log.why.there && path != kWhyParting);  // W goes on in the answer's world
  if (path == st.number_path && path.starts_with("/links/")) a.flag = a.flag || clicked_there(st.selection);
  if (here.or_parting) a.other = kWhyParting;
  // If the step points at a count of the ledger or of a table outside Kafka, or at a field of the partition that the step
  // has selected, the question is about that.
  std::string pointed = lesson.view.point.empty() ? std::string() : lesson.view.point.front().path;
  for (const PointAt& at : lesson.view.point)
    if (at.path.starts_with("/sinks/")) pointed = at.path;
  if (path.empty() && st.selection.empty() &&
      (pointed.starts_with("/ledger/") || pointed.starts_with("/sinks/") ||
       pointed.starts_with("/partitions/" + lesson.view.select + "/")))
    path = pointed;
  // A red count in sight is what a person sees first, unless the step's sentence is about the thing in view.
  const bool of_view = !lesson.view.select.empty() && !pointed.ends_with("/" + lesson.view.select);
  if (path.empty() && st.selection.empty() && (pointed.empty() || of_view)) path = st.red_count;
  if (path.empty()) a.target = st.selection.empty() ? lesson.view.select : st.selection;
  // Of a whole node the question that is most useful now is asked, as if it were selected.
  constexpr std::string_view kNodes = "/nodes/";
  if (path.empty() && a.target.empty() && pointed.starts_with(kNodes) &&
      pointed.find('/', kNodes.size()) == std::string::npos)
    a.target = pointed.substr(kNodes.size());
  if (path.empty() && a.target.empty() && !pointed.empty()) path = pointed;
  if (path.empty() && a.target.empty()) a.target = st.last_view_select;
  if (path.empty() && a.target.empty()) path = worst_count(world.ledger.all);
  if (path.empty() && a.target.empty()) return say("ui.why_of_what"_w, true);
  if (path.empty()) a.flag = clicked_there(a.target);
  if (const std::int64_t more = path == log.fate_path() ? more_in_other_world(*this) : 0; more != 0)
    a.other = kWhyParting, a.flag = more > 0;
  a.text = std::move(path);
  emit(std::move(a));
}

void Ui::show_lessons() {
  st.lessons_open = true;
  st.lessons_text.clear();
  st.lessons_grab = true;
  st.lessons_row = 0;
  st.lessons_scroll = 0;
  const std::vector<LessonRow> rows = lesson_rows(st);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].lesson->id == (st.continue_here.empty() ? lesson.id : st.continue_here) && rows[i].variant == nullptr)
      st.lessons_row = static_cast<int>(i);
}

std::string Ui::under(const Words& words) const {
  if (!st.subtitles) return {};
  const std::string& other = ui::pick(other_language(), words);
  return other == pick(words) ? std::string() : other;
}

void Ui::turn_subtitles() {
  st.subtitles = !st.subtitles;
  emit(ActionKind::KeepSubtitles);
}

void Ui::turn_motion() {
  st.reduced_motion = !st.reduced_motion;
  emit(ActionKind::KeepMotion);
}

void Ui::show_variants() {
  if (!lesson.present && lesson.variants.empty()) return say("ui.variants_none"_w, true);
  st.variants_open = true;
  st.variants_row = 0;
  for (std::size_t i = 0; i < lesson.variants.size(); ++i)
    if (lesson.variants[i].id == lesson.variant_id) st.variants_row = static_cast<int>(i);
}

void Ui::open_form(int form, const std::string& target, const std::string& other) {
  if (form < 0) return;
  const ActForm& asked = act_forms()[static_cast<std::size_t>(form)];
  st.form = {true, form, form_values(world, asked, target, other), 0, true, false, 0, {}};
  st.form_below = {};
  st.form_sent = {};  // whoever opens another form has left that one
  // The keyboard starts in the first field; in a form for a chosen object, in the first empty one.
  const bool chosen = !target.empty() && target != kMenuOfStage;
  for (std::size_t i = asked.fields.size(); i-- > 0;)
    if (!asked.fields[i].fixed && (!chosen || st.form.values[i].empty())) st.form.field = static_cast<int>(i);
  for (std::size_t i = 0; i < asked.fields.size(); ++i)
    if (asked.fields[i].path == std::string_view(asked.changes) && !st.form.values[i].empty())
      st.form.field = static_cast<int>(i);
}

void Ui::close_form() {
  st.form = std::exchange(st.form_below, {});
  st.form.grab = true;
}

void Ui::say(words::Key s, bool bad, std::initializer_list<BothArg> args) {
  Words words = both(s, args);
  std::erase_if(st.toasts, [&](const Toast& t) { return t.notice.words.en == words.en; });
  st.toasts.push_back({{std::move(words), bad}, wall});
}

void Ui::unsay(words::Key s) {
  const std::string words = both(s, {}).en;
  std::erase_if(st.toasts, [&](const Toast& t) { return t.notice.words.en == words; });
}

std::string Ui::keys_here(std::string_view keys) const {
  const bool ours = keys == "Ctrl+R" || keys == "Ctrl+L" || keys == "Ctrl+P";
  return ours ? st.chord + std::string(keys.substr(4)) : std::string(keys);
}

bool Ui::may_tip(bool in_list) const {
  constexpr double kRest = .25;
  return hits.hover_seconds(wall) > kRest && !in.down && (in_list || !is_covered(st)) &&
         st.layout != Layout::Presenter && !hushed();
}

bool Ui::can(std::string_view verb) const {
  return std::find(st.not_yet.begin(), st.not_yet.end(), verb) == st.not_yet.end();
}

int Ui::node_of(std::string_view name) const {
  for (std::size_t i = 0; i < world.nodes.size(); ++i) {
    if (world.nodes[i].name == name && !world.nodes[i].removed) return static_cast<int>(i);
  }
  return -1;
}

int Ui::broker_node(int broker_id) const {
  for (std::size_t i = 0; i < world.nodes.size(); ++i) {
    if (world.nodes[i].kind == observe::NodeKind::Broker && world.nodes[i].id == broker_id && !world.nodes[i].removed)
      return static_cast<int>(i);
  }
  return -1;
}

int Ui::partition_of(std::string_view name) const {
  for (std::size_t i = 0; i < world.partitions.size(); ++i) {
    if (world.partitions[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

int Ui::selected_partition() const {
  if (const int own = partition_of(st.selection); own >= 0) return own;
  if (const int shown = partition_of(st.last_view_select); shown >= 0) return shown;
  return world.partitions.empty() ? -1 : 0;
}

bool Ui::leaderless(int partition) const { return world.standing_now(partition).offline(); }

bool Ui::points_at(std::string_view path) const {
  return std::any_of(lesson.view.point.begin(), lesson.view.point.end(),
                     [&](const PointAt& at) { return at.path == path; });
}
bool Ui::under_min_isr(int partition) const {
  // Thousands of partitions have enough replicas in sync, and for these no leader has to be looked for.
  return partition >= 0 && partition < static_cast<int>(world.partitions.size()) &&
         world.partitions[static_cast<std::size_t>(partition)].standing().under_min_isr() &&
         world.standing_now(partition).under_min_isr();
}

std::string Ui::leader_words(int partition, bool since) const {
  const observe::Partition& p = world.partitions[static_cast<std::size_t>(partition)];
  if (p.leader < 0) return tr("ui.no_leader"_w);
  const std::string name = "broker-" + std::to_string(p.leader);
  if (leaderless(partition)) return tr("ui.leader_dead"_w, {{"broker", name}});
  if (since && p.leader_since_us > 0 && world.time_us - p.leader_since_us < 5'000'000)
    return tr("ui.leads_since"_w, {{"broker", name}, {"since", short_time(p.leader_since_us)}});
  return tr("ui.leads"_w, {{"broker", name}});
}

float tag(Painter& p, float x, float y, std::string_view s, Color fill, Color text, Color edge, Icon icon, bool bold,
          Align align, float height) {
  const TextStyle style{.em = 13, .color = text, .bold = bold};
  constexpr float kPad = 8, kIcon = 12;
  const float w = p.width(s, style) + 2 * kPad + (icon != Icon::None ? 18 : 0);
  if (align == Align::Right) x -= w;
  if (align == Align::Middle) x -= w / 2;
  const Rect r{x, y, w, height};
  if (fill != 0) p.fill(r, fill, height / 2);
  if (edge != 0) p.stroke(r, edge, 1, height / 2);
  Row in{r.padded(kPad), 6};
  if (icon != Icon::None) p.icon(icon, in.left(kIcon), text, 2);
  p.text(Line(in.rest, r.cy() + 4.7f), s, style);
  return w;
}

float tag(Painter& p, Row& row, std::string_view s, Color fill, Color text, Color edge, Icon icon, bool bold,
          Align align, float height) {
  const bool right = align == Align::Right;
  const float w = tag(p, right ? row.rest.right() : row.rest.x, row.rest.middle(height).y, s, fill, text, edge, icon,
                      bold, align, height);
  right ? row.right(w) : row.left(w);
  return w;
}

void explain(Ui& ui, const Rect& r, const Hit& hit, std::string words) {
  if (hit.hovered && ui.may_tip()) ui.st.tip = {ui.p.to_window(r), std::move(words), {}, {}};
}

Hit button_hit(Ui& ui, Id id, const Rect& r, std::string_view label, bool primary, Icon icon, std::string_view key) {
  Painter& p = ui.p;
  const Hit hit = ui.hit(id, r);
  const Color ground = primary ? (hit.hovered ? mix(p.c.accent, p.c.primary, 0.88f) : p.c.accent)
                               : (hit.hovered ? p.c.hover : p.c.field);
  p.fill(r, ground, 6);
  if (!primary) p.stroke(r, p.c.mid, 1, 6);
  const Color ink = primary ? p.c.accent_ink : p.c.primary;
  const TextStyle style{.em = 15, .color = ink, .bold = primary};
  const float key_w = key.empty() ? 0 : p.width(key, {.em = 15, .bold = true}) + 24;
  const float icon_w = icon == Icon::None ? 0 : 22;
  const float tw = std::min(p.width(label, style), r.w - 12 - key_w - icon_w);
  Row in{r.middle(tw + icon_w + key_w, r.h)};
  if (icon != Icon::None) p.icon(icon, in.left(16), ink, 1.8f), in.skip(6);
  TextStyle cut = style;
  cut.max = r.w - 12 - key_w - icon_w;
  p.text(in, label, cut);
  if (key_w > 0) {
    in.skip(10);
    const Rect cap = in.rest.middle(22);
    p.stroke(cap, ink, 1.25f, 4);
    p.text(cap, key, {.em = 15, .color = ink, .bold = true, .align = Align::Middle});
  }
  return hit;
}

float keycap(Painter& p, float x, float y, std::string_view s) {
  const float w = std::max(28.f, p.width(s, {.em = 15, .bold = true}) + 16);
  const Rect cap{x, y, w, 28};
  p.fill(cap, p.c.raised, 5);
  p.stroke(cap, p.c.strong, 1.25f, 5);
  const Rect edge = cap.padded(4, 1);
  p.line(edge.x, edge.bottom(), edge.right(), edge.bottom(), p.c.strong, 2.5f);
  p.text(Column{cap}.next({28, 19.5f}), s, {.em = 15, .bold = true, .align = Align::Middle});
  return w;
}

void epoch_tag(Painter& p, const Rect& r, std::int64_t epoch, bool colored, float em) {
  if (colored) {
    p.fill(r, p.c.epoch(epoch), 3);
    if (!p.c.dark) p.stroke(r, p.c.cell_edge, 1, 3);
  } else {
    p.stroke(r, p.c.strong, 1, 3);
  }
  p.text(
      r.cx(), r.cy() + em * .37f, epoch_text(epoch),
      {.em = em, .color = colored ? p.c.on_bright : p.c.secondary, .bold = true, .mono = true, .align = Align::Middle});
}

words::Key source_word(observe::ConfigSource source) {
  using observe::ConfigSource;
  return source == ConfigSource::Default    ? "ui.source_default"_w
         : source == ConfigSource::Scenario ? "ui.source_scenario"_w
                                            : "ui.source_live"_w;
}

std::string timer_setting(const Ui& ui, const observe::Timer& timer) {
  return timer.key + " = " + timer.value + " (" + std::string(ui.tr(source_word(timer.source))) + ")";
}

std::pair<std::string, std::string> timer_words(const Ui& ui, const observe::Timer& timer) {
  return {timer_setting(ui, timer),
          ui.tr("ui.seconds_left"_w, {{"seconds", seconds_text(std::max<std::int64_t>(timer.remaining_us, 0))}})};
}

void tell_timer(const Ui& ui, const observe::Timer& timer, Tip& tip) {
  tip.facts.push_back(timer_words(ui, timer));
  tip.facts.emplace_back(ui.pick(observe::timer_end(timer)), "");
}

Icon timer_sign(const observe::Timer& timer) {
  static const std::pair<std::string_view, Icon> kSigns[] = {{"auto.commit.interval.ms", Icon::Check},
                                                             {"group.initial.rebalance.delay.ms", Icon::Group},
                                                             {"group.share.record.lock.duration.ms", Icon::Lock},
                                                             {"linger.ms", Icon::Right},
                                                             {"retry.backoff.ms", Icon::Check},
                                                             {"share.record.lock.duration.ms", Icon::Lock}};
  for (const auto& [key, sign] : kSigns)
    if (timer.key == key) return sign;
  return Icon::None;
}

void timer_ring(Ui& ui, float x, float y, float r, const observe::Timer& timer, float width) {
  if (!timer.running || timer.total_us <= 0) return;
  if (ui.st.layout == Layout::Presenter && !timer.value.empty()) {  // without a value: a sample of a key
    auto& arcs = ui.st.arcs;
    const auto same = [&](const observe::Timer* of) { return of->key == timer.key && of->value == timer.value; };
    if (std::none_of(arcs.begin(), arcs.end(), same)) arcs.push_back(&timer);
  }
  Painter& p = ui.p;
  const float left = static_cast<float>(timer.remaining_us) / static_cast<float>(timer.total_us);
  if (!timer.routine && timer.remaining_us <= 0) {
    p.circle_line(x, y, r, p.c.danger, std::min(width, 2.5f));
    const float em = ui.st.layout == Layout::Presenter ? std::max(r * 1.6f, ui.h * .0255f) : 13.f;
    p.text(x, y + em * .36f, "0", {.em = em, .color = p.c.danger, .bold = true, .mono = true, .align = Align::Middle});
    return;
  }
  if (const Icon sign = timer_sign(timer); sign != Icon::None) {
    const float size = r * 1.15f;
    p.icon(sign, x - size / 2, y - size / 2, size, p.c.secondary, 2.4f);
  }
  if (timer.routine) {  // its end is no danger
    p.circle_line(x, y, r, p.c.mid, width * .5f);
    p.arc(x, y, r, left, p.c.secondary, width * .8f);
    return;
  }
  p.circle_line(x, y, r, p.c.mid, width);
  p.arc(x, y, r, left, left < 0.2f ? p.c.caution : p.c.family[static_cast<std::size_t>(observe::Family::Control)],
        width);
}

void empty_state(Ui& ui, const Rect& r, Icon icon, std::string_view title, std::string_view sub) {
  Painter& p = ui.p;
  const float w = std::min(r.w - 32, 420.f), h = 92.f;
  if (w < 120 || r.h < 60) return;
  const Rect box{r.cx() - w / 2, std::max(r.y + 6, r.cy() - h / 2), w, std::min(h, r.h - 12)};
  p.dashed(box, p.c.mid, 1.25f, 5, 4, 8);
  const bool low = box.h < 90;
  Column in{box.padded(8, low ? 10 : 12)};
  if (!low) p.icon(icon, in.next(22), p.c.muted);
  p.text(in.next({22, low ? 16.f : 18.f}), title, {.em = 15, .bold = true, .align = Align::Middle, .max = 1e6f});
  p.text(in.next({22, low ? 16.f : 18.f}), sub, {.em = 13, .color = p.c.secondary, .align = Align::Middle});
}

float panel_head(Ui& ui, const Rect& r, std::string_view name, std::string_view note) {
  Column in{r.padded(16)};
  const Line head = in.next({40, 26});
  ui.p.text(head, name, {.em = 15, .color = ui.c.secondary, .bold = true});
  if (!note.empty()) ui.p.text(head, note, {.em = 13, .color = ui.c.muted, .align = Align::Right});
  return in.rest.y;
}

void shadow_card(Painter& p, const Rect& r, Color fill, Color edge, float width, float radius) {
  p.fill({r.x + 3, r.y + 4, r.w, r.h}, p.c.shadow, radius);
  p.fill(r, fill, radius);
  p.stroke(r, edge, width, radius);
}

Hit dialog(Ui& ui, const char* name, const Rect& r) {
  ui.p.fill({0, 0, ui.w, ui.h}, with_alpha(ui.c.scrim, .45f));
  const Hit outside = ui.hit(make_id(std::string(name) + " outside"), {0, 0, ui.w, ui.h});
  ui.hit(make_id(std::string(name) + " card"), r);
  shadow_card(ui.p, r, ui.c.raised, ui.c.strong, 1.25f, 12);
  ui.p.push_box(r, name);
  return outside;
}

void row_light(Ui& ui, const Rect& row, bool lit, bool hovered, float radius) {
  if (lit || hovered) ui.p.fill(row, lit ? ui.c.accent_fill : ui.c.hover, radius);
  if (lit) ui.p.fill({row.x, row.y, 4, row.h}, ui.c.accent, 2);
}

void scroll(Ui& ui, const Rect& r, float content, float& offset, float step) {
  const Rect w = ui.p.to_window(r);
  if (ui.in.wheel != 0 && w.contains(ui.in.x, ui.in.y)) offset -= ui.in.wheel * step;
  offset = std::clamp(offset, 0.f, std::max(0.f, content - r.h));
}

void note_legend(Ui& ui, const Rect& r) {
  ui.st.legends.push_back(ui.p.to_window(r));
  ui.p.note(r, "meaning in a legend");
}

void scroll_bar(Ui& ui, const Rect& r, float content, float offset) {
  if (content - r.h <= 1) return;
  constexpr float kLeast = 16;  // so that the bar of a very long list is still visible
  const float bar = std::min(r.h, std::max(kLeast, r.h * r.h / content));
  Column track{Row{r.padded(3)}.right(3)};
  track.skip((r.h - bar) * offset / (content - r.h));
  const Rect part = track.next(bar);
  ui.p.fill(part, ui.c.strong, 1.5f);
  ui.p.note(part, "scroll bar");
}

bool text_field(Ui& ui, const char* id, const Rect& r, std::string& text, const char* hint, int flags, bool focus) {
  const float s = ui.p.scale(), zoom = ui.p.zoom();
  const Rect at = ui.p.to_window(r);
  ImGui::SetCursorScreenPos({at.x * s, at.y * s});
  ImGui::SetNextItemWidth(at.w * s);
  if (zoom != 1) ImGui::SetWindowFontScale(zoom);
  if (focus) ImGui::SetKeyboardFocusHere();
  const bool enter = ImGui::InputTextWithHint(id, hint, &text, flags | ImGuiInputTextFlags_EnterReturnsTrue);
  if (zoom != 1) ImGui::SetWindowFontScale(1);
  if (text.empty()) ui.p.note(r, hint);
  ui.st.typing |= ImGui::IsItemActive();
  return enter;
}

Color deed_color(const Palette& palette, Deed deed) {
  if (deed == Deed::Asked) return palette.secondary;
  return deed == Deed::Fault ? palette.danger : deed == Deed::Refused ? palette.caution : palette.ok;
}

void draw_deed(Painter& p, Deed deed, float x, float y, float size, float width) {
  if (deed == Deed::None) return;
  if (deed == Deed::Asked) {  // an arrow: there is no response yet
    const float m = y + size / 2, tip = x + size;
    p.line(x, m, tip - size * .3f, m, deed_color(p.c, deed), width);
    p.arrowhead(tip, m, 1, 0, size * .5f, deed_color(p.c, deed));
    p.note({x, y, size, size}, "deed: asked");
    return;
  }
  const bool fault = deed == Deed::Fault, refused = deed == Deed::Refused;
  p.icon(fault ? Icon::Bolt : refused ? Icon::Refused : Icon::Check, x, y, size, deed_color(p.c, deed), width);
  p.note({x, y, size, size}, fault ? "deed: fault" : refused ? "deed: refused" : "deed: done");
}

Icon node_icon(observe::NodeKind kind) {
  using K = observe::NodeKind;
  switch (kind) {
    case K::Controller: return Icon::Controller;
    case K::Broker: return Icon::Broker;
    case K::ZooKeeper: return Icon::Zk;
    case K::Producer: return Icon::Producer;
    case K::Consumer:
    case K::ShareConsumer: return Icon::Consumer;
    case K::Transform:
    case K::Streams:
    case K::Connector: return Icon::Branch;
    case K::Queue: return Icon::Disk;
    case K::Service: return Icon::Link;
    case K::Admin: return Icon::Edit;
  }
  return Icon::None;
}

bool Ui::has_transactions() const {
  return !world.transactions.empty() ||
         std::any_of(world.clients.begin(), world.clients.end(),
                     [](const observe::Client& k) { return !k.transactional_id.empty(); });
}

words::Key track_name(std::string_view track) {
  constexpr std::pair<std::string_view, words::Key> kNames[] = {{"why", "ui.track_why"_w},
                                                                {"log", "ui.track_log"_w},
                                                                {"partitions", "ui.partitions"_w},
                                                                {"producer", "ui.track_producer"_w},
                                                                {"consumer", "ui.track_consumer"_w},
                                                                {"groups", "ui.track_groups"_w},
                                                                {"replication", "ui.track_replication"_w},
                                                                {"controller", "ui.track_controller"_w},
                                                                {"delivery", "ui.track_delivery"_w},
                                                                {"operations", "ui.track_operations"_w}};
  for (const auto& [name, str] : kNames)
    if (name == track) return str;
  return "ui.lesson"_w;
}

words::Key family_name(observe::Family family) {
  constexpr words::Key kNames[observe::kFamilies] = {
      "ui.fam_produce"_w,     "ui.fam_consume"_w,     "ui.fam_replicate"_w, "thing.group"_w,
      "ui.fam_transaction"_w, "ui.kind_controller"_w, "ui.fam_metadata"_w,  "ui.zookeeper"_w};
  return kNames[static_cast<std::size_t>(family)];
}

std::string set_text(std::span<const int> ids) {
  std::string s = "{";
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) s += ", ";
    s += std::to_string(ids[i]);
  }
  s += '}';
  return s;
}

}  // namespace kafkascope::ui
