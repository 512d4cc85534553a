// kafkascope inspect, check, list, new.
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/files.h"
#include "observe/state_document.h"
#include "scenario/session.h"
#include "scenario/templates.h"
#include "scenario/variants.h"

namespace kafkascope::cli {

using nlohmann::ordered_json;

int inspect(const Options& o) {
  const auto at = moment(o.at, "--at");
  if (!at) return kBadInput;
  if (!o.path.empty() && o.path.front() != '/') {
    std::cerr << "--path " << o.path << ": a JSON pointer begins with /, for example /partitions/orders-0/leader\n";
    return kBadInput;
  }
  const ScenarioPtr scenario = load_one(o.files.front(), o, o.variant.empty() ? "base" : o.variant, o.seed);
  if (scenario == nullptr) return kBadInput;
  scenario::Session session(scenario);
  session.run_until(*at);
  const auto value = observe::state_at(session.moment(), o.path);
  if (!value) {
    std::cerr << o.path << ": there is nothing at " << o.at << "; kafkascope inspect without --path shows the whole state\n";
    return kBadInput;
  }
  std::cout << value->dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  return session.cluster().world().faulted() ? kCannot : kOk;
}

int check(const Options& o) {
  bool ok = true;
  for (const std::string& file : o.files) {
    const auto text = read_file(file);
    if (!text) {
      ok = false;
      continue;
    }
    scenario::LoadOptions options;
    if (!o.variant.empty()) options.variant = o.variant;
    for (const std::string& set : o.sets) options.set.push_back(scenario::split_set(set));
    ok = print_problems(scenario::check(*text, options), file, std::cout) && ok;
  }
  return ok ? kOk : kBadInput;
}

int list(const Options& o) {
  ordered_json lessons = ordered_json::array();
  for (const auto& path : lesson_files()) {
    const auto text = read_file(path.string());
    if (!text) continue;
    const scenario::Loaded loaded = scenario::load(*text);
    if (!loaded.ok()) {
      print_problems(loaded, path.string(), std::cerr);
      continue;
    }
    const scenario::Scenario& s = *loaded.scenario;
    const auto both = [](const scenario::Text& t) { return ordered_json{{"en", t.en}, {"ko", t.ko.empty() ? t.en : t.ko}}; };
    lessons.push_back({{"id", s.id}, {"file", path.string()}, {"track", s.track}, {"title", both(s.title)}, {"summary", both(s.summary)},
                       {"minutes", s.minutes}, {"until_us", s.cluster.until.us}});
    if (!o.json) std::cout << s.track << "/" << s.id << "\n    " << in(o, s.title) << "\n    " << path.string() << "\n";
  }
  if (o.json) std::cout << lessons.dump(2) << "\n";
  if (lessons.empty()) {
    std::cerr << "No lessons found; set KAFKASCOPE_SCENARIOS to the folder scenarios/ of Kafkascope\n";
    return kCannot;
  }
  return kOk;
}

int new_file(const Options& o) {
  const scenario::Template* found = scenario::find_template(o.template_name);
  if (found == nullptr) {
    std::cerr << o.template_name << ": no such template; right would be minimal, lesson, incident, before-after or guard\n";
    return kBadInput;
  }
  std::error_code error;
  if (std::filesystem::exists(o.out, error)) {
    std::cerr << o.out << ": exists already and is left as it is; name another file\n";
    return kBadInput;
  }
  if (!write_file(o.out, std::string(found->text))) return kBadInput;
  std::cout << o.out << ": written; next: kafkascope " << o.out << "\n";
  return kOk;
}

}  // namespace kafkascope::cli
