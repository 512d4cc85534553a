// Clusters of many nodes, for the tests of what they look like.
#pragma once
#include <string>
#include <utility>

#include "ui/looks.h"

namespace kafkascope::ui::crowd {

inline observe::Snapshot many(int brokers, int partitions, int producers, int consumers, int messages, int racks) {
  observe::Snapshot world = fixture::large_world(brokers, partitions, producers, consumers, messages);
  for (observe::Node& n : world.nodes)
    if (n.kind == observe::NodeKind::Broker && racks > 0)
      n.rack = std::string(1, static_cast<char>('a' + (n.id - 1) % racks));
  return world;
}

inline void show(Headless& h, Layout layout, observe::Snapshot world) {
  h.dashboard.set_layout(layout);
  h.show(fixture::Moment::Before, fixture::Scene::First);
  h.lesson.view = {};
  h.log = {};
  h.time.lanes.clear();
  h.world = std::move(world);
  h.settle();
}

inline void show(Headless& h, const Look& look, observe::Snapshot world) {
  take_look(h, look);
  show(h, look.layout, std::move(world));
  open_banner(h, look);
  h.settle();
}

inline Rect card_of(Headless& h, const std::string& name) {
  h.settle();
  for (const auto& [rect, what] : h.dashboard.diagnostics().cards)
    if (what == name) return rect;
  return {};
}

}  // namespace kafkascope::ui::crowd
