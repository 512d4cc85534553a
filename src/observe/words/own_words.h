// The sentence of a fact with a header of its own (protocol/own_facts.h): fact.<its name> in the catalogues, with the arguments {who},
// {partition} and its fields by their names. Durations are in milliseconds.
#pragma once
#include <concepts>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "observe/words/words_parts.h"

namespace kafkascope::observe {

template <class Field>
Words words_of_field(const Field& field, const Told& told) {
  const auto same = [](std::string text) { return Words{text, text}; };
  if constexpr (sim::Reason<Field>) return reason_words(field);
  else if constexpr (requires { field.topic; }) return same(told.p);
  else if constexpr (std::same_as<Field, sim::NodeId>) return same(told.names.node(field));
  else if constexpr (std::same_as<Field, sim::Duration>) return same(std::to_string(field.us / 1000));
  else if constexpr (requires { field.view(); }) return same(std::string(field.view()));
  else if constexpr (requires { field.value; }) return same(std::to_string(field.value));
  else return same(std::to_string(static_cast<std::int64_t>(field)));
}

template <class F>
Words words_of_own(words::Key key, const F& fact, const Told& told) {
  words::Message en(key), ko(key);
  const auto add = [&](std::string_view name, const Words& words) {
    en.add(name, words.en);
    ko.add(name, words.ko);
  };
  add("who", {told.who, told.who});
  std::string_view names = F::kFieldNames;
  const auto next = [&names] {
    const std::size_t comma = names.find(',');
    const std::string_view name = names.substr(0, comma);
    names.remove_prefix(comma == std::string_view::npos ? names.size() : names.find_first_not_of(' ', comma + 1));
    return name;
  };
  std::apply([&](const auto&... field) { (add(next(), words_of_field(field, told)), ...); }, fact.fields());
  return {words::render(words::Lang::En, en), words::render(words::Lang::Ko, ko)};
}

}  // namespace kafkascope::observe
