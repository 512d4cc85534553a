#include "protocol/records.h"

#include <doctest/doctest.h>

#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace kafkascope::protocol;

TEST_CASE("murmur2 gives the vectors of Kafka's UtilsTest") {
  CHECK(murmur2("21") == -973932308);
  CHECK(murmur2("foobar") == -790332482);
  CHECK(murmur2("a-little-bit-long-string") == -985981536);
  CHECK(murmur2("a-little-bit-longer-string") == -1486304829);
  CHECK(murmur2("abc") == 479470107);
  CHECK((murmur2("user-1") & 0x7fffffff) == 1404122828);
  CHECK((murmur2("user-3") & 0x7fffffff) == 1141442267);
}

TEST_CASE("a group's partition is the absolute value of Java's hash; the absolute value of -2^31 is 0") {
  CHECK(java_string_hash("my-group") == -1906497762);
  CHECK(partition_for("my-group", 50) == 12);
  CHECK(partition_for("test", 50) == 48);
  CHECK(partition_for("order-service", 50) == 26);
  CHECK(partition_for("g1", 50) == 42);
  CHECK(partition_for("payments-tx", 50) == 42);
  CHECK(java_string_hash("polygenelubricants") == INT32_MIN);
  CHECK(partition_for("polygenelubricants", 50) == 0);
}

TEST_CASE("CRC-32C has the check value of the Castagnoli polynomial") {
  CHECK(crc32c("123456789") == 0xE3069283u);
  CHECK(crc32c("6789", crc32c("12345")) == 0xE3069283u);
}

TEST_CASE("a batch takes 61 bytes besides its records; sequences wrap at 2^31-1") {
  RecordBatch b;
  Record hello;
  hello.value = "hello";
  b.records.push_back(hello);
  // length 1 + attributes 1 + time 1 + offset 1 + key length 1 + value length 1 + 5 + headers 1
  CHECK(seal(b)->size_bytes == 61 + 12);
  b.base_sequence = 2147483647;
  b.records = {hello, hello, hello};
  CHECK(b.last_sequence() == 1);
}

TEST_CASE("the CRC covers the records and sequence that a producer wrote") {
  RecordBatch b;
  Record k, l;
  k.key = "k";
  l.key = "l";
  b.records = {k};
  const auto before = seal(b)->crc;
  b.records = {l};
  CHECK(seal(b)->crc != before);
  b.records = {k};
  b.base_sequence = 3;
  CHECK(seal(b)->crc != before);
}

TEST_CASE("records keep null, empty and long texts, headers and generated values") {
  Record plain, empty, tombstone, rich;
  plain.value.emplace();
  plain.filler = 100;
  plain.number = 7;
  empty.key = "";
  empty.value = "";
  tombstone.key = "customer-1";
  tombstone.timestamp_ms = -1;
  rich.key = std::string(3000, 'k');
  rich.value = "value";
  rich.timestamp_ms = 1704067200000;
  rich.headers = pack_headers({{"trace", "1"}, {"", ""}});
  const Record all[] = {plain, empty, tombstone, rich, tombstone};
  RecordList list;
  for (const Record& r : all) list.push_back(r);
  REQUIRE(list.size() == 5);
  for (std::size_t i = 0; i < list.size(); ++i) {
    CHECK(list[i].key == RecordView(all[i]).key);
    CHECK(list[i].value == RecordView(all[i]).value);
    CHECK(list[i].timestamp_ms == all[i].timestamp_ms);
    CHECK(list[i].headers == all[i].headers);
    CHECK(list[i].filler == all[i].filler);
    CHECK(list[i].number == all[i].number);
    CHECK(record_size(list[i], 3, 0) == record_size(all[i], 3, 0));
  }
  CHECK(unpack_headers(list[3].headers) == HeaderList{{"trace", "1"}, {"", ""}});
  list.clear();
  list.push_back(tombstone);
  CHECK(list.back().key == "customer-1");
  CHECK_FALSE(list.back().value);
}

