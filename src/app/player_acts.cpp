// What a person does to the world, and the runs that come of it: detours, other seeds, changes to try. Nothing done is lost.
#include <fmt/format.h>

#include <algorithm>

#include "app/acts.h"
#include "app/player.h"
#include "scenario/supported.h"
#include "scenario/values.h"
#include "scenario/write.h"

namespace kafkascope::app {

using cluster::Verb;

namespace {

constexpr std::int64_t kPillUs = 10000000;
constexpr std::size_t kMostKept = 12;

bool is_script(const World& w) { return !w.flow.visible_steps().empty() && !w.free; }

}  // namespace

// ---- runs

World* Player::kept(int id) {
  const auto it = std::find_if(kept_.begin(), kept_.end(), [&](const World& w) { return w.id == id; });
  return it == kept_.end() ? nullptr : &*it;
}

ui::Words Player::name_of(const World& w) const {
  if (!w.name.empty()) return w.name;
  const auto acts = w.timeline.commands();
  const ui::Words title = w.scenario->title.empty() ? ui::Words{"the script", "대본"} : words(w.scenario->title);
  if (acts.empty()) return title;
  return acts_name(acts, w.session());
}

void Player::enter(World world) {
  w_ = std::move(world);
  w_.flow.present(presenting_);
  stop_moving();
  loop_.reset();
  pill_us_ = 0;
  after_run();
}

void Player::leave(ui::RunKind kind, ui::Words name, bool for_good) {
  World next(w_.scenario, w_.timeline.fork(), w_.flow);
  next.id = next_id_++;
  next.kind = kind;
  next.parent = for_good ? w_.parent : w_.id;
  next.name = std::move(name);
  next.from = for_good ? w_.from : w_.now();
  next.free = w_.free;
  next.past_end = w_.past_end;
  next.speed_ppm = w_.speed_ppm;
  next.log = w_.log;
  kept_.push_back(std::move(w_));
  if (kept_.size() > kMostKept) {
    // The oldest that nobody returns to.
    const auto needed = [&](const World& w) {
      return w.id == next.parent || w.id == 0 || std::any_of(kept_.begin(), kept_.end(), [&](const World& o) { return o.parent == w.id; });
    };
    const auto it = std::find_if_not(kept_.begin(), kept_.end(), needed);
    if (it != kept_.end()) kept_.erase(it);
  }
  enter(std::move(next));
}

void Player::go_to(int id) {
  World* there = kept(id);
  if (there == nullptr) return;
  World old = std::move(w_);
  World next = std::move(*there);
  *there = std::move(old);
  playing_ = held_ = false;
  enter(std::move(next));
}

// ---- acts

std::optional<cluster::Command> Player::command_of(const ui::Action& a) const {
  const auto verb = cluster::parse_verb(a.verb);
  if (!verb) return std::nullopt;
  cluster::Command c;
  c.verb = *verb;
  const auto ref = [](const std::string& name) { return cluster::NodeRef{cluster::NodeRef::Kind::Name, name, {}}; };
  const auto other_nodes = [&](const std::string& but) {
    std::vector<cluster::NodeRef> rest;
    for (const cluster::NodeInfo& info : w_.session().cluster().nodes())
      if (info.name != but) rest.push_back(ref(info.name));
    return rest;
  };
  const protocol::MetadataImage& metadata = w_.session().cluster().committed();
  constexpr std::int64_t kSlowDisk = 50'000;  // bytes/s
  switch (*verb) {
    case Verb::Partition:
    case Verb::Link:
    case Verb::Lose:
    case Verb::Hold:
    case Verb::Release:
      if (!a.target.empty()) c.from.push_back(ref(a.target));
      if (!a.other.empty()) {
        c.to.push_back(ref(a.other));
      } else if (*verb == Verb::Partition || *verb == Verb::Link) {
        c.to = other_nodes(a.target);
      }
      c.api = a.text;
      if (*verb == Verb::Link) {
        cluster::LatencySpec latency;
        latency.low = latency.high = sim::microseconds(a.number > 0 ? a.number : 200000);
        c.latency = latency;
      }
      if (*verb == Verb::Lose || *verb == Verb::Hold) c.count = 1;
      break;
    case Verb::Heal:
      if (!a.other.empty()) {
        c.from.push_back(ref(a.target));
        c.to.push_back(ref(a.other));
      } else if (!a.target.empty()) {
        c.node = ref(a.target);
      }
      break;
    case Verb::ElectLeaders:
      if (const auto partition = cluster::parse_partition_name(a.target)) c.partitions.push_back(*partition);
      c.unclean = a.text == "unclean";
      break;
    case Verb::Disk:
      c.node = ref(a.target);
      if (a.text == "fail") c.fail = true;
      else if (a.text == "full") c.capacity_bytes = std::max<std::int64_t>(1, a.number);  // as much as is on it
      else c.write_bytes_per_s = a.text == "slow" ? kSlowDisk : w_.scenario->cluster.disk.write_bytes_per_s;
      if (a.text == "well") c.fail = false, c.capacity_bytes = w_.scenario->cluster.disk.capacity_bytes;
      break;
    case Verb::SkewClock:
      c.node = ref(a.target);
      c.by = sim::seconds(600);
      break;
    case Verb::DeleteRecords:
      c.partition = cluster::parse_partition_name(a.target);
      c.before = a.number;
      break;
    case Verb::DeleteTopic: c.topic = a.target; break;
    case Verb::AddPartitions:
      c.topic = a.target;
      if (const auto* topic = metadata.topic(metadata.topic_id(a.target))) c.partition_count = static_cast<std::int32_t>(topic->partitions.size()) + 1;
      break;
    case Verb::Reassign:
      c.partition = cluster::parse_partition_name(a.target);
      c.cancel = a.text == "cancel";
      if (c.cancel || !c.partition) break;
      if (const auto* registration = metadata.partition(w_.session().cluster().partition(*c.partition)); registration != nullptr && !registration->replicas.empty()) {
        c.replicas.assign(registration->replicas.begin(), registration->replicas.end());
        c.replicas.back() = static_cast<std::int32_t>(a.number);  // the least preferred one goes
      }
      break;
    case Verb::ResetOffsets:
      c.group = a.target;
      c.position = cluster::PositionSpec{a.text == "latest" ? cluster::PositionSpec::Kind::End : cluster::PositionSpec::Kind::Beginning, 0};
      break;
    case Verb::DeleteGroup: c.group = a.target; break;
    default: c.node = ref(a.target); break;
  }
  return c;
}

void Player::fault(const ui::Action& a) {
  if (!scenario::is_supported(scenario::Form::Verb, a.verb)) return say({"This is not there yet: " + a.verb, "아직 안 돼요: " + a.verb}, true);
  if (const auto c = command_of(a)) command(*c);
}

void Player::set_config(const ui::Action& a) {
  cluster::Command c;
  c.verb = Verb::Configure;
  if (w_.session().cluster().find(a.target).valid()) {
    c.node = cluster::NodeRef{cluster::NodeRef::Kind::Name, a.target, {}};
  } else {
    const auto partition = cluster::parse_partition_name(a.target);
    c.topic = partition ? partition->topic : a.target;
  }
  // Nothing written: back to the default, as with kafka-configs --delete-config.
  c.config.emplace_back(a.text, a.other.empty() ? std::nullopt : std::optional(a.other));
  command(c);
}

void Player::command(const cluster::Command& c) {
  // The deed that the lesson asks for is no detour.
  if (const int turn = turn_step(); turn >= 0) {
    const cluster::Command& wanted = *w_.scenario->steps[static_cast<std::size_t>(turn)].command;
    const auto same = wanted.node && c.node && w_.session().cluster().resolve(*wanted.node) == w_.session().cluster().resolve(*c.node);
    if (wanted.verb == c.verb && same) return do_turn();
  }
  // What makes no sense now is refused, and leaves no trace.
  scenario::Session probe = w_.session();
  const ActWords told = act_words(c, w_.session());
  if (const cluster::Outcome outcome = probe.command(c); !outcome.done)
    return say({told.deed.en + ": " + outcome.message, told.deed.ko + ": " + outcome.message}, true);
  stop_moving();
  const bool leaves = is_script(w_) && !w_.left_script();
  const bool future = w_.timeline.known() > w_.now() || w_.timeline.commands().size() > w_.session().hand_commands().size();
  if (leaves) {
    leave(ui::RunKind::Detour, {}, false);
  } else if (future) {
    leave(w_.kind, {}, true);
  } else {
    w_.timeline.branch();
  }
  w_.session().command(c, leaves);
  w_.flow.skip_question();
  pill_ = told.done;
  pill_loss_ = told.loss;
  pill_us_ = kPillUs;
  resume_.active = false;
  // What comes of it is to be seen; who stopped the world by hand may want to do more at this very moment.
  if (held_ && !playing_) say({"The world stands: press Space to run it on.", "멈춰 있어요. Space를 누르면 이어져요."}, false);
  playing_ = playing_ || !held_;
  after_run();
}

void Player::do_turn() {
  const int turn = turn_step();
  if (turn < 0) return;
  w_.flow.release(turn);
  const ActWords told = act_words(*w_.scenario->steps[static_cast<std::size_t>(turn)].command, w_.session());
  run_towards(w_.session().next_due(), Clock::time_point::max());
  pill_ = told.done;
  pill_loss_ = told.loss;
  pill_us_ = 0;  // the lesson's own deed: Back undoes it
  playing_ = true;
  after_run();
}

void Player::undo() {
  const auto acts = w_.timeline.commands();
  if (acts.empty()) return say({"Nothing to undo", "되돌릴 것이 없어요"}, true);
  const ActWords told = act_words(acts.back().command, w_.session());
  say({"Undone: " + told.deed.en, "되돌림: " + told.deed.ko}, false);
  if (w_.kind == ui::RunKind::Detour && acts.size() == 1 && acts.back().leaves_script && kept(w_.parent) != nullptr) {
    // Nothing is left of the detour: back to where it began, and it is gone.
    const int gone = w_.id;
    go_to(w_.parent);
    std::erase_if(kept_, [&](const World& w) { return w.id == gone; });
    return;
  }
  stop_moving();
  w_.timeline.undo();
  w_.lanes.restart();
  w_.metrics.restart();
  w_.node_metrics.restart();
  w_.flow.forget_after(now(), w_.session());
  pill_us_ = 0;
  after_run();
}

void Player::keep_script() {
  if (w_.kind != ui::RunKind::Detour) return;
  auto acts = w_.timeline.commands();
  if (acts.empty()) return;
  // The script goes on from where it waited, with what was done there.
  std::size_t last = 0;
  while (last < acts.size() && !acts[last].leaves_script) ++last;
  const sim::Instant waited = acts[std::min(last, acts.size() - 1)].at;
  std::erase_if(acts, [&](const scenario::HandCommand& h) { return h.at > waited; });
  for (scenario::HandCommand& h : acts) h.leaves_script = false;
  stop_moving();
  w_.timeline.rewrite(acts, waited);
  w_.kind = ui::RunKind::Script;
  w_.parent = -1;
  w_.lanes.restart();
  w_.metrics.restart();
  w_.node_metrics.restart();
  w_.flow.forget_after(now(), w_.session());
  playing_ = true;
  after_run();
}

void Player::next_seed() {
  const std::uint64_t seed = w_.scenario->cluster.seed + 1;
  scenario::LoadOptions options = options_;
  std::erase_if(options.set, [](const auto& change) { return change.first == "seed"; });
  options.set.emplace_back("seed", std::to_string(seed));
  scenario::Loaded loaded = scenario::load(document_, options);
  if (!loaded.ok()) return say({"The seed could not be changed", "시드를 바꿀 수 없어요"}, true);
  World next(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)));
  next.id = next_id_++;
  next.kind = ui::RunKind::Seed;
  next.parent = w_.id;
  next.name = {fmt::format("same script, seed {}", seed), fmt::format("같은 대본, 시드 {}", seed)};
  next.flow.leave_unattended();
  kept_.push_back(std::move(w_));
  enter(std::move(next));
  playing_ = true;
}

