// A broker between running and not running: in its controlled shutdown, or registered and not unfenced yet.
#include "observe/node_config.h"
#include "observe/why/why_parts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using Line = Story::Line;

namespace {

/// What makes a broker end by itself: it could not tell the controller of a failed directory in time (KIP-858).
const Line* untold_directory(const Story& story, sim::NodeId node, std::uint64_t since) {
  if (story.cluster().under_zookeeper()) return nullptr;
  const Line* failed =
      story.last<fact::LogDirOffline>(story.end(), [&](const auto&, const Line& l) { return l.node == node; });
  return failed != nullptr && failed->seq > since ? failed : nullptr;
}

/// Tells what keeps the broker from its controller, so that it stays for a while; otherwise, that it waits for the
/// controller.
void tell_awaits_leave(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const std::string& who = story.cluster().info(node).name;
  const sim::NodeId controller = story.cluster().active_controller();
  const bool cut = controller.valid() && controller != node &&
                   (story.cluster().is_cut(node, controller) || story.cluster().is_cut(controller, node));
  // A controller that shuts down depends on other nodes as well.
  if (cut) telling.trail(story.hindrance(node, story.end(), {controller}), Weight::Link);
  else if (controller == node) telling.trail(story.hindrance(node, story.end()), Weight::Link);
  telling.now("why.shutting_down"_w,
              {{"broker", who},
               {"cut", cut ? story.cluster().info(controller).name : std::string()},
               {"waits", cut ? "" : "1"}},
              Weight::Point, who);
}

}  // namespace

void tell_shutting_down(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const std::string& who = story.cluster().info(node).name;
  const Line* started = start_before(story, node, story.end());
  const std::uint64_t since = started == nullptr ? 0 : started->seq;
  const Line* asked = story.act_on(node, {"shutdown", "stop"}, story.end(), since);
  telling.trail(asked, Weight::Cause);
  if (story.cluster().info(node).client >= 0)
    return telling.now("why.client_closes"_w, {{"client", who}}, Weight::Point, who);
  const Line* failed = asked != nullptr ? nullptr : untold_directory(story, node, since);
  telling.trail(failed, Weight::Cause);
  tell_awaits_leave(telling, node);
  if (failed == nullptr) return;
  const std::int64_t ms = server_config(story.cluster(), node).number("log.dir.failure.timeout.ms");
  telling.dated("why.directory_untold"_w, {{"broker", who}, {"ms", ms}}, failed->time + sim::milliseconds(ms),
                Weight::Point, who);
}

bool tell_loads_logs(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const auto own = [&](const auto&, const Line& l) { return l.node == node; };
  const Line *started = story.last<fact::NodeStarted>(story.end(), own),
             *loading = story.last<fact::LogsLoading>(story.end(), own);
  if (!story.cluster().alive(node) || started == nullptr || loading == nullptr || loading->seq < started->seq)
    return false;
  const auto f = as<fact::LogsLoading>(*loading);
  const sim::Instant until = loading->time + f.takes_us;
  if (until <= story.cluster().now()) return false;
  const std::string& who = story.cluster().info(node).name;
  telling.trail(story.bad_disk(node, story.end()), Weight::Cause);
  telling.say("why.loads_logs"_w, {{"broker", who}, {"bytes", f.bytes}, {"until", in_seconds(until.us)}}, loading,
              Weight::Point, who);
  return true;
}

bool tell_registered_fenced(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const std::string& who = story.cluster().info(node).name;
  const auto its = [id = story.cluster().info(node).id](const auto& f, const Line&) { return f.broker == id; };
  const Line* registered = story.last<fact::BrokerRegistered>(story.end(), its);
  const Line* fenced = story.last<fact::BrokerFenced>(story.end(), its);
  const Line* unfenced = story.last<fact::BrokerUnfenced>(story.end(), its);
  if (registered == nullptr || registered->time.us == 0 || latest({registered, fenced, unfenced}) != registered)
    return false;
  const Line* died =
      story.last<fact::NodeDied>(registered->seq, [&](const auto&, const Line& l) { return l.node == node; });
  const bool was_fenced = fenced != nullptr && latest({fenced, unfenced}) == fenced;
  telling.trail(was_fenced ? fenced : died, was_fenced ? Weight::Link : Weight::Cause);
  telling.say("why.registers_fenced"_w, {{"broker", who}}, registered, Weight::Point, who);
  if (!telling.has_root()) telling.trail(registered, Weight::Aside);
  if (is_silent(story, node)) telling.trail(story.silence(node, story.end()), Weight::Cause);
  return true;
}

}  // namespace kafkascope::observe
