// The values that one setting has in this cluster: what a card about the setting shows beside Kafka's default.
#pragma once
#include <string_view>

#include "observe/model/snapshot.h"

namespace kafkascope::cluster {
class Cluster;
}

namespace kafkascope::observe {

/// `key`: the glossary's key, "config.acks". Each value comes with the brokers, controllers, topics and clients that
/// have it.
SettingHere setting_here(const cluster::Cluster& c, std::string_view key);

}  // namespace kafkascope::observe
