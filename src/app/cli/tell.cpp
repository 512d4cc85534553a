// kafkascope tell: the lesson as text. On a terminal: Enter for next, questions by number; piped: all at once.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>

#include "app/cli/files.h"
#include "app/cli/report.h"
#include "observe/model/watermark_wait.h"
#include "observe/words/message_acts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "scenario/session.h"
#include "scenario/shortened_clocks.h"
#include "storage/partition_log.h"

namespace kafkascope::cli {

namespace {

constexpr std::string_view kIndent = "          ";
constexpr sim::Duration kMoment = sim::milliseconds(100);
constexpr std::int64_t kWaitTold = 1'000'000;  // µs for which a high watermark must wait to be mentioned

/// Whether the following events already show the act ("broker-1 crashes").
bool shows_itself(cluster::Verb verb) {
  switch (verb) {
    case cluster::Verb::Crash:
    case cluster::Verb::PowerOff:
    case cluster::Verb::Restart:
    case cluster::Verb::Shutdown:
    case cluster::Verb::Pause:
    case cluster::Verb::Resume:
    case cluster::Verb::Start:
    case cluster::Verb::Stop:
    case cluster::Verb::Kill:
    case cluster::Verb::CreateTopic: return true;
    default: return false;
  }
}

class Teller {
 public:
  Teller(ScenarioPtr scenario, const Options& o)
      : o_(o),
        session_(std::move(scenario), true),
        interactive_(isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0) {}

  int tell() {
    const scenario::Scenario& s = session_.scenario();
    const scenario::Text clocks = scenario::clock_badge(scenario::shortened_clocks(s));
    for (const scenario::Text* text : {&s.title, &s.summary, &clocks})
      if (!text->empty()) std::cout << in(o_, *text) << "\n";
    std::cout << "\n";
    while (session_.now() < session_.until()) {
      const int next = session_.next_step();
      const bool more = session_.step(session_.until());
      const bool happened = next >= 0 && session_.step_results()[static_cast<std::size_t>(next)].happened;
      bool wait = false;
      if (happened) wait = tell_step(static_cast<std::size_t>(next));
      print_events();  // a step's text precedes its effects
      print_waits();
      if (wait && !go_on()) return kOk;
      if (!more) break;
    }
    session_.run_to_end();
    print_events();
    std::cout << "\n";
    print_ledger(session_, o_, std::cout);
    print_answers();
    print_what_failed();
    if (!print_end(session_, o_, std::cout)) return kCannot;
    return session_.ok() ? kOk : kFailed;
  }

 private:
  static std::string stamp(sim::Instant t) { return fmt::format("{:>7}s  ", seconds_shown(t)); }
  const std::string& words(const observe::Words& w) const { return o_.korean() && !w.ko.empty() ? w.ko : w.en; }

  /// Prints each paragraph on its own line.
  void say(sim::Instant at, const std::string& text) const {
    std::cout << stamp(at);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\n') std::cout << text[i];
      else if (i + 1 < text.size() && text[i + 1] != '\n') std::cout << "\n" << kIndent;
    }
    std::cout << "\n";
  }

  /// Similar events of several partitions at nearly the same time become one line: "leads many-0 … many-59".
  struct Alike {
    std::string key;  // the sentence without the partition
    sim::Instant at;  // time of the first sentence
    std::vector<std::string> partitions;
    observe::Words last;
  };
  void print(const Alike& alike) const {
    std::string text = words(alike.last);
    if (const std::size_t count = alike.partitions.size(); count > 1) {
      // The last name stays last, because the Korean particle after it depends on it.
      const std::string& last = alike.partitions.back();
      if (const std::size_t at = text.find(last); at != std::string::npos)
        text.insert(at, alike.partitions.front() + (count == 2 ? ", " : " … "));
      if (count > 2) text += words::render(o_.language(), "cli.of_partitions"_w, {{"count", std::to_string(count)}});
    }
    std::cout << "    " << stamp(alike.at) << text << "\n";
  }

