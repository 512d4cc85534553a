// kafkascope explain.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/files.h"
#include "observe/why/origins.h"
#include "scenario/problem.h"

namespace kafkascope::cli {

using nlohmann::ordered_json;
using observe::Origin;

namespace {

const std::string& spoken(const observe::Words& words) { return korean() && !words.ko.empty() ? words.ko : words.en; }

ordered_json both_json(const observe::Words& words) { return {{"en", words.en}, {"ko", words.ko}}; }

ordered_json origin_json(const Origin& origin) {
  ordered_json out = {{"key", origin.key},
                      {"kind", std::string(observe::to_string(origin.kind))},
                      {"name", both_json(origin.name)},
                      {"meaning", both_json(origin.meaning)},
                      {"kips", origin.kips},
                      {"classes", origin.classes},
                      {"tests", origin.tests},
                      {"fidelity", origin.fidelity},
                      {"see", ordered_json::array()}};
  for (const observe::Words& term : origin.see) out["see"].push_back(both_json(term));
  return out;
}

/// A label, and what belongs to it: on one line, or each on a line of its own.
void print_row(const char* label, const std::vector<std::string>& values, bool lines) {
  if (values.empty()) return;
  std::cout << "  " << label << ": " << fmt::format("{}", fmt::join(values, lines ? "\n    " : ", ")) << "\n";
}

void print_origin(const Origin& origin) {
  std::cout << spoken(origin.name) << " (" << tr(observe::words_of(origin.kind)) << ")\n  " << spoken(origin.meaning)
            << "\n";
  print_row("KIP", origin.kips, false);
  print_row("Kafka", origin.classes, false);
  print_row(tr("origin.tests"_w), origin.tests, true);
  print_row(tr("origin.fidelity"_w), origin.fidelity, true);
  std::vector<std::string> see;
  for (const observe::Words& term : origin.see) see.push_back(spoken(term));
  print_row(tr("origin.see"_w), see, false);
}

/// The name of each kind that is nearest to the one that nothing has.
std::string near_names(const std::string& name) {
  std::vector<std::string> near;
  for (const observe::OriginKind kind : observe::kOriginKinds) {
    std::string one = scenario::nearest(name, observe::names_with_origin(kind));
    if (!one.empty() && std::find(near.begin(), near.end(), one) == near.end()) near.push_back(std::move(one));
  }
  return fmt::format("{}", fmt::join(near, ", "));
}

}  // namespace

int explain(const Options& o) {
  const std::string name = fmt::format("{}", fmt::join(o.command, " "));
  const std::vector<Origin> found = observe::origins_of(name);
  if (found.empty()) {
    std::cerr << name << ": " << tr("cli.nothing_of_that_name"_w);
    if (const std::string near = near_names(name); !near.empty())
      std::cerr << tr("cli.or_did_you_mean"_w, {{"name", near}});
    std::cerr << "\n";
    return kBadInput;
  }
  if (o.json) {
    ordered_json out = ordered_json::array();
    for (const Origin& origin : found) out.push_back(origin_json(origin));
    std::cout << out.dump(2) << "\n";
    return kOk;
  }
  for (const Origin& origin : found) {
    if (&origin != &found.front()) std::cout << "\n";
    print_origin(origin);
  }
  return kOk;
}

}  // namespace kafkascope::cli
