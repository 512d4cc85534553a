// The form for an act's values, typed or chosen; below them the scenario step that they produce.
#include <imgui.h>

#include <algorithm>
#include <utility>

#include "observe/why/origins.h"
#include "ui/keyboard.h"
#include "ui/panels/act_forms.h"
#include "ui/panels/menu_items.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"

namespace kafkascope::ui {

namespace {

constexpr float kRow = 42, kPad = 24, kLabel = 188, kField = 270;

/// The first setting or error that a typed value names: "min.insync.replicas" of "min.insync.replicas=2".
OriginOf setting_in(std::string_view value) {
  for (std::size_t at = 0; at < value.size();) {
    const std::size_t end = std::min(value.find_first_of(" ,=:", at), value.size());
    for (const auto kind : {observe::OriginKind::Config, observe::OriginKind::Error})
      if (OriginOf of{kind, std::string(value.substr(at, end - at)), {}, {}}; end > at && has_origin(of)) return of;
    at = end + 1;
  }
  return {};
}

/// A button that opens the origin of a setting. It has its place at the right end even while there is none, so that the choices beside it
/// stay where they are.
void origin_button(Ui& ui, Id id, Row& row, OriginOf of) {
  if (of.name.empty()) {
    row.right(26);
    return;
  }
  const Rect r = row.right(26), sign = r.middle(16);
  const Hit hit = ui.hit(id, r);
  ui.p.fill(r, hit.hovered ? ui.c.hover : ui.c.field, 5);
  ui.p.stroke(r, hit.hovered ? ui.c.accent : ui.c.mid, 1.25f, 5);
  ui.p.icon(Icon::Help, sign, ui.c.accent, 1.8f);
  ui.p.note(r, "form origin");
  if (hit.clicked) {
    of.about = ui.p.to_window(r);
    ui.st.origin = std::move(of);
  }
}

/// Values to click instead of typing them, as many as fit.
void draw_choices(Ui& ui, const ActForm& form, std::size_t index, Row row) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  std::string& value = ui.st.form.values[index];
  std::uint64_t number = index << 8;
  for (const std::string& choice : form_choices(ui.world, form, index, value)) {
    const float w = p.width(choice, {.em = 13, .mono = true}) + 18;
    if (w > row.rest.w) return;
    const Rect r = row.left(w);
    const Hit hit = ui.hit(make_id("form choice", number++), r);
    const bool on = has_choice(form.fields[index], value, choice);
    p.fill(r, on ? c.accent_fill : hit.hovered ? c.hover : c.field, 5);
    if (on) p.stroke(r, c.accent, 1.5f, 5);
    p.text(r, choice,
           {.em = 13, .color = on ? c.primary : c.secondary, .mono = true, .align = Align::Middle, .foreign = true});
    if (hit.clicked) {
      value = with_choice(form.fields[index], value, choice);
      ui.st.form.field = static_cast<int>(index);
      ui.st.form.grab = true;
    }
  }
}

/// Whether the form is for a client of a topic and there is no topic yet.
bool needs_topic(const Ui& ui, const ActForm& form) {
  const auto& all = ui.world.partitions;
  return form.verb == "add_client" && !ui.st.form.has_topic &&
         std::all_of(all.begin(), all.end(), [](const observe::Partition& partition) {
           return partition.topic.starts_with("__");  // Kafka's own
         });
}

/// The field of a form for its topic or topics, of which there is one.
std::size_t topic_field(const ActForm& form) {
  const auto named = std::find_if(form.fields.begin(), form.fields.end(),
                                  [](const FormField& field) { return field.path.find("topic") != std::string::npos; });
  return static_cast<std::size_t>(named - form.fields.begin());
}

/// Opens the form for a topic over that of its client, with the topic that was typed there.
void open_topic_form(Ui& ui, const ActForm& client, int topic) {
  FormState below = ui.st.form;
  ui.open_form(topic, std::string(kMenuOfStage), {});
  if (const std::string& typed = below.values[topic_field(client)]; !typed.empty())
    ui.st.form.values[topic_field(act_forms()[static_cast<std::size_t>(topic)])] = typed.substr(0, typed.find(','));
  below.problem = {};
  ui.st.form_below = std::move(below);
}

/// Returns to the form below, if there is one, with the topic that was created for it.
void return_with_topic(Ui& ui, const std::string& topic) {
  FormState& st = ui.st.form;
  ui.close_form();
  st.has_topic = true;
  const ActForm& client = act_forms()[static_cast<std::size_t>(st.form)];
  const FormField& field = client.fields[topic_field(client)];
  std::string& value = st.values[topic_field(client)];
  if (!has_choice(field, value, topic)) value = with_choice(field, value, topic);
}

void send(Ui& ui, const ActForm& form) {
  FormState& st = ui.st.form;
  ui.emit_text(ActionKind::DoStep, form_step(form, st.values));
  st.sent = true;
  st.before = ui.lesson.hand.taken;
  st.problem = {};
  st.wrong = -1;
}

void show_problem(FormState& st, const HandStep& told) {
  st.problem = told.problem;
  st.wrong = form_field(act_forms()[static_cast<std::size_t>(st.form)], told.field);
  if (st.wrong >= 0) st.field = st.wrong;
  st.grab = true;
}

/// Takes the topic, which Kafka has refused, out of the client's form for which it was to be created.
void lose_topic(FormState& client, const FormState& of_topic) {
  const ActForm &form = act_forms()[static_cast<std::size_t>(client.form)],
                &created = act_forms()[static_cast<std::size_t>(of_topic.form)];
  const std::string& topic = of_topic.values[topic_field(created)];
  std::string& value = client.values[topic_field(form)];
  if (const FormField& field = form.fields[topic_field(form)]; has_choice(field, value, topic))
    value = value == topic ? std::string() : with_choice(field, value, topic);
  client.has_topic = false;
}

/// The form whose act Kafka has refused returns with its values and the problem: over the client's form for which it was opened, if
/// that is still open, else as soon as nothing covers its place.
void return_refused(Ui& ui) {
  FormState& sent = ui.st.form_sent;
  const HandStep& told = ui.lesson.hand;
  if (told.taken != sent.before) sent = {};
  if (sent.form < 0 || !told.refused_by_kafka || ui.st.layout == Layout::Presenter) return;
  FormState client = ui.st.form.has_topic ? std::exchange(ui.st.form, {}) : FormState{};
  if (is_covered(ui.st)) {
    if (client.open) ui.st.form = std::move(client);
    return;
  }
  if (client.open) lose_topic(client, sent);
  ui.st.form = std::exchange(sent, {});
  ui.st.form_below = std::move(client);
  show_problem(ui.st.form, told);
}

/// Takes the result of the act: closes the form, or shows the problem.
void hear(Ui& ui) {
  FormState& st = ui.st.form;
  if (!st.sent || ui.lesson.hand.taken == st.before) return return_refused(ui);
  st.sent = false;
  show_problem(st, ui.lesson.hand);
  if (!st.problem.empty()) return;
  ui.st.form_sent = st;
  ui.st.form_sent.before = ui.lesson.hand.taken;
  const ActForm& done = act_forms()[static_cast<std::size_t>(st.form)];
  if (ui.st.form_below.open) return_with_topic(ui, std::string(st.values[topic_field(done)]));
  else ui.close_form();
}

}  // namespace

