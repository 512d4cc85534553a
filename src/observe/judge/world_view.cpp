#include "observe/judge/world_view.h"

#include "storage/partition_log.h"

namespace kafkascope::observe {

bool begins_empty(const WorldView& world, BrokerId broker, TopicPartition p) {
  const auto* log = world.log(broker, p);
  return log != nullptr && log->log_end_offset().value == 0;
}

}  // namespace kafkascope::observe
