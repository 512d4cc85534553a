#include "controller/kraft/settings.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace kafkascope::controller {

namespace {
constexpr std::string_view kMinIsr = "min.insync.replicas";
constexpr std::string_view kUnclean = "unclean.leader.election.enable";

/// nullptr: neither the topic nor the cluster sets it dynamically.
const std::string* dynamic_value(const protocol::MetadataImage& image, const protocol::TopicImage& topic,
                                 std::string_view key) {
  for (const std::string& resource : {"topic:" + topic.name, std::string("broker:")}) {
    const auto& values = image.config(resource);
    auto it = values.find(std::string(key));
    if (it != values.end()) return &it->second;
  }
  return nullptr;
}
}  // namespace

int min_insync_replicas(const protocol::MetadataImage& image, const protocol::Config& config,
                        const protocol::TopicImage& topic) {
  std::int64_t min_isr = 1;
  if (const std::string* text = dynamic_value(image, topic, kMinIsr)) {
    std::from_chars(text->data(), text->data() + text->size(), min_isr);
  } else {
    min_isr = config.number(kMinIsr);
  }
  return static_cast<int>(min_isr);
}

int effective_min_isr(const protocol::MetadataImage& image, const protocol::Config& config,
                      const protocol::TopicImage& topic) {
  const int replication_factor = topic.partitions.empty() ? 1 : topic.partitions.front().replicas.size();
  return std::min(min_insync_replicas(image, config, topic), replication_factor);
}

bool unclean_election_enabled(const protocol::MetadataImage& image, const protocol::Config& config,
                              const protocol::TopicImage& topic) {
  if (const std::string* text = dynamic_value(image, topic, kUnclean)) return *text == "true";
  return config.flag(kUnclean);
}

bool elr_enabled(const protocol::MetadataImage& image) {
  return image.feature("eligible.leader.replicas.version") >= 1;
}

}  // namespace kafkascope::controller