bool form_key(Ui& ui, const KeyPress& k) {
  FormState& st = ui.st.form;
  if (!st.open) return false;
  // the key is typed; the field handles Enter itself
  if (k.key != kKeyTab && k.key != kKeyDown && k.key != kKeyUp) return true;
  const auto& fields = act_forms()[static_cast<std::size_t>(st.form)].fields;
  const int count = static_cast<int>(fields.size()),
            step = k.key == kKeyUp || (k.key == kKeyTab && k.shift) ? count - 1 : 1;
  do st.field = (st.field + step) % count;
  while (fields[static_cast<std::size_t>(st.field)].fixed);
  st.grab = true;
  return true;
}

void draw_act_form(Ui& ui) {
  FormState& st = ui.st.form;
  hear(ui);
  if (!st.open) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const ActForm& form = act_forms()[static_cast<std::size_t>(st.form)];
  const auto shown = static_cast<float>(
      std::count_if(form.fields.begin(), form.fields.end(), [](const FormField& f) { return !f.fixed; }));
  const float w = std::min(960.f, ui.w - 40);
  const std::string step = form_step(form, st.values);
  const std::vector<std::string> lines = p.wrap(step, w - 72, {.em = 13, .mono = true});
  const bool topicless = needs_topic(ui, form);
  const auto wrapped = [&](std::string_view words) { return p.wrap(words, w - 100, {.em = 15}); };
  std::vector<std::string> wrong = st.problem.empty() ? std::vector<std::string>{} : wrapped(ui.pick(st.problem));
  const FormDoubt doubt = form_doubt(ui.world, ui.st.lang, form, st.values);
  const auto warn = [&](std::string_view words) {
    for (std::string& line : wrapped(words)) wrong.push_back(std::move(line));
  };
  if (topicless) warn(ui.tr("ui.form_no_topic"_w));
  // What Kafka has just said of the field is not said again.
  if (st.wrong < 0 || st.wrong != doubt.field) warn(doubt.words);
  const float file_h = 34 + 19 * static_cast<float>(lines.size()),
              wrong_h = wrong.empty() ? 0 : 18 + 21 * static_cast<float>(wrong.size());
  const float text_w = w - 78;
  const std::vector<std::string> notes = p.wrap(form_note(ui.world, ui.st.lang, form, st.values), text_w, {.em = 13});
  std::vector<std::string> said =
      p.wrap(ui.tr("ui.form_in"_w, {{"world", world_name(ui)}}), text_w, {.em = 13, .foreign = true});
  for (std::string& line : p.wrap(ui.tr(form.does), text_w, {.em = 13})) said.push_back(std::move(line));
  const float head = 59 + 19 * static_cast<float>(said.size() + notes.size());
  const float h = head + kRow * shown + file_h + 12 + wrong_h + 62;
  const Rect r{(ui.w - w) / 2, std::max(8.f, std::min(ui.h * .16f, (ui.h - h) / 2)), w, h};
  const Hit outside = dialog(ui, "act form", r);
  Column in{r.padded(kPad)};
  Row top{in.next(head), 12};
  p.icon(form.icon, Column{top.left(18).padded(0, 22)}.next(18), c.accent, 2);
  Column titles{top.rest};
  Row title{titles.next({42, 36}), 12};
  p.text(title, form.verb, {.em = 13, .color = c.muted, .mono = true, .align = Align::Right});
  p.text(title, ui.tr(form.name, {{"title", ui.pick(form.title)}}), {.em = 18, .bold = true});
  LineSize below_title{24, 16};
  for (const std::string& line : said)
    p.text(titles.next(std::exchange(below_title, {19, 13})), line, {.em = 13, .color = c.secondary});
  for (const std::string& note : notes) p.text(titles.next({19, 13}), note, {.em = 13, .foreign = true});
  bool enter = false;
  const int wanted = std::exchange(st.grab, false) ? st.field : -1;
  for (std::size_t i = 0; i < form.fields.size(); ++i) {
    const FormField& field = form.fields[i];
    if (field.fixed) continue;
    const std::string_view key = key_of(field);
    const bool focused = st.field == static_cast<int>(i);
    Row row{in.next(kRow)};
    constexpr float kApart = 8;
    Column names{row.left(kLabel - kPad)};
    const float most = names.rest.w - kApart;
    p.text(names.next({18, 14}), ui.tr(label_of(form, field)), {.em = 13, .bold = focused, .max = most});
    p.text(names.next({18, 14}), key, {.em = 13, .color = c.muted, .mono = true, .max = most, .foreign = true});
    const std::string example = form_example(ui.world, form, i, st.values);
    // Nothing is sent of an empty field, so its hint says that it is not set, and that this is an example.
    const std::string hint = example.empty() ? "" : ui.tr("ui.form_example"_w, {{"example", example}});
    // Each form has fields of its own, lest one keeps what was typed in another.
    const std::string id = "##form " + form.id + std::to_string(i), before = st.values[i];
    Row controls{Column{row.rest.padded(0, 4)}.next(32), 12};
    // What is not set has no ground, so that its example is not taken for a value.
    const bool empty = st.values[i].empty();
    for (const int ground : {ImGuiCol_FrameBg, ImGuiCol_FrameBgHovered, ImGuiCol_FrameBgActive})
      if (empty) ImGui::PushStyleColor(ground, ImU32{});
    const Rect place = controls.left(kField);
    enter |= text_field(ui, id.c_str(), place, st.values[i], hint.c_str(), ImGuiInputTextFlags_AutoSelectAll,
                        wanted == static_cast<int>(i));
    if (empty) ImGui::PopStyleColor(3);
    if (st.wrong == static_cast<int>(i) || doubt.field == static_cast<int>(i)) {
      p.stroke(place, c.caution, 2, 4);
      p.note(place, "wrong field");
    }
    if (wanted < 0 && ImGui::IsItemActivated()) st.field = static_cast<int>(i);  // the field was clicked
    OriginOf of = setting_in(st.values[i]);
    if (of.name.empty()) of = setting_in(key);
    Row beside{controls.rest.middle(26), 6};
    beside.shorten(-4);
    origin_button(ui, make_id("form origin", i), beside, std::move(of));
    draw_choices(ui, form, i, beside);
    if (st.wrong == static_cast<int>(i) && st.values[i] != before) st.wrong = -1, st.problem = {};
  }
  in.skip(6);
  const Rect file = in.next(file_h);
  p.fill(file, c.field, 6);
  Column text{file.padded(12)};
  p.text(text.next({25, 18}), ui.tr("ui.form_as_file"_w), {.em = 13, .color = c.muted});
  for (const std::string& line : lines) p.text(text.next({19, 13}), line, {.em = 13, .mono = true, .foreign = true});
  in.skip(6);
  if (!wrong.empty()) {
    const Rect box = in.next(wrong_h - 4);
    in.skip(4);
    p.fill(box, c.caution_fill, 6);
    Row said{box.padded(12), 10};
    p.icon(Icon::Warn, Column{said.left(16).padded(0, 8)}.next(16), c.caution, 2);
    Column reasons{said.rest};
    for (const std::string& line : wrong) p.text(reasons.next({21, 21}), line, {.em = 15, .foreign = true});
  }
  const bool may = ui.can(form.verb);
  in.skip(8);
  Row buttons{in.next(36), 12};
  if (button(ui, make_id("form do"), buttons.left(150), ui.tr("ui.form_do"_w), true, Icon::None, "Enter") || enter) {
    if (may) send(ui, form);
    else ui.say("ui.not_there_yet"_w, true);
    st.grab = true;
  }
  const bool cancel =
      button(ui, make_id("form cancel"), buttons.left(130), ui.tr("ui.cancel"_w), false, Icon::None, "Esc");
  if (topicless) {
    constexpr float kAround = 56;
    const int topic = act_form("create topic");
    const std::string words = ui.tr(act_forms()[static_cast<std::size_t>(topic)].name);
    if (button(ui, make_id("form topic"), buttons.right(p.width(words, {.em = 15}) + kAround), words, false,
               Icon::Disk))
      open_topic_form(ui, form, topic);
  }
  buttons.skip(12);
  const float tab_w = keycap(p, buttons.rest.x, buttons.rest.y + 6, "Tab");
  buttons.skip(tab_w + 8);
  p.text(Column{buttons.rest}.next({36, 23}), ui.tr("ui.form_next"_w), {.em = 13, .color = c.muted});
  p.pop_box();
  if (cancel || outside.clicked) ui.close_form();
}

}  // namespace kafkascope::ui
