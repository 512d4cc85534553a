#include "observe/spoken.h"

#include <vector>

namespace kafkascope::observe {

Words say(words::Key key, std::initializer_list<Spoken> arguments) {
  Words words;
  for (const words::Lang lang : words::kLangs) {
    words::Message message(key);
    for (const Spoken& a : arguments) message.add(a.name, lang == words::Lang::Ko ? a.ko : a.en);
    (lang == words::Lang::Ko ? words.ko : words.en) = words::render(lang, message);
  }
  return words;
}

Words reason_words(const sim::ReasonFamily& family, sim::ReasonNumber number, std::initializer_list<Spoken> arguments) {
  const std::string name = family.name_of(number);
  if (name.empty()) return {};
  return say(words::Key("reason." + std::string(family.name) + "." + name), arguments);
}

}  // namespace kafkascope::observe
