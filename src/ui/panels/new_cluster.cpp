#include "ui/panels/new_cluster.h"

#include <algorithm>

#include "ui/keys.h"
#include "ui/strings.h"

namespace kafkascope::ui {

namespace {

constexpr float kAroundForm = 24, kChoiceRow = 42, kChoiceLabel = 200, kFileLine = 19;

enum ClusterRow : std::uint8_t { kBrokersRow, kModeRow, kServersRow };
constexpr std::size_t kClusterRows = 3;

const std::vector<std::string>& cluster_choices(std::size_t row) {
  static const std::vector<std::string> all[kClusterRows] = {
      {"1", "2", "3", "4", "5", "6", "9", "12"}, {"KRaft, Kafka 4.1", "ZooKeeper, Kafka 2.5"}, {"1", "3", "5"}};
  return all[row];
}

bool cluster_has_zookeeper(const NewCluster& form) { return form.chosen[kModeRow] == 1; }

words::Key cluster_label(const NewCluster& form, std::size_t row) {
  if (row == kBrokersRow) return "ui.new_cluster_brokers"_w;
  if (row == kModeRow) return "ui.new_cluster_mode"_w;
  return cluster_has_zookeeper(form) ? "ui.new_cluster_zookeepers"_w : "ui.new_cluster_controllers"_w;
}

const std::string& cluster_chosen(const NewCluster& form, std::size_t row) {
  return cluster_choices(row)[form.chosen[row]];
}

void create_cluster(Ui& ui) {
  ui.st.new_cluster.open = false;
  ui.emit_text(ActionKind::NewCluster, new_cluster_file(ui.st.new_cluster));
}

void draw_cluster_choices(Ui& ui, NewCluster& form, std::size_t row, Row in) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const std::vector<std::string>& choices = cluster_choices(row);
  for (std::size_t i = 0; i < choices.size(); ++i) {
    constexpr float kAroundChoice = 24;
    const Rect r = in.left(p.width(choices[i], {.em = 15}) + kAroundChoice);
    const Hit hit = ui.hit(make_id("new cluster choice", row << 4 | i), r);
    const bool on = form.chosen[row] == i;
    p.fill(r, on ? c.accent_fill : hit.hovered ? c.hover : c.field, 5);
    if (on) p.stroke(r, c.accent, form.row == row ? 2.5f : 1.5f, 5);
    p.text(r, choices[i], {.em = 15, .color = on ? c.primary : c.secondary, .align = Align::Middle});
    if (hit.clicked) form.chosen[row] = i, form.row = row;
  }
}

}  // namespace

std::string new_cluster_file(const NewCluster& form) {
  const bool zookeeper = cluster_has_zookeeper(form);
  const std::string& brokers = cluster_chosen(form, kBrokersRow);
  std::string file = zookeeper ? R"({"kafka": "2.5", "cluster": {"metadata": "zookeeper", "zookeepers": )"
                               : R"({"kafka": "4.1", "cluster": {"metadata": "kraft", "controllers": )";
  file += cluster_chosen(form, kServersRow) + R"(, "brokers": )" + brokers;
  // As in config/server.properties of Kafka: by default these topics have more copies than there are brokers, so no
  // group and no transaction would work.
  if (brokers == "1" || brokers == "2") {
    file +=
        R"(, "config": {"offsets.topic.replication.factor": 1, "transaction.state.log.replication.factor": 1, "transaction.state.log.min.isr": 1)";
    if (!zookeeper)
      file += R"(, "share.coordinator.state.topic.replication.factor": 1, "share.coordinator.state.topic.min.isr": 1)";
    file += "}";
  }
  return file + "}}";
}

void open_new_cluster(Ui& ui) {
  ui.st.new_cluster.open = true;
  ui.st.new_cluster.row = 0;
}

void new_cluster_key(Ui& ui, const KeyPress& k) {
  NewCluster& form = ui.st.new_cluster;
  const bool back = k.key == kKeyUp || (k.key == kKeyTab && k.shift);
  if (k.key == kKeyUp || k.key == kKeyDown || k.key == kKeyTab) {
    form.row = (form.row + (back ? 2 : 1)) % kClusterRows;
  } else if (std::size_t& at = form.chosen[form.row]; k.key == kKeyLeft) {
    if (at > 0) --at;
  } else if (k.key == kKeyRight) {
    if (std::size_t next = at; ++next < cluster_choices(form.row).size()) at = next;
  } else if (k.key == kKeyEnter || k.key == kKeyKpEnter) {
    create_cluster(ui);
  }
}

void draw_new_cluster(Ui& ui) {
  NewCluster& form = ui.st.new_cluster;
  if (!form.open) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  constexpr float kWidest = 860, kMargin = 40, kAroundFile = 72, kHead = 78, kFileHead = 34, kFoot = 86, kLeastTop = 8;
  const float w = std::min(kWidest, ui.w - kMargin);
  const std::vector<std::string> lines = p.wrap(new_cluster_file(form), w - kAroundFile, {.em = 13, .mono = true});
  const float file_h = kFileHead + kFileLine * static_cast<float>(lines.size());
  const float h = kHead + kChoiceRow * static_cast<float>(kClusterRows) + file_h + kFoot;
  const Rect r{(ui.w - w) / 2, std::max(kLeastTop, (ui.h - h) / 3), w, h};
  const Hit outside = dialog(ui, "new cluster", r);
  Column in{r.padded(kAroundForm)};
  Row top{in.next(kHead), 12};
  const Rect sign = Column{top.left(18).padded(0, 22)}.next(18);
  p.icon(Icon::Broker, sign, c.accent, 2);
  Column titles{top.rest};
  p.text(titles.next({42, 36}), ui.tr("ui.empty_cluster"_w), {.em = 18, .bold = true});
  p.text(titles.next({24, 16}), ui.tr("ui.new_cluster_sub"_w), {.em = 13, .color = c.secondary});
  for (std::size_t i = 0; i < kClusterRows; ++i) {
    Row row{in.next(kChoiceRow)};
    p.text(row.left(kChoiceLabel - kAroundForm), ui.tr(cluster_label(form, i)), {.em = 15, .bold = form.row == i});
    const Row choices{row.rest.middle(30), 8};
    draw_cluster_choices(ui, form, i, choices);
  }
  in.skip(6);
  const Rect file = in.next(file_h);
  p.fill(file, c.field, 6);
  Column text{file.padded(12)};
  p.text(text.next({25, 18}), ui.tr("ui.form_as_file"_w), {.em = 13, .color = c.muted});
  for (const std::string& line : lines)
    p.text(text.next({kFileLine, 13}), line, {.em = 13, .mono = true, .foreign = true});
  in.skip(14);
  Row buttons{in.next(36), 12};
  const std::string create_words = ui.tr("ui.new_cluster_create"_w);
  if (button(ui, make_id("new cluster do"), buttons.left(170), create_words, true, Icon::None, "Enter"))
    create_cluster(ui);
  const bool cancel =
      button(ui, make_id("new cluster cancel"), buttons.left(130), ui.tr("ui.cancel"_w), false, Icon::None, "Esc");
  p.pop_box();
  if (cancel || outside.clicked) form.open = false;
}

}  // namespace kafkascope::ui
