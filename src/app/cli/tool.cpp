// kafkascope tool: Kafka's own command-line tools at one moment of a run.
#include <iostream>

#include "app/cli/files.h"
#include "app/cli/progress.h"
#include "app/cli/report.h"
#include "observe/tools/tool.h"
#include "scenario/session.h"

namespace kafkascope::cli {

int ask_tool(const Options& o) {
  const auto at = moment(o.at, "--at");
  if (!at) return kBadInput;
  const ScenarioPtr scenario = load_one(o.files.front(), o, o.variant.empty() ? "base" : o.variant, o.seed);
  if (scenario == nullptr || !can_go_to(*scenario, *at)) return kBadInput;
  scenario::Session session(scenario);
  run_with_progress(session, *at, o.files.front());
  session.run_until(*at);
  const auto command = o.command.size() == 1 ? observe::tools::split_command(o.command.front()) : o.command;
  const observe::tools::Answer answer = observe::tools::ask(session.moment().cluster, command);
  if (answer.refused) {
    std::cerr << words::render(language(), *answer.refused) << "\n";
    return kBadInput;
  }
  for (const auto& part : answer.parts) (part.error ? std::cerr : std::cout) << part.text << std::flush;
  if (answer.timed_out) std::cerr << words::render(language(), *answer.timed_out) << "\n";
  if (!print_end(session, o, std::cerr)) return kCannot;
  return answer.status == 0 ? kOk : kFailed;
}

}  // namespace kafkascope::cli
