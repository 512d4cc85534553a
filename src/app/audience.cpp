#include "app/audience.h"

#include <nlohmann/json.hpp>

#include "app/kept_session.h"
#include "scenario/load.h"

namespace kafkascope::app {

using nlohmann::json;

std::vector<AudienceTeller::Line> AudienceTeller::tell(Player& player, bool korean, bool subtitles, bool anew) {
  std::vector<Line> lines;
  // Identifies the run: the whole session is sent again only after an act.
  const std::string run = player.runs().key();
  if (anew || run != run_) {
    lines.push_back({json{{"session", kept_text(player.runs().linked_session(false))}}.dump(
                         -1, ' ', false, json::error_handler_t::replace),
                     true});
    run_ = run;
  }
  const QuestionState q = player.question_state();
  const std::string now =
      json{{"now_us", player.now().us},
           {"korean", korean},
           {"subtitles", subtitles},
           {"question", {{"step", q.step}, {"open", q.open}, {"chosen", q.chosen}, {"votes", q.votes}}}}
          .dump();
  if (anew || now != now_) lines.push_back({now, !lines.empty()});
  now_ = now;
  return lines;
}

void AudienceFollower::take(const std::string& line) {
  const json j = json::parse(line, nullptr, false);
  if (!j.is_object()) return;
  if (j.contains("session") && j["session"].is_string()) {
    const auto runs = read_kept(j["session"].get<std::string>());
    scenario::Loaded loaded = scenario::load(runs ? runs->document : "");
    if (!loaded.ok()) return;
    auto player = std::make_unique<Player>(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)), "",
                                           runs->document);
    if (!player->take_back(*runs)) return;
    player_ = std::move(player);
    player_->set_slice(std::chrono::milliseconds(30));
    player_->play(false);
    ui::Action a;
    a.kind = ui::ActionKind::SetLayout;
    a.text = "presenter";
    player_->act(a);
    return;
  }
  if (player_ == nullptr || !j.contains("now_us") || !j["now_us"].is_number_integer()) return;
  korean_ = j.value("korean", false);
  subtitles_ = j.value("subtitles", false);
  to_ = sim::Instant{j["now_us"].get<std::int64_t>()};
  if (!j.contains("question") || !j["question"].is_object()) return;
  const json& q = j["question"];
  QuestionState& state = question_;
  state = {};
  state.step = q.value("step", -1);
  state.open = q.value("open", false);
  state.chosen = q.value("chosen", -1);
  if (q.contains("votes") && q["votes"].is_array())
    for (const json& v : q["votes"]) state.votes.push_back(v.is_number_integer() ? v.get<int>() : 0);
  player_->follow_question(state);
}

void AudienceFollower::tick() {
  if (player_ == nullptr) return;
  if (player_->busy()) player_->tick(0);
  if (!player_->busy() && to_ && player_->now() != *to_) player_->follow_to(*to_);
  player_->follow_question(question_);  // a question that this window skipped gets the first window's state
}

void AudienceFollower::act(const ui::Action& a) {
  const bool looks = a.kind == ui::ActionKind::LookAtSpaceTime || a.kind == ui::ActionKind::AskTool ||
                     a.kind == ui::ActionKind::LookUpSetting;
  if (looks && player_ != nullptr) player_->act(a);
}

}  // namespace kafkascope::app
