// Values of a form that Kafka will refuse, as far as the picture of the cluster tells.
#include <algorithm>
#include <charconv>

#include "ui/panels/act_forms.h"

namespace kafkascope::ui {

using namespace observe;

int form_field(const ActForm& form, std::string_view path) {
  for (; path.size() > 1; path = path.substr(0, path.rfind('/')))
    for (std::size_t i = 0; i < form.fields.size(); ++i)
      if (!form.fields[i].fixed && path.substr(1) == form.fields[i].path) return static_cast<int>(i);
  return -1;
}

FormDoubt form_doubt(const Snapshot& world, Lang lang, const ActForm& form, const std::vector<std::string>& values) {
  const int factor = form_field(form, "/replication_factor"), placed = form_field(form, "/assignments");
  if (factor < 0 || (placed >= 0 && !values[static_cast<std::size_t>(placed)].empty())) return {};
  const std::string& asked = values[static_cast<std::size_t>(factor)];
  const bool zookeeper = world.metadata == "zookeeper";
  const auto count = [&](auto&& counts) {
    return std::count_if(world.nodes.begin(), world.nodes.end(),
                         [&](const Node& n) { return n.kind == NodeKind::Broker && !n.removed && counts(n); });
  };
  const auto brokers = count([&](const Node& n) { return !zookeeper || !n.down(); });
  if (brokers == 0) return {factor, tr(lang, "ui.form_no_broker_up"_w)};
  // Kafka: StripedReplicaPlacer takes fenced brokers, too, but needs one that is not.
  if (!zookeeper && count([](const Node& n) { return !n.fenced; }) == 0)
    return {factor, tr(lang, "ui.form_all_fenced"_w)};
  int copies = 0;
  const auto read = std::from_chars(asked.data(), asked.data() + asked.size(), copies);
  if (read.ec != std::errc() || copies <= brokers) return {};
  return {factor, tr(lang, "ui.form_too_few_brokers"_w,
                     {{"brokers", std::to_string(brokers)}, {"factor", std::to_string(copies)}})};
}

}  // namespace kafkascope::ui
