#include "observe/trace_store.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kafkascope::observe {

std::size_t TraceStore::first_from(std::uint64_t seq) const {
  std::size_t low = 0, high = lines_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (lines_[middle].seq < seq) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

const sim::TraceLine* TraceStore::find(std::uint64_t seq) const {
  const std::size_t i = first_from(seq);
  return i < lines_.size() && lines_[i].seq == seq ? &lines_[i] : nullptr;
}

std::vector<const sim::TraceLine*> TraceStore::chain(std::uint64_t seq) const {
  std::vector<const sim::TraceLine*> links;
  for (const sim::TraceLine* line = find(seq); line != nullptr; line = line->cause < line->seq ? find(line->cause) : nullptr) links.push_back(line);
  std::reverse(links.begin(), links.end());
  return links;
}

std::string trace_json(const sim::TraceLine& line, const TraceNames& names) {
  const auto& info = protocol::trace_kind_info(line.kind);
  nlohmann::ordered_json j;
  j["seq"] = line.seq;
  j["t"] = line.time.us;
  j["node"] = names.node(line.node);
  j["kind"] = info.name;
  j["cause"] = line.cause;
  if (line.topic >= 0) j["partition"] = names.topic(line.topic) + (line.partition >= 0 ? "-" + std::to_string(line.partition) : std::string());
  const auto message = [&](std::int64_t code) {
    return std::string(protocol::name(static_cast<protocol::ApiKey>(code / 2))) + (code % 2 != 0 ? "Response" : "Request");
  };
  const auto put = [&](std::string_view field, std::int64_t value) {
    if (field.empty()) return;
    if (field == "from" && line.kind <= sim::trace_kind::kMessageLost) {
      j["from"] = names.node({static_cast<std::int32_t>(value)});
    } else if (field == "api" && line.kind <= sim::trace_kind::kMessageLost) {
      j["api"] = message(value);
    } else if (field == "error") {
      j["error"] = protocol::name(static_cast<protocol::ErrorCode>(value));
    } else {
      j[std::string(field)] = value;
    }
  };
  put(info.a, line.a);
  put(info.b, line.b);
  put(info.c, line.c);
  if (!line.text.empty()) j[info.text.empty() ? "text" : std::string(info.text)] = line.text.str();
  return j.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace kafkascope::observe
