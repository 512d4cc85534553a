// What Why? says, where a sentence was not true or said too little.
#include "app/program.h"

namespace {
bool why_says(const std::string& file, const std::string& at, const std::string& path, const std::string& what,
              const std::string& environment = kEnglish) {
  return run("why " + lesson(file) + " --at " + at + " --path " + path, environment).out.find(what) !=
         std::string::npos;
}
}  // namespace

TEST_CASE("why: the answer about the ELR says whether the ISR was already below min.insync.replicas") {
  const auto says = [](const std::string& what, const std::string& environment = kEnglish) {
    return why_says("replication/all-brokers-down", "44s", "/partitions/pay-elr-0/elr", what, environment);
  };
  CHECK(says("broker-2 leaves the ISR of pay-elr-0, which falls below min.insync.replicas=2"));
  CHECK(says("broker-1 leaves the ISR of pay-elr-0, which was already below min.insync.replicas=2"));
  CHECK(says("이미 min.insync.replicas=2보다 작았어요", kKorean));
}

TEST_CASE("why: features and ACLs that the file does not configure are not said to come from the file") {
  const std::string file = "controller/kraft-failover";
  CHECK(why_says(file, "10s", "/cluster/features", "these are the levels of Kafka 4.1\n"));
  CHECK(why_says(file, "10s", "/cluster/acls", "Why are there no ACLs?"));
  CHECK(why_says(file, "10s", "/cluster/acls", "No step has created an ACL"));
  CHECK(why_says("groups/share-group", "10s", "/cluster/features", "and of the file for share.version"));
}

TEST_CASE("why: of several replicas that hold the high watermark back, the one behind for longest is named") {
  CHECK(why_says("replication/one-way-partition", "12s", "/partitions/pay-0/high_watermark",
                 "; broker-3 was last caught up at 6.9"));
}
