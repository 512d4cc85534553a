// The cluster's metadata as the znodes say it: what is true under ZooKeeper, in the form in which everybody else reads metadata.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "controller/zookeeper/zk_data.h"
#include "protocol/metadata_image.h"
#include "zookeeper/data_tree.h"

namespace kafkascope::controller {

class TreeImage {
 public:
  /// From nothing, all of it.
  void load(const zookeeper::DataTree& tree);
  /// That znode may have changed, come or gone; others are taken as they were. Parents come before their children.
  void refresh(const zookeeper::DataTree& tree, std::string_view path);

  /// A session has ended: /controller and the brokers' znodes may have gone with it.
  void refresh_ephemerals(const zookeeper::DataTree& tree);

  const protocol::MetadataImage& image() const { return image_; }
  /// The broker that owns /controller; kNoBroker: nobody.
  protocol::BrokerId controller() const { return controller_; }
  std::int32_t controller_epoch() const { return controller_epoch_; }

 private:
  void learn(const protocol::MetadataRecord& record) { image_.apply(image_.last_offset() + 1, {}, record); }
  void refresh_broker(const zookeeper::Znode* node, std::string_view name);
  void refresh_topic(const zookeeper::DataTree& tree, const std::string& name);
  void refresh_state(const zookeeper::DataTree& tree, const std::string& topic, std::int32_t partition);
  void refresh_config(const zookeeper::Znode* node, const std::string& resource);

  protocol::MetadataImage image_;
  protocol::BrokerId controller_ = protocol::kNoBroker;
  std::int32_t controller_epoch_ = 0;
};

}  // namespace kafkascope::controller
