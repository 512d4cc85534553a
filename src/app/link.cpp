#include "app/link.h"

#include <fmt/format.h>

#include <charconv>

namespace kafkascope::app {
namespace {

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char* const digits = text.data() + i + 1;
    unsigned value = 0;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool is(std::string_view value, std::initializer_list<std::string_view> choices) {
  for (const std::string_view choice : choices)
    if (value == choice) return true;
  return false;
}

Link parse_fragment(std::string_view rest) {
  Link link;
  for (bool first = true; first || !rest.empty(); first = false) {
    const std::size_t end = rest.find('&');
    const std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (first) {
      const std::size_t at = part.rfind('@');
      if (part.starts_with('=')) {
        link.scenario = part.substr(1, at == std::string_view::npos ? at : at - 1);
        if (link.scenario.empty()) link.scenario = "=";  // a broken link: it holds a scenario that cannot be read
      }
      if (link.scenario.empty()) link.lesson = decoded(part.substr(0, at));
      if (at != std::string_view::npos) link.at = decoded(part.substr(at + 1));
      continue;
    }
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = part.substr(0, equals);
    std::string value = decoded(part.substr(equals + 1));
    if (key == "select") link.select = std::move(value);
    else if (key == "lang" && is(value, {"en", "ko"})) link.lang = std::move(value);
    else if (key == "layout" && is(value, {"lesson", "workbench", "presenter"})) link.layout = std::move(value);
  }
  return link;
}

}  // namespace

std::optional<Link> parse_link(std::string_view text) {
  const std::size_t hash = text.find('#');
  const bool address = text.starts_with("http://") || text.starts_with("https://");
  if (address && hash == std::string_view::npos) return Link{};
  if (address || hash == 0) return parse_fragment(text.substr(hash + 1));
  const std::size_t at = text.substr(0, hash).rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  Link link;
  link.lesson = text.substr(0, at);
  link.at = text.substr(at + 1, hash == std::string_view::npos ? hash : hash - at - 1);
  if (hash != std::string_view::npos) link.select = text.substr(hash + 1);
  return link;
}

std::string address_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string link_text(const Link& link) {
  std::string text = link.scenario.empty() ? "#" + address_encoded(link.lesson) : "#=" + link.scenario;
  if (!link.at.empty()) text += "@" + address_encoded(link.at);
  if (!link.select.empty()) text += "&select=" + address_encoded(link.select);
  if (!link.lang.empty()) text += "&lang=" + link.lang;
  if (!link.layout.empty()) text += "&layout=" + link.layout;
  return text;
}

}  // namespace kafkascope::app