  void print_events() {
    const observe::TraceStore& trace = session_.observation().trace();
    const observe::ClusterView names(session_.cluster(), &session_.observation());
    std::vector<Alike> told;
    for (; told_ < trace.size(); ++told_) {
      const sim::TraceLine& line = trace[told_];
      // Acts are printed as steps; the effects of successful ones appear in later lines.
      if (!observe::matters(line) || line.kind == sim::trace_kind::kCommand) continue;
      const auto answer = fact_if<fact::CommandResult>(line);
      if (answer && answer->error == protocol::ErrorCode::NONE) continue;
      if (line.topic >= 0 && names.topic(line.topic).starts_with("__"))
        continue;  // internal topics always behave like the others
      observe::Words sentence = observe::sentence(line, names);
      const std::string partition =
          line.topic >= 0 ? names.topic(line.topic) + "-" + std::to_string(line.partition) : std::string();
      std::string key = sentence.en;
      if (const std::size_t at = partition.empty() ? std::string::npos : key.find(partition); at != std::string::npos)
        key.erase(at, partition.size());
      else key += "\n" + std::to_string(told_);  // unlike any other key
      auto alike = std::find_if(told.begin(), told.end(),
                                [&](const Alike& a) { return a.key == key && line.time.us - a.at.us <= kMoment.us; });
      if (alike == told.end()) alike = told.insert(alike, {key, line.time, {}, {}});
      alike->partitions.push_back(partition);
      alike->last = std::move(sentence);
    }
    for (const Alike& one : told) print(one);
  }

  /// No event reports that a failed disk holds a high watermark back, so this is checked while a disk is failed.
  void print_waits() {
    observe::Observation& observation = session_.observation();
    if (observation.dir_failures().empty() || session_.now() < looked_ + kMoment) return;
    looked_ = session_.now();
    constexpr int kMost = 3;  // lines per moment
    int told = 0, more = 0;
    const auto line = [&](const std::string& text) {
      ++told <= kMost ? void(std::cout << "    " << stamp(session_.now()) << text << "\n") : void(++more);
    };
    const auto& topics = session_.cluster().committed().topics();
    for (std::size_t topic = 0; topic < topics.size(); ++topic) {
      if (topics[topic].name.starts_with("__")) continue;
      for (std::size_t i = 0; i < topics[topic].partitions.size(); ++i) {
        const protocol::TopicPartition tp{static_cast<protocol::TopicId>(topic), static_cast<std::int32_t>(i)};
        const observe::WatermarkWait wait = observe::watermark_wait(session_.cluster(), tp);
        const observe::Words held =
            wait.us < kWaitTold ? observe::Words{} : observe::held_by_a_disk(session_.moment(), tp, wait);
        const auto known = held_back_.find(tp);
        if (held.empty() != (known != held_back_.end())) continue;
        const storage::PartitionLog* log = session_.cluster().leader_log(tp);
        const std::int64_t offset = log == nullptr ? -1 : log->high_watermark().value;
        if (!held.empty()) {
          held_back_.emplace(tp, offset);
          line(words(held));
        } else if (offset != known->second) {  // the next fetch has moved the high watermark
          held_back_.erase(known);
          line(words::render(o_.language(), "cli.watermark_moves"_w, {{"partition", session_.cluster().name(tp)}}));
        }
      }
    }
    if (more > 0)
      std::cout << kIndent << "    "
                << words::render(o_.language(), "cli.more_likewise"_w, {{"count", std::to_string(more)}}) << "\n";
  }

  bool go_on() const {
    if (!interactive_) return true;
    std::cout << words::text(o_.language(), "cli.go_on"_w) << std::flush;
    std::string answer;
    return std::getline(std::cin, answer) && answer != "q";
  }

  /// Whether the reader should get a pause after the step.
  bool tell_step(std::size_t index) {
    const scenario::Step& s = session_.scenario().steps[index];
    const scenario::StepResult& r = session_.step_results()[index];
    if (s.ask) {
      ask(*s.ask, r.at);
      return false;
    }
    if (s.say) say(r.at, in(o_, *s.say));
    if (s.command && (!shows_itself(s.command->verb) || !r.silent() || !r.ok)) {
      std::cout << "    " << stamp(r.at) << (r.ok ? "" : "FAIL ")
                << words(observe::act(*s.command, observe::side_names(session_.cluster())));
      if (!r.silent()) std::cout << " (" << scenario::told(r, o_.language()) << ")";
      std::cout << "\n";
    }
    return s.say.has_value();
  }