void Player::try_next(std::size_t index) {
  if (index >= w_.scenario->tries.size()) return;
  const scenario::TryNext one = w_.scenario->tries[index];
  scenario::LoadOptions options = options_;
  options.set.insert(options.set.end(), one.set.begin(), one.set.end());
  scenario::Loaded loaded = scenario::load(document_, options);
  if (!loaded.ok()) return say({"This change cannot be made", "이 변경은 할 수 없어요"}, true);
  World next(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)));
  next.id = next_id_++;
  next.kind = ui::RunKind::Try;
  next.parent = w_.id;
  next.name = words(one.text);
  next.flow.leave_unattended();
  // Acts stand instead of the script from the first one on, and come before what the script has at that very time.
  std::vector<scenario::HandCommand> acts;
  for (const scenario::Step& step : one.steps)
    if (step.command && step.trigger == scenario::Step::Trigger::At) acts.push_back({step.at, *step.command, false});
  std::stable_sort(acts.begin(), acts.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  sim::Instant begin{0};
  if (!acts.empty()) {
    acts.front().leaves_script = true;
    acts.front().at = std::max(sim::Instant{0}, acts.front().at - sim::microseconds(1));
    begin = std::max(sim::Instant{0}, acts.front().at - sim::seconds(1));
    next.timeline.rewrite(acts, sim::Instant{0});
  }
  next.from = begin;
  kept_.push_back(std::move(w_));
  enter(std::move(next));
  playing_ = true;
  if (begin.us > 0) set_out(begin);
}

