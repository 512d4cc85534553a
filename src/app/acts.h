// A person's acts in words: for the pill with Undo, for the name of a detour, for the act that a lesson asks for.
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
  bool loss = true;  // a fault, as opposed to a repair
};

/// Verbs that the engine does not support yet; menus show them as unavailable.
std::vector<std::string> verbs_not_there();
/// The kind of mark of a command on the timeline and in the log: Fault, Repair, or Command.
ui::MarkKind act_kind(std::string_view verb);
/// act_words names the nodes that references such as leader:orders-0 resolve to at the session's present moment.
/// script_words keeps the references, because a file's step may happen at another time.
ui::Words script_words(const cluster::Command& command, const scenario::Session& session);
ActWords act_words(const cluster::Command& command, const scenario::Session& session);
/// For a step that has happened: `nodes` are those to which its references were resolved then.
ActWords done_words(const cluster::Command& command, const std::vector<std::string>& nodes,
                    const scenario::Session& session);
/// The lesson's instruction to the learner: "Crash broker-1."
ui::Words order_words(const cluster::Command& command, const scenario::Session& session);
/// The state of the command's nodes if they are already in the wanted state: "broker-1 has crashed"; else empty.
ui::Words held_words(const cluster::Command& command, const scenario::Session& session);
/// All acts in one line; only the first three are named: "you crashed broker-2, paused broker-3".
ui::Words acts_name(const std::vector<scenario::HandCommand>& acts, const scenario::Session& session);

}  // namespace kafkascope::app
