#include "sim/reason.h"

namespace kafkascope::sim {

namespace {

/// "EpochUnknown = 1" -> "epoch_unknown"
std::string spelled(std::string_view enumerator) {
  std::string name;
  for (const char c : enumerator) {
    if (c == '=') break;
    if (c >= 'A' && c <= 'Z') {
      if (!name.empty()) name += '_';
      name += static_cast<char>(c - 'A' + 'a');
    } else if (c != ' ' && c != '\n') {
      name += c;
    }
  }
  return name;
}

}  // namespace

std::string ReasonFamily::name_of(ReasonNumber number) const {
  std::string found;
  detail::for_each_enumerator(declared, [&](std::string_view one) {
    if (number != 0 && detail::declared_number(one) == number) found = spelled(one);
  });
  return found;
}

std::vector<ReasonNumber> ReasonFamily::numbers() const {
  std::vector<ReasonNumber> all;
  detail::for_each_enumerator(
      declared, [&](std::string_view one) { all.push_back(static_cast<ReasonNumber>(detail::declared_number(one))); });
  return all;
}

}  // namespace kafkascope::sim
