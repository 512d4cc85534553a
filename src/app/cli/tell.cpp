// kafkascope tell: the lesson as text. On a terminal: Enter for next, questions by number; piped: all at once.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "app/cli/files.h"
#include "app/cli/report.h"
#include "observe/words.h"
#include "scenario/session.h"

namespace kafkascope::cli {

namespace {

class Teller {
 public:
  Teller(ScenarioPtr scenario, const Options& o)
      : o_(o), session_(std::move(scenario), true), interactive_(isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0) {}

  int tell() {
    const scenario::Scenario& s = session_.scenario();
    std::cout << in(o_, s.title) << "\n" << in(o_, s.summary) << "\n\n";
    bool go_on = true;
    while (go_on && session_.now() < session_.until()) {
      const int before = session_.next_step();
      const bool more = session_.step(session_.until());
      print_events();
      if (before >= 0 && session_.step_results()[static_cast<std::size_t>(before)].happened) go_on = step_happened(static_cast<std::size_t>(before));
      if (!more) break;
    }
    if (!go_on) return kOk;
    session_.run_to_end();
    print_events();
    std::cout << "\n";
    print_ledger(session_, o_, std::cout);
    for (std::size_t i = 0; i < s.expect.size(); ++i) {
      const scenario::ExpectationResult& r = session_.expectation_results()[i];
      if (r.decided && !r.ok) std::cout << fmt::format("FAIL {} {}, seen {}\n", s.expect[i].path, scenario::wanted_text(s.expect[i]), r.seen);
    }
    return session_.ok() ? kOk : kFailed;
  }

 private:
  static std::string stamp(sim::Instant t) { return fmt::format("{:>3}.{:03d}s  ", t.us / 1000000, t.us / 1000 % 1000); }
  const std::string& words(const observe::Words& w) const { return o_.korean() && !w.ko.empty() ? w.ko : w.en; }

  void print_events() {
    const observe::TraceStore& trace = session_.observation().trace();
    const observe::ClusterView names(session_.cluster());
    for (; told_ < trace.size(); ++told_) {
      const sim::TraceLine& line = trace[told_];
      if (!observe::matters(line)) continue;
      if (line.kind == sim::trace_kind::kCommand && line.time.us == 0) continue;
      if (line.topic >= 0 && names.topic(line.topic).starts_with("__")) continue;  // internal topics follow the others
      std::cout << "    " << stamp(line.time) << words(observe::sentence(line, names)) << "\n";
    }
  }

  bool next() {
    if (!interactive_) return true;
    std::cout << (o_.korean() ? "  [Enter: 다음, q: 끝] " : "  [Enter: next, q: quit] ") << std::flush;
    std::string answer;
    return std::getline(std::cin, answer) && answer != "q";
  }

  bool step_happened(std::size_t index) {
    const scenario::Step& s = session_.scenario().steps[index];
    const scenario::StepResult& r = session_.step_results()[index];
    bool spoke = false;
    if (s.say) {
      std::cout << stamp(r.at) << in(o_, *s.say) << "\n";
      spoke = true;
    }
    if (s.ask) {
      ask(*s.ask, r.at);
      return true;
    }
    if (s.command && !r.message.empty()) std::cout << "    " << stamp(r.at) << r.message << "\n";
    if (!r.ok) std::cout << stamp(r.at) << "FAIL " << r.message << "\n";
    return spoke ? next() : true;
  }

  void ask(const scenario::Ask& q, sim::Instant at) {
    std::cout << stamp(at) << (o_.korean() ? "질문: " : "Question: ") << in(o_, q.question) << "\n";
    for (std::size_t i = 0; i < q.choices.size(); ++i) std::cout << "        " << i + 1 << ") " << in(o_, q.choices[i].text) << "\n";
    const std::string right = q.answer >= 0 ? fmt::format("{}) {}", q.answer + 1, in(o_, q.choices[static_cast<std::size_t>(q.answer)].text)) : q.pick_answer;
    if (interactive_) {
      std::cout << (o_.korean() ? "  번호? " : "  number? ") << std::flush;
      std::string answer;
      std::getline(std::cin, answer);
      const int chosen = answer.empty() || answer.find_first_not_of("0123456789") != std::string::npos || answer.size() > 3 ? -1 : std::stoi(answer) - 1;
      if (chosen >= 0 && chosen < static_cast<int>(q.choices.size()) && chosen != q.answer) {
        const auto& because = q.choices[static_cast<std::size_t>(chosen)].because;
        if (!because.empty()) std::cout << "        " << in(o_, because) << "\n";
      }
    }
    std::cout << (o_.korean() ? "        답: " : "        Answer: ") << right << "\n";
    if (!q.why.empty()) std::cout << "        " << in(o_, q.why) << "\n";
  }

  const Options& o_;
  scenario::Session session_;
  bool interactive_;
  std::size_t told_ = 0;
};

}  // namespace

int tell(const Options& o) {
  const ScenarioPtr scenario = load_one(o.files.front(), o, o.variant.empty() ? "base" : o.variant, o.seed);
  return scenario == nullptr ? kBadInput : Teller(scenario, o).tell();
}

}  // namespace kafkascope::cli