void Player::free_play() {
  if (w_.free) return;
  leave(ui::RunKind::Free, {"free play with this cluster", "이 클러스터로 자유 실습"}, false);
  w_.free = true;
  playing_ = true;
  after_run();
}

// ---- to keep and to hand on

std::string Player::run_key() const {
  const auto acts = w_.timeline.commands();
  std::string key = fmt::format("{} {} {} {}", file_, w_.id, w_.scenario->cluster.seed, w_.free);
  for (const scenario::HandCommand& c : acts) key += fmt::format(" {}", c.at.us);
  return key;
}

void Player::follow_question(const QuestionState& state) {
  w_.flow.follow_question(state, w_.session());
  ++revision_;
}

void Player::follow_to(sim::Instant t) {
  w_.past_end = true;
  if (t != w_.now()) set_out(t);
}

bool Player::acted() const {
  return !w_.timeline.commands().empty() || std::any_of(kept_.begin(), kept_.end(), [](const World& w) { return !w.timeline.commands().empty(); });
}

const World* Player::counterpart() const {
  const World* found = nullptr;
  for (const World& w : kept_) {
    if (w.id == w_.parent) return &w;
    if (w.parent == w_.id && w.kind != ui::RunKind::Free && (found == nullptr || w.id > found->id)) found = &w;
  }
  return w_.free ? nullptr : found;
}

