#include "protocol/fact_texts.h"

#include <algorithm>
#include <charconv>

namespace kafkascope::fact {

namespace {

/// The numbers in a list, with any separators.
protocol::IdList ids_in(std::string_view list) {
  protocol::IdList ids;
  const char* const end = list.data() + list.size();
  for (const char* at = list.data(); at != end;) {
    protocol::BrokerId id = 0;
    const auto [next, error] = std::from_chars(at, end, id);
    if (error == std::errc{}) ids.push_back(id);
    at = error == std::errc{} ? next : at + 1;
  }
  return ids;
}

}  // namespace

protocol::IdList IdsText::ids() const { return ids_in(text.view()); }

protocol::IdList IdsChangeText::before() const { return ids_in(text.view().substr(0, text.view().find("->"))); }
protocol::IdList IdsChangeText::after() const {
  return ids_in(text.view().substr(std::min(text.view().find("->"), text.view().size())));
}

std::vector<std::string> PartitionsText::names() const {
  std::string_view list = text.view();
  const std::size_t open = list.find('['), close = list.rfind(']');
  if (open != std::string_view::npos && close != std::string_view::npos) list = list.substr(open + 1, close - open - 1);
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view name = list.substr(0, comma);
    if (const std::size_t begin = name.find_first_not_of(' '); begin != std::string_view::npos)
      names.emplace_back(name.substr(begin));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return names;
}

}  // namespace kafkascope::fact
