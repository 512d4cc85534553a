#include "observe/time/trace_writer.h"
#include "protocol/api_key.h"
#include "protocol/errors.h"
#include "protocol/messages_zookeeper.h"
#include "protocol/trace_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kafkascope::observe {
namespace {

/// Appends the text in quotes. Nearly all texts need no escapes.
void put_quoted(std::string& out, std::string_view text) {
  const bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  if (plain) {
    out += '"';
    out += text;
    out += '"';
  } else {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

void put_number(std::string& out, std::string_view key, std::int64_t value) {
  out += key;
  const fmt::format_int digits(value);
  out.append(digits.data(), digits.size());
}

void put_key(std::string& out, std::string_view key) {
  out += ",\"";
  out += key;
  out += "\":";
}

/// Leaves out empty parts and numbers that are 0.
void put_parts(std::string& out, const sim::FactNames& info, std::string_view text) {
  if (info.parts[0].name.empty() || info.one_text()) {
    if (text.empty()) return;
    put_key(out, info.one_text() ? info.parts[0].name : "text");
    return put_quoted(out, text);
  }
  sim::PartReader parts(text);
  for (const sim::FactNames::Part& part : info.parts) {
    if (part.name.empty()) return;
    if (part.number) {
      if (const std::int64_t value = parts.number(); value != 0) {
        put_key(out, part.name);
        put_number(out, "", value);
      }
    } else if (const std::string_view value = parts.text(); !value.empty()) {
      put_key(out, part.name);
      put_quoted(out, value);
    }
  }
}

}  // namespace

const std::string& TraceFormat::node(sim::NodeId node, const TraceNames& names) {
  const auto at = static_cast<std::size_t>(node.index + 1);
  if (at >= nodes_.size()) nodes_.resize(at + 1);
  if (nodes_[at].empty()) put_quoted(nodes_[at], names.node(node));
  return nodes_[at];
}

void TraceFormat::put_topic(std::string& out, protocol::TopicId topic, const TraceNames& names) {
  const auto at = static_cast<std::size_t>(topic);
  if (at < topics_.size() && !topics_[at].empty()) {
    out += topics_[at];
    return;
  }
  std::string name;
  put_quoted(name, names.topic(topic));
  name = name.substr(1, name.size() - 2);
  out += name;
  if (!names.knows_topic(topic)) return;
  if (at >= topics_.size()) topics_.resize(at + 1);
  topics_[at] = std::move(name);
}

bool TraceFormat::can_name(const sim::TraceLine& line, const TraceNames& names) {
  const auto at = static_cast<std::size_t>(line.topic);
  return line.topic < 0 || (at < topics_.size() && !topics_[at].empty()) || names.knows_topic(line.topic);
}

void TraceFormat::append(std::string& out, const sim::TraceLine& line, const TraceNames& names) {
  const sim::FactNames& info = protocol::trace_kind_info(line.kind);
  const bool message = line.kind <= sim::trace_kind::kMessageLost;
  put_number(out, "{\"seq\":", static_cast<std::int64_t>(line.seq));
  put_number(out, ",\"t\":", line.time.us);
  out += ",\"node\":";
  out += node(line.node, names);
  out += ",\"kind\":\"";
  out += info.name;
  put_number(out, "\",\"cause\":", static_cast<std::int64_t>(line.cause));
  if (line.topic >= 0) {
    out += ",\"partition\":\"";
    put_topic(out, line.topic, names);
    if (line.partition >= 0) put_number(out, "-", line.partition);
    out += '"';
  }
  const auto put = [&](std::string_view field, std::int64_t value) {
    if (field.empty()) return;
    put_key(out, field);
    if (message && field == "from") {
      out += node({static_cast<std::int32_t>(value)}, names);
    } else if (message && field == "api") {
      out += '"';
      const auto code = static_cast<std::uint16_t>(value);
      out += protocol::name(protocol::api_of(code));
      out += protocol::is_response(code) ? "Response\"" : "Request\"";
    } else if (field == "error" && line.kind == protocol::kind(protocol::Trace::ZkWriteRefused)) {
      put_quoted(out, protocol::name(static_cast<protocol::ZkError>(value)));
    } else if (field == "error") {
      put_quoted(out, protocol::name(static_cast<protocol::ErrorCode>(value)));
    } else {
      put_number(out, "", value);
    }
  };
  put(info.numbers[0], sim::LineParts::number<0>(line));
  put(info.numbers[1], sim::LineParts::number<1>(line));
  put(info.numbers[2], sim::LineParts::number<2>(line));
  if (const sim::ReasonNumber reason = sim::LineParts::reason(line); reason != 0) {
    put_key(out, info.reason);
    put_quoted(out, info.reasons.name_of(reason));
  }
  put_parts(out, info, sim::LineParts::text(line).view());
  out += '}';
}

void TraceWriter::write(const sim::TraceLine& line, const TraceNames& names) {
  constexpr std::size_t kAtOnce = 1 << 16;
  format_.append(text_, line, names);
  text_ += '\n';
  if (text_.size() < kAtOnce) return;
  out_ << text_;
  text_.clear();
}

void TraceWriter::add(const sim::TraceLine& line, const TraceNames& names) {
  if (waiting_.empty() && format_.can_name(line, names)) return write(line, names);
  waiting_.push_back(line);
  for (; !waiting_.empty() && format_.can_name(waiting_.front(), names); waiting_.pop_front())
    write(waiting_.front(), names);
}

void TraceWriter::finish(const TraceNames& names) {
  for (; !waiting_.empty(); waiting_.pop_front()) write(waiting_.front(), names);
  out_ << text_;
  text_.clear();
}

std::string trace_json(const sim::TraceLine& line, const TraceNames& names) {
  std::string out;
  TraceFormat().append(out, line, names);
  return out;
}

}  // namespace kafkascope::observe