void Player::follow_beside() {
  const World* other = counterpart();
  if (other == nullptr) {
    beside_.reset();
    return;
  }
  const std::size_t acts = other->timeline.commands().size();
  if (!beside_ || beside_->world != other->id || beside_->acts != acts) {
    beside_ = Beside{other->id, acts, other->timeline};
    ++revision_;
  }
  if (!comparison_late()) return;
  const auto until = deadline();
  beside_->timeline.seek(now(), [&] { return Clock::now() < until; });
  ++revision_;
}

std::string Player::saved_session(bool as_file) const {
  const scenario::Session& s = w_.session();
  scenario::SavedSession saved;
  saved.as_file = as_file;
  saved.variant = w_.scenario->variant;
  saved.set = options_.set;
  saved.seed = w_.scenario->cluster.seed;
  for (const scenario::HandCommand& c : w_.timeline.commands()) saved.acts.emplace_back(c.at, c.command);
  if (now() > s.until()) saved.until = now();
  if (s.script_suspended()) {
    saved.left_script.emplace();
    for (const scenario::StepResult& r : s.step_results()) saved.left_script->push_back(r.happened);
    saved.until = std::max(now(), w_.timeline.known());
  }
  for (const World& w : kept_) {
    if (w.kind != ui::RunKind::Detour) continue;
    const ui::Words name = name_of(w);
    scenario::SavedSession::Detour detour{{name.en, name.ko}, {}};
    for (const scenario::HandCommand& c : w.timeline.commands()) detour.acts.emplace_back(c.at, c.command);
    if (!detour.acts.empty()) saved.detours.push_back(std::move(detour));
  }
  return scenario::to_json(document_, saved).value_or(document_);
}

std::string Player::link() const {
  return fmt::format("{}@{}{}", file_, scenario::duration_text(now() - sim::Instant{0}), selected_.empty() ? "" : "#" + selected_);
}

}  // namespace kafkascope::app
