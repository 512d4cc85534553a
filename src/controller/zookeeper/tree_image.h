// The cluster's metadata according to the znodes: the truth under ZooKeeper, in the form in which all other code reads
// metadata.
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
  /// Loads the whole image from the tree.
  void load(const zookeeper::DataTree& tree);
  /// Refreshes one znode that may have changed, appeared or been deleted; the others stay unchanged. Refresh parents
  /// before their children.
  void refresh(const zookeeper::DataTree& tree, std::string_view path);

  /// A session has ended: /controller and brokers' znodes may have been deleted with it.
  void refresh_ephemerals(const zookeeper::DataTree& tree);

  const protocol::MetadataImage& image() const { return image_; }
  /// The broker that owns /controller; kNoBroker if there is none.
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
