// The text of coordinator records: words of "name=value", lists divided by ',', what would be taken for a divider percent-escaped.
#pragma once
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/ids.h"

namespace kafkascope::coordinator::record_text {

using protocol::TopicPartition;

constexpr std::string_view kDividers = " %=;,:";

inline std::string escape(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || kDividers.find(c) != std::string_view::npos) {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out;
}

inline std::string unescape(std::string_view text) {
  auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

inline std::int64_t number(std::string_view text, std::int64_t otherwise = -1) {
  std::int64_t n = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

inline std::vector<std::string_view> split(std::string_view text, char divider) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(divider);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

template <class List, class Text>
std::string join(const List& list, Text text) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? "" : ",") + text(item);
  return out;
}

inline std::string text_of(TopicPartition p) { return std::to_string(p.topic) + ":" + std::to_string(p.partition); }
inline std::string text_of(const std::vector<TopicPartition>& list) {
  return join(list, [](TopicPartition p) { return text_of(p); });
}
inline std::vector<TopicPartition> partitions_of(std::string_view text) {
  std::vector<TopicPartition> list;
  if (text.empty()) return list;
  for (std::string_view item : split(text, ',')) {
    const auto parts = split(item, ':');
    if (parts.size() == 2)
      list.push_back({static_cast<protocol::TopicId>(number(parts[0])), static_cast<std::int32_t>(number(parts[1]))});
  }
  return list;
}

/// "a=1 b=2" in order; names may come again.
inline std::vector<std::pair<std::string_view, std::string_view>> tokens_of(std::string_view text) {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  for (std::string_view token : split(text, ' ')) {
    const std::size_t at = token.find('=');
    if (at == std::string_view::npos) out.emplace_back(token, std::string_view());
    else out.emplace_back(token.substr(0, at), token.substr(at + 1));
  }
  return out;
}
inline std::string_view value_of(const std::vector<std::pair<std::string_view, std::string_view>>& tokens,
                                 std::string_view key) {
  for (const auto& [k, v] : tokens)
    if (k == key) return v;
  return {};
}

}  // namespace kafkascope::coordinator::record_text
