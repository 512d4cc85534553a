// kafkascope explain.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/language.h"
#include "app/cli/options.h"
#include "observe/why/kafka_docs.h"
#include "observe/why/origins.h"
#include "scenario/problem.h"

namespace kafkascope::cli {

using nlohmann::ordered_json;
using observe::Origin;

namespace {

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
  for (const std::string& kip : origin.kips) out["kip_addresses"].push_back(observe::kip_address(kip));
  out["documentation"] = observe::documentation_of(origin, protocol::KafkaVersion::V4_1);
  out["documentation_2_5"] = observe::documentation_of(origin, protocol::KafkaVersion::V2_5);
  if (origin.kind == observe::OriginKind::Config || origin.kind == observe::OriginKind::Error) {
    out["values"] = ordered_json::array();
    for (const observe::Words& value : observe::values_of(origin)) out["values"].push_back(both_json(value));
  }
  for (const Origin::Term& term : origin.see)
    out["see"].push_back({{"key", term.key}, {"en", term.name.en}, {"ko", term.name.ko}});
  return out;
}

/// For an unknown name: the most similar name of each kind.
std::string near_names(const std::string& name) {
  std::vector<std::string> near;
  for (const observe::OriginKind kind : observe::kOriginKinds) {
    std::vector<std::string> names;
    for (const Origin& origin : observe::all_origins())
      if (origin.kind == kind)
        names.push_back(kind == observe::OriginKind::Term ? origin.key.substr(9) : origin.short_name);
    std::string one = scenario::nearest(name, names);
    if (!one.empty() && std::find(near.begin(), near.end(), one) == near.end()) near.push_back(std::move(one));
  }
  return fmt::format("{}", fmt::join(near, ", "));
}

}  // namespace

namespace {

/// Everything that a KIP introduced or changed; used if no term has that name.
std::string things_of_kip(const std::string& name) {
  std::string kip = name;
  for (char& c : kip)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  std::vector<std::string> names;
  for (const Origin& origin : observe::all_origins())
    if (std::find(origin.kips.begin(), origin.kips.end(), kip) != origin.kips.end())
      names.push_back(observe::pick(language(), origin.name));
  return names.empty() ? std::string()
                       : tr("cli.kip_things"_w, {{"kip", kip}, {"names", fmt::format("{}", fmt::join(names, ", "))}});
}

}  // namespace

namespace {

/// The terms whose name, in either language, contains this word: "lost" in "lost though acked".
std::vector<Origin> terms_with(const std::string& word) {
  constexpr std::size_t kMost = 5;
  const auto has_word = [&](const std::string& name) {
    const auto letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    for (std::size_t at = name.find(word); at != std::string::npos; at = name.find(word, at + 1))
      if ((at == 0 || !letter(name[at - 1])) && (at + word.size() >= name.size() || !letter(name[at + word.size()])))
        return true;
    return false;
  };
  std::vector<Origin> terms;
  for (const Origin& origin : observe::all_origins())
    if (origin.kind == observe::OriginKind::Term && (has_word(origin.name.en) || has_word(origin.name.ko)))
      terms.push_back(origin);
  if (word.empty() || terms.size() > kMost) terms.clear();
  return terms;
}

}  // namespace

int explain(const Options& o) {
  const std::string name = fmt::format("{}", fmt::join(o.command, " "));
  std::vector<Origin> found = observe::origins_of(name);
  if (found.empty() && things_of_kip(name).empty()) found = terms_with(name);
  if (const std::string things = found.empty() && !o.json ? things_of_kip(name) : std::string(); !things.empty()) {
    std::cout << things << "\n";
    return kOk;
  }
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
  for (const Origin& origin : found)
    std::cout << (&origin == &found.front() ? "" : "\n") << observe::plain_text(origin, o.language());
  return kOk;
}

}  // namespace kafkascope::cli
