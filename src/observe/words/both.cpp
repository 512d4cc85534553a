#include "observe/words/both.h"

namespace kafkascope::observe {

using words::Lang;

Words both(words::Key key) { return {words::text(Lang::En, key), words::text(Lang::Ko, key)}; }

Words both(words::Key key, std::initializer_list<BothArg> arguments) {
  words::Message en(key), ko(key);
  for (const BothArg& a : arguments) {
    en.add(a.name, a.en);
    ko.add(a.name, a.ko);
  }
  return {words::render(Lang::En, en), words::render(Lang::Ko, ko)};
}

Words both(const words::Message& message) {
  return {words::render(Lang::En, message), words::render(Lang::Ko, message)};
}

Words reason_words(const sim::ReasonFamily& family, sim::ReasonNumber number,
                   std::initializer_list<BothArg> arguments) {
  const std::string name = family.name_of(number);
  if (name.empty()) return {};
  return both(words::Key("reason." + std::string(family.name) + "." + name), arguments);
}

}  // namespace kafkascope::observe
