// What a person did, in words: for the pill with Undo, the name of a detour, the deed a lesson asks for.
#pragma once
#include <string_view>
#include <vector>

#include "scenario/session.h"
#include "ui/models.h"

namespace kafkascope::app {

struct ActWords {
  ui::Words done;    // "broker-2 crashed"
  ui::Words you;     // "you crashed broker-2"
  ui::Words deed;    // "crash broker-2"
  bool loss = true;  // something was taken away, rather than given back
};

/// Verbs that the engine cannot do yet: menus show them, and say so.
std::vector<std::string> verbs_not_there();
/// What a command is on the timeline and in the log: Fault, Repair, or Command.
ui::MarkKind act_kind(std::string_view verb);
/// References such as leader:orders-0 are told as whom they mean in the session's present.
/// script_words: what a file's step does, whenever it comes, so that its references stay what they are.
ui::Words script_words(const cluster::Command& command, const scenario::Session& session);
ActWords act_words(const cluster::Command& command, const scenario::Session& session);
/// How a lesson asks the learner for it: "Crash broker-1."
ui::Words order_words(const cluster::Command& command, const scenario::Session& session);
/// What its nodes are where the command has nothing left to do: "broker-1 has crashed"; empty: it is still to be done.
ui::Words held_words(const cluster::Command& command, const scenario::Session& session);
/// All of them in one line, the first three named: "you crashed broker-2, paused broker-3".
ui::Words acts_name(const std::vector<scenario::HandCommand>& acts, const scenario::Session& session);

}  // namespace kafkascope::app