  /// The index of the reader's choice; -1: an empty line, or end of input.
  int choice(int count) const {
    for (std::string answer; std::getline(std::cin, answer) && !answer.empty();) {
      const bool number = answer.find_first_not_of("0123456789") == std::string::npos && answer.size() <= 3;
      if (number && std::stoi(answer) >= 1 && std::stoi(answer) <= count) return std::stoi(answer) - 1;
      std::cout << words::render(o_.language(), "cli.choose_number"_w, {{"count", std::to_string(count)}})
                << std::flush;
    }
    return -1;
  }

  void ask(const scenario::Ask& q, sim::Instant at) {
    say(at, words::render(o_.language(), "cli.question"_w, {{"question", in(o_, q.question)}}));
    for (std::size_t i = 0; i < q.choices.size(); ++i)
      std::cout << kIndent << (interactive_ ? fmt::format("{}) ", i + 1) : "- ") << in(o_, q.choices[i].text) << "\n";
    if (!interactive_) {
      asked_.emplace_back(at, &q);
      return;
    }
    std::cout << words::text(o_.language(), "cli.number"_w) << std::flush;
    const int chosen = choice(static_cast<int>(q.choices.size()));
    if (chosen >= 0 && chosen == q.answer) {
      std::cout << kIndent << words::text(o_.language(), "cli.right"_w) << "\n";
    } else if (chosen >= 0) {
      const auto& because = q.choices[static_cast<std::size_t>(chosen)].because;
      std::cout << kIndent
                << words::render(o_.language(), "cli.wrong"_w,
                                 {{"because", because.empty() ? std::string() : in(o_, because)}})
                << "\n";
    }
    print_answer(q);
  }
  void print_answer(const scenario::Ask& q) const {
    const std::string right =
        q.answer >= 0 ? in(o_, q.choices[static_cast<std::size_t>(q.answer)].text) : q.pick_answer;
    std::cout << kIndent << words::render(o_.language(), "cli.answer"_w, {{"answer", right}}) << "\n";
    if (!q.why.empty()) std::cout << kIndent << in(o_, q.why) << "\n";
  }
  /// Prints, at the end, the answers to questions that could not be asked, so that the reader has time to think.
  void print_answers() const {
    if (asked_.empty()) return;
    std::cout << "\n" << words::text(o_.language(), "cli.answers"_w) << "\n";
    for (const auto& [at, question] : asked_) {
      say(at, in(o_, question->question));
      print_answer(*question);
    }
  }

  void print_what_failed() {
    const scenario::Scenario& s = session_.scenario();
    for (std::size_t i = 0; i < s.steps.size(); ++i) {
      const scenario::StepResult& r = session_.step_results()[i];
      if (!r.ok && (!r.happened || !s.steps[i].command))
        // A command's failure is printed where the command was carried out.
        print_failed_step(session_, i, o_.files.front(), o_, std::cout);
    }
    for (std::size_t i = 0; i < s.expect.size(); ++i) {
      const scenario::ExpectationResult& r = session_.expectation_results()[i];
      if (r.decided && !r.ok) std::cout << "FAIL " << stamp(r.at) << expectation_text(s.expect[i], r, o_) << "\n";
    }
    for (const observe::Violation& v : session_.observation().invariants().violations())
      std::cout << "FAIL " << stamp({v.at_us}) << v.name << ": " << violation_text(v, o_) << "\n";
  }

  const Options& o_;
  scenario::Session session_;
  bool interactive_;
  std::size_t told_ = 0;
  // of the last check for high watermarks that a failed disk holds back
  sim::Instant looked_;
  std::map<protocol::TopicPartition, std::int64_t> held_back_;        // with the position of its high watermark
  std::vector<std::pair<sim::Instant, const scenario::Ask*>> asked_;  // and not answered at once
};

}  // namespace

int tell(const Options& o) {
  const ScenarioPtr scenario = load_one(o.files.front(), o, o.variant.empty() ? "base" : o.variant, o.seed);
  return scenario == nullptr ? kBadInput : Teller(scenario, o).tell();
}

}  // namespace kafkascope::cli
