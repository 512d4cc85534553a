#include <doctest/doctest.h>

#include <string>

#include "zookeeper/support.h"

using namespace kafkascope;
using namespace kafkascope::zookeeper;

TEST_CASE("paths are checked as ZooKeeper checks them") {
  for (const char* good : {"/", "/a", "/a/b", "/brokers/ids/1"}) CHECK(is_path(good));
  for (const char* bad : {"", "a", "/a/", "//", "/a//b", "/a/./b", "/.."}) CHECK_FALSE(is_path(bad));
  CHECK(parent_of("/a") == "/");
  CHECK(parent_of("/a/b/c") == "/a/b");
  CHECK(name_of("/a/b/c") == "c");
}

TEST_CASE("a copy of a tree of 100,000 znodes takes hardly any time or memory and does not change with the original") {
  FormedTree formed(1);
  formed.create("/topics", "");
  for (int t = 0; t < 1000; ++t) {
    const std::string topic = "/topics/t" + std::to_string(t);
    formed.create(topic, "{}");
    for (int p = 0; p < 100; ++p) formed.create(topic + "/" + std::to_string(p), "state");
  }
  CHECK(formed.tree().size() == 101001);
  DataTree copy = formed.tree();
  formed.create("/topics/t7/new", "x");
  CHECK(formed.tree().find("/topics/t7/new") != nullptr);
  CHECK(copy.find("/topics/t7/new") == nullptr);
  CHECK(copy.find("/topics/t999/99")->data == "state");
}

TEST_CASE(
    "a znode's stat counts the creations and deletions of its children and names the transactions that made and changed it") {
  FormedTree formed(1);
  const Zxid born = formed.create("/a", "one");
  formed.create("/a/x", "");
  DataTree tree = formed.tree();
  std::vector<ZnodeChange> changes;
  ZkTxn txn;
  txn.type = ZkOpCode::Delete;
  txn.path = "/a/x";
  txn.zxid = tree.zxid().next();
  tree.apply(txn, changes);
  const ZkResult read = tree.read(exists("/a"));
  CHECK(read.stat.czxid == born);
  CHECK(read.stat.mzxid == born);
  CHECK(read.stat.pzxid == txn.zxid);
  CHECK(read.stat.cversion == 2);
  CHECK(read.stat.num_children == 0);
  CHECK(changes.size() == 2);
  CHECK(changes[0].type == ZkEventType::NodeDeleted);
  CHECK(changes[1].path == "/a");
}
