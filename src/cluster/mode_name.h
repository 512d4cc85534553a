// What a cluster's mode is called: the place where its metadata is kept.
#pragma once

namespace kafkascope::cluster {

constexpr const char* mode_name(bool zookeeper) { return zookeeper ? "ZooKeeper" : "KRaft"; }

}  // namespace kafkascope::cluster
