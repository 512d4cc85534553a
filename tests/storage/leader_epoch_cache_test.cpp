#include <doctest/doctest.h>

#include "storage/leader_epoch_cache.h"
#include "storage/support.h"

using namespace kafkascope::storage;

namespace {
LeaderEpochCache cache() {
  LeaderEpochCache c;
  c.assign(e(0), o(0));
  c.assign(e(2), o(10));
  c.assign(e(5), o(30));
  return c;
}
}  // namespace

TEST_CASE("OffsetForLeaderEpoch: the current epoch ends at the log end") {
  CHECK(cache().end_offset_for(e(5), o(42)) == EpochEnd{e(5), o(42)});
}

TEST_CASE("OffsetForLeaderEpoch: a past epoch ends where the next one begins") {
  CHECK(cache().end_offset_for(e(0), o(42)) == EpochEnd{e(0), o(10)});
  CHECK(cache().end_offset_for(e(2), o(42)) == EpochEnd{e(2), o(30)});
}

TEST_CASE("KIP-279: for an unknown epoch the answer is the largest smaller epoch and its end") {
  CHECK(cache().end_offset_for(e(3), o(42)) == EpochEnd{e(2), o(30)});
}

TEST_CASE("OffsetForLeaderEpoch: an epoch above all known ones, and any epoch of an empty cache, is undefined") {
  CHECK(cache().end_offset_for(e(6), o(42)) == EpochEnd{});
  CHECK(cache().end_offset_for(e(-1), o(42)) == EpochEnd{});
  CHECK(LeaderEpochCache{}.end_offset_for(e(0), o(0)) == EpochEnd{});
}

TEST_CASE("OffsetForLeaderEpoch: an epoch below the first known one ends where the first known one starts") {
  LeaderEpochCache c;
  c.assign(e(4), o(100));
  c.assign(e(5), o(120));
  CHECK(c.end_offset_for(e(1), o(130)) == EpochEnd{e(1), o(100)});
}

TEST_CASE("Assigning an epoch removes the entries that contradict it; assigning it again changes nothing") {
  auto c = cache();
  c.assign(e(5), o(35));  // the same epoch again, at a later offset: ignored
  CHECK(c.entries().size() == 3);
  c.assign(e(6), o(30));  // epoch 5 has no records
  CHECK(c.entries().back() == EpochEntry{e(6), o(30)});
  CHECK(c.entries().size() == 3);
  c.assign(e(6), o(12));  // an earlier start: drops the entries at or after it
  CHECK(c.entries().size() == 3);
  CHECK(c.entries().back() == EpochEntry{e(6), o(12)});
  c.assign(e(1), o(40));  // an older epoch at a later offset drops the newer ones
  CHECK(c.entries() == std::vector<EpochEntry>{{e(0), o(0)}, {e(1), o(40)}});
  c.assign(e(-1), o(50));
  CHECK(c.latest() == e(1));
}

TEST_CASE("Truncating from the end forgets epochs that began at or after it") {
  auto c = cache();
  c.truncate_from_end(o(31));
  CHECK(c.latest() == e(5));
  c.truncate_from_end(o(30));
  CHECK(c.latest() == e(2));
  c.truncate_from_end(o(0));
  CHECK(c.entries().empty());
  CHECK(c.latest() == e(-1));
}

TEST_CASE("Truncating from the start keeps the epoch that the new first record belongs to") {
  auto c = cache();
  c.truncate_from_start(o(20));
  CHECK(c.entries() == std::vector<EpochEntry>{{e(2), o(20)}, {e(5), o(30)}});
  c.truncate_from_start(o(30));
  CHECK(c.entries() == std::vector<EpochEntry>{{e(5), o(30)}});
  auto d = cache();
  d.truncate_from_start(o(0));
  CHECK(d.entries().size() == 3);
}

TEST_CASE("The epoch of an offset is that of the last entry at or before it") {
  CHECK(cache().epoch_at(o(0)) == e(0));
  CHECK(cache().epoch_at(o(29)) == e(2));
  CHECK(cache().epoch_at(o(30)) == e(5));
  LeaderEpochCache late;
  late.assign(e(1), o(5));
  CHECK(late.epoch_at(o(4)) == e(-1));
}
