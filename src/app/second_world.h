// A second world beside the shown one: how it is opened, which acts happen in both, and its data for the dashboard.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/beside.h"
#include "app/dial.h"
#include "app/endings.h"
#include "app/notices.h"
#include "app/parting_ahead.h"
#include "app/runs.h"
#include "observe/model/passing.h"
#include "observe/why/why.h"
#include "ui/action.h"

namespace kafkascope::app {

class SecondWorld {
 public:
  using Deadline = Beside::Deadline;

  SecondWorld(Runs& runs, Notices& notices) : runs_(runs), run_(runs.shown), notices_(notices) {}

  /// Whether the other run's copy is not at the shown run's moment yet.
  bool late() const { return !beside_ || !beside_->stands_at(run_.now()); }
  /// Moves a copy of the counterpart to the shown run's moment, and looks for the first difference there. Returns
  /// whether it has arrived; the search may then still go on.
  bool follow(Deadline deadline);
  /// Whether the first difference is still being looked for: the window then works on, even while the world is paused.
  bool searches() const { return runs_.twin && !run_.free && beside_ && !late() && !beside_->searched(); }
  /// Whether copies of both runs still go on, for their endings or for an answer, even while the world is paused.
  bool looks_ahead() const { return ahead_ || (runs_.twin && !run_.free && endings_.looks()); }
  /// The shown run was replaced or changed: the first difference is looked for again.
  void look_again();

  /// Opens the run that the action asks for; returns false if there is none, after a notice that says why.
  bool open(const ui::Action& a);
  void close();
  /// Sets the dial to that stop; the other run is made anew once it has arrived with its last value.
  void turn(std::int64_t stop);
  /// Sets the dial to the stop requested last. Returns whether there was one.
  bool turn_on();
  /// Opens the variant that the lesson's view shows beside the run, once; closes it when the view stops asking for it.
  void follow_view();
  /// Repeats an act of the shown run in the other one at the same time, or says that it is impossible there. `left`:
  /// the run in which the act was done, if it started a new one.
  void repeat(const scenario::HandCommand& act, int left);
  /// Takes back the act of that moment in the other run, if that run repeated it.
  void take_back(sim::Instant act);
  /// Another run is shown instead of `left`: shows the twin that belongs to it.
  void keep_with(int left);

  /// The other run at the shown run's moment; null: there is none, or it has not arrived yet.
  scenario::Session* session() { return runs_.beside() != nullptr && !late() ? &beside_->session() : nullptr; }
  /// The run that Compare shows beside the shown one, at the same moment; null: there is none, or it has not arrived yet.
  scenario::Session* compared();
  /// Why the two worlds part or, as long as they do not, when they will: as far as that is known at the deadline.
  std::optional<observe::Answer> why_parting(Deadline deadline);
  /// Whether copies of both runs still go on for the rest of that answer.
  bool works_on_answer() const { return ahead_ != nullptr; }
  /// Goes on for it until the deadline. If the shown run is at another moment than the question, the answer ends with what is known.
  observe::Answer work_on_answer(Deadline deadline);
  /// The answer was closed.
  void stop_answering() { ahead_.reset(); }
  /// `selected`: what the picture is about; `shown`: the shown run's snapshot.
  void fill(ui::LessonModel& m, const std::string& selected, const observe::Snapshot& shown,
            const observe::Passing& passing);
  /// The results of the two runs side by side. `shown`: the shown run's snapshot.
  void fill_comparison(ui::LessonModel& m, const observe::Snapshot& shown);

 private:
  /// Creates the run that the action asks for; if that is impossible, says why.
  std::optional<Run> made_for(const ui::Action& a);
  void refuse(const ui::Words& why);
  void take_picture(ui::Twin& t, const std::string& selected, const observe::Snapshot& shown,
                    const observe::Passing& passing);

  Runs& runs_;
  Run& run_;
  Notices& notices_;
  std::optional<Beside> beside_;
  Endings endings_;
  std::unique_ptr<PartingAhead> ahead_;
  std::optional<Dial> dial_;  // the other run's setting
  std::shared_ptr<const observe::Snapshot> picture_;
  std::string view_beside_;  // the variant that the lesson's view requested
  /// The comparisons that the palette offers for this scenario, and the number of acts when they were computed.
  struct Offers {
    ScenarioPtr of;
    bool other_mode = true;  // it runs in the other metadata mode
    ui::Words why_not;       // if not
    std::size_t done = 0;
    std::shared_ptr<const std::vector<ui::TwinOffer>> list;
  };
  Offers offers_;
};

}  // namespace kafkascope::app