TEST_CASE("a record list returns its records unchanged, whether uniform or mixed, in any order") {
  std::mt19937_64 random(7);
  const auto one_of = [&](std::uint64_t n) { return static_cast<std::int64_t>(random() % n); };
  const auto check_equal = [](const RecordList& list, const std::vector<Record>& all) {
    REQUIRE(list.size() == all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      CAPTURE(i);
      const RecordView r = list[i];
      CHECK(r.key == RecordView(all[i]).key);
      CHECK(r.value == RecordView(all[i]).value);
      CHECK(r.headers == all[i].headers);
      CHECK(r.filler == all[i].filler);
      CHECK(r.number == all[i].number);
      CHECK(r.timestamp_ms == all[i].timestamp_ms);
      CHECK(list.number(i) == r.number);
      CHECK(list.timestamp_ms(i) == r.timestamp_ms);
      CHECK(list.has_key(i) == r.key.has_value());
    }
  };
  RecordList list;
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    list.clear();  // keeps its memory, with the layout of the last round
    std::vector<Record> all;
    Record r;
    r.filler = static_cast<std::int32_t>(one_of(3) * 100);
    if (one_of(2) == 0) r.value.emplace();
    r.number = static_cast<std::uint32_t>(one_of(1000));
    r.timestamp_ms = one_of(10) == 0 ? std::numeric_limits<std::int64_t>::max() - 100'000 : one_of(1'000'000) - 10;
    for (std::int64_t left = one_of(60); left > 0; --left) {
      list.push_back(r);
      all.push_back(r);
      ++r.number;
      r.timestamp_ms += one_of(100);
      switch (one_of(200)) {  // each case makes one field irregular
        case 0: r.key = "k"; break;
        case 1: r.value = "v"; break;
        case 2: r.value = r.value ? std::nullopt : std::optional<std::string>(""); break;
        case 3: r.headers = pack_headers({{"h", ""}}); break;
        case 4: ++r.filler; break;
        case 5: ++r.number; break;
        case 6: r.timestamp_ms += 70'000; break;
        case 7: r.timestamp_ms -= 200; break;
        case 8: r = all.front(); break;
        default: break;
      }
    }
    check_equal(list, all);
    RecordList copy = list;
    check_equal(copy, all);
    if (!all.empty()) {  // a copy has room only for its own records
      copy.push_back(copy.back());
      all.push_back(all.back());
      check_equal(copy, all);
    }
    copy.set_timestamps(42);
    for (Record& stamped : all) stamped.timestamp_ms = 42;
    check_equal(copy, all);
  }
}

TEST_CASE("generated records take two bytes of memory each") {
  // Storing a day of generated load relies on this; record_list.h defines regular records.
  RecordList list;
  Record r;
  r.value.emplace();
  r.filler = 100;
  for (r.number = 0; r.number < 10; ++r.number) list.push_back(r);
  CHECK(RecordList(list).memory_bytes() == 16 + 10 * 2);
  r.key = "k";
  list.push_back(r);
  CHECK(RecordList(list).memory_bytes() == 11 * 24 + 1);
}

TEST_CASE("the CRC is computed over all fields in order, for keys and headers of any length") {
  for (const std::size_t length : {std::size_t{0}, std::size_t{7}, std::size_t{1000}, std::size_t{5000}}) {
    RecordBatch b;
    Record second;
    second.key = std::string(length, 'k');
    second.headers = pack_headers({{"trace", std::string(length, 'h')}});
    b.records = {Record{}, second};
    std::string bytes;
    const auto put = [&](auto value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof(value)); };
    put(b.producer_id), put(b.producer_epoch), put(b.base_sequence), put(b.control);
    for (const RecordView r : b.records) {
      put(r.timestamp_ms);
      put(r.key ? static_cast<std::int64_t>(r.key->size()) : std::int64_t{-1});
      bytes += r.key.value_or("");
      put(std::int64_t{-1});  // no value
      put(r.filler), put(r.number);
      for (const auto& [name, value] : unpack_headers(r.headers)) bytes += name + value;
    }
    CHECK(seal(b)->crc == crc32c(bytes));
  }
}

TEST_CASE("a record list can append one of its own records, even if its block grows") {
  RecordList list;
  Record r;
  r.key = std::string(100, 'k');
  r.value = std::string(1000, 'v');
  list.push_back(r);
  for (int i = 0; i < 100; ++i) list.push_back(list.back());
  CHECK(list.size() == 101);
  CHECK(list.back().key == r.key);
  CHECK(list.back().value == r.value);
}
