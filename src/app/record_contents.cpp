#include "app/record_contents.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "observe/bytes.h"

namespace kafkascope::app {

namespace {

ui::Words bytes_words(const std::optional<std::string_view>& bytes, std::int32_t filler = 0) {
  if (!bytes && filler > 0) return {fmt::format("{} bytes", filler), fmt::format("{}바이트", filler)};
  if (!bytes) return {"null", "null"};
  if (observe::is_text(*bytes)) return {fmt::format("\"{}\"", *bytes), fmt::format("\"{}\"", *bytes)};
  const std::string hex = observe::in_hex(*bytes);
  return {fmt::format("{} ({} bytes)", hex, bytes->size()), fmt::format("{} ({}바이트)", hex, bytes->size())};
}

}  // namespace

std::vector<ui::RecordField> record_contents(const protocol::RecordView& record, const protocol::StoredBatch& batch,
                                             std::int64_t offset) {
  const protocol::RecordBatch& data = *batch.data;
  std::vector<ui::RecordField> fields;
  const auto same = [](std::string s) { return ui::Words{s, s}; };
  fields.push_back({{"key", "키"}, bytes_words(record.key)});
  fields.push_back({{"value", "값"}, bytes_words(record.value, record.filler)});
  const std::time_t seconds = static_cast<std::time_t>(record.timestamp_ms / 1000);
  fields.push_back(
      {{"timestamp", "타임스탬프"},
       same(fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03} UTC", fmt::gmtime(seconds), record.timestamp_ms % 1000)),
       true});
  for (const auto& [key, value] : protocol::unpack_headers(record.headers))
    fields.push_back(
        {{"header " + std::string(key), "헤더 " + std::string(key)}, bytes_words(std::string_view(value)), true});
  fields.push_back({{"leader epoch", "리더 에포크"}, same(std::to_string(batch.leader_epoch.value))});
  if (data.base_sequence >= 0) {
    const std::int64_t sequence =
        (data.base_sequence + (offset - batch.base_offset.value)) & 0x7fffffff;  // wraps as in DefaultRecordBatch
    fields.push_back({{"producer id, epoch, sequence", "프로듀서 ID, 에포크, 시퀀스"},
                      same(fmt::format("{}, {}, {}", data.producer_id, data.producer_epoch, sequence))});
  }
  if (record.value && record.filler == 0 && !record.value->empty() && observe::is_text(*record.value))
    fields.push_back({{"value, bytes in hex", "값의 바이트(16진수)"}, same(observe::in_hex(*record.value))});
  fields.push_back({{"batch", "배치"},
                    {fmt::format("{} records, {} bytes", data.count(), data.size_bytes),
                     fmt::format("레코드 {}개, {}바이트", data.count(), data.size_bytes)}});
  return fields;
}

}  // namespace kafkascope::app
