// Why two worlds part: what was set or done differently in one of them, and how that leads to the first difference.
#pragma once
#include "observe/time/divergence.h"
#include "observe/why/why.h"

namespace kafkascope::observe {

/// Two worlds at one moment. `here` is the one whose lines the answer links to; it is A, unless it is the changed copy of
/// the other.
struct TwoWorlds {
  const Moment& here;
  const Moment& there;
  bool here_is_b = false;
};

/// An original difference between the two, not a consequence: a setting, the seed, the metadata mode, an act.
struct Otherwise {
  std::string path;                                  // as for --set: "clients/shop/config/acks"; "steps": an act
  std::string a, b;                                  // the values
  Words words;                                       // "shop: acks is all in A and 1 in B"
  Words meaning;                                     // what the setting does; empty if `words` already says it
  std::string who;                                   // the client or topic that it belongs to; "" if it belongs to none
  std::optional<std::size_t> line_here, line_there;  // of an act
};
std::vector<Otherwise> what_differs(const TwoWorlds& worlds);

/// The answer for the first difference. nullopt: the line is not in the trace, because the run went back before it.
/// `differences`: what_differs(worlds), which reads both worlds' scenarios.
std::optional<Answer> why_parting(const TwoWorlds& worlds, const Parting& at, std::vector<Otherwise> differences);

}  // namespace kafkascope::observe
