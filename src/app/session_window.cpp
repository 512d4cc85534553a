#include "app/session_window.h"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>

#include "app/acts.h"
#include "app/audience.h"
#include "app/cli/files.h"
#include "app/kept_files.h"
#include "app/kept_session.h"
#include "app/kept_work.h"
#include "app/lesson_entries.h"
#include "app/link.h"
#include "app/loopback.h"
#include "app/opening.h"
#include "app/packed.h"
#include "app/places.h"
#include "app/selection.h"
#include "app/settings.h"
#include "app/window.h"
#include "observe/why/kafka_docs.h"
#include "scenario/templates.h"
#include "scenario/values.h"
#include "ui/dashboard.h"
#include "ui/layout.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace {

namespace fs = std::filesystem;

constexpr int kStays = -1;  // result of run(): the window stays open
// A double click opens such a file (assets/desktop/kafkascope.xml); other .json files are not affected.
constexpr const char* kSessionExtension = ".kafkascope.json";

/// The first free name: session-1.kafkascope.json, session-2.kafkascope.json … in the current directory.
std::string free_name(const std::string& stem, const std::string& extension) {
  for (int n = 1;; ++n) {
    const std::string name = fmt::format("{}-{}{}", stem, n, extension);
    std::error_code error;
    if (!fs::exists(name, error)) return name;
  }
}

/// The path under which the user finds the file, because a browser has folders of its own.
std::string told_path(const std::string& path) {
  return page_address().empty() ? path : fs::path(path).filename().string();
}

std::string absolute(const std::string& file) {
  std::error_code error;
  const fs::path path = fs::absolute(file, error);
  return error ? file : path.lexically_normal().string();
}

Places known_places() { return read_places(remembered(places_file())); }

class SessionWindow {
 public:
  SessionWindow(std::unique_ptr<Player> player, const cli::Options& o)
      : o_(o), player_(std::move(player)), lessons_(lesson_entries()) {
    const std::string lang = o.lang_asked ? o.lang : read_language(remembered(language_file()), o.lang);
    dashboard_.set_language(lang == "ko" ? ui::Lang::Ko : ui::Lang::En);
    dashboard_.set_theme(o.theme == "dark" ? ui::Theme::Dark : ui::Theme::Light);
    dashboard_.set_presenter_dark(o.theme == "dark");
    dashboard_.set_not_yet(verbs_not_there());
    dashboard_.set_lessons(by_track(lessons_));
    dashboard_.set_meetings(course_meetings());
    tell_progress(known_places());
    dashboard_.state().splits = read_splits(remembered(splits_file()));
    const LessonList list = read_lesson_list(remembered(lesson_list_file()));
    dashboard_.state().by_meeting = list.by_meeting && !dashboard_.state().meetings.empty();
    last_lesson_ = dashboard_.state().continue_here = list.last;
    dashboard_.state().subtitles = !remembered(subtitles_file()).empty();
    if (!o_.files.empty()) kept_files_.restored(o_.files.front());
    offer_kept(o_.files.empty());
    dashboard_.state().reduced_motion = reduced_motion();
    if (!page_address().empty()) dashboard_.state().chord = "Alt";
    take_up(o.at.empty());
    set_layout(o.present ? "presenter" : o.view);
    select_ = o.select;
    audience_.listen(loopback_port());  // if another window has the port, that window leads
  }

  int run() {
    if (!fs::exists(seen_file())) player_->show_coach_marks();
    stop_on_interrupt();
    WindowCallbacks callbacks;
    callbacks.prepare = [this](float scale) { return dashboard_.prepare(scale); };
    callbacks.fit = [this](float scale, int width, int height) {
      return ui::fitting_scale(scale, width, height, dashboard_.state().layout);
    };
    callbacks.frame = [this](const WindowFrame& f) { return frame(f); };
    callbacks.key = [this](const WindowKey& k) { dashboard_.key({k.key, k.ctrl, k.shift, k.alt, k.repeat}); };
    callbacks.text = [this](unsigned codepoint) { dashboard_.text(codepoint); };
    callbacks.hold = [this](int key, bool down) { dashboard_.hold(key, down); };
    callbacks.fingers = [this](float x, float y, float zoom) { dashboard_.two_fingers(x, y, zoom); };
    callbacks.drags = [this] { return dashboard_.hits().hovers_over_drag(); };
    callbacks.lacks_characters = [this] { return dashboard_.lacks_characters(); };
    callbacks.reload_fonts = [this] { dashboard_.reload_fonts(); };
    callbacks.drop = [this](const std::string& path) { show_file(path); };
    callbacks.follow = [this](const std::string& link) { follow(link); };
    callbacks.flush = [this] { show_place(1); };
    callbacks.step = [this](const std::string& step) {
      act_on(ui::ActionKind::DoStep, step);
      act_on(ui::ActionKind::SetSpeed, "", 1'000'000);
      act_on(ui::ActionKind::Run, "");
    };
    callbacks.incomplete = [this] { return dashboard_.wants_another_frame(); };
    callbacks.idle = [this] {
      return !player_->playing() && !player_->busy() && !player_->looks_ahead() && !dashboard_.wants_another_frame() &&
             !dashboard_.typing_ahead();
    };
    const WindowResult result = run_window({}, callbacks);
    if (!result.ok) {
      std::cerr << result.error << " (kafkascope tell shows the lesson as text, kafkascope render draws pictures)\n";
      return cli::kCannot;
    }
    if (result.stays) return kStays;
    note();
    autosave();
    keep_work();  // an act of the last second, or its undoing
    return cli::kOk;
  }

 private:
  bool frame(const WindowFrame& f) {
    scale_ = f.scale;
    keep_in_bounds();
    player_->tick(static_cast<std::int64_t>(std::min(f.seconds, 0.3) * 1e6));
    dashboard_.frame(player_->snapshot(), player_->lesson(), player_->time(), player_->log(), f.width, f.height);
    for (const ui::Action& a : dashboard_.take_actions()) act(a);
    for (ui::Notice& n : player_->take_notices()) say(std::move(n));
    if (const auto lesson = player_->wants_lesson()) open(*lesson);
    if (!player_->busy()) arrive();
    show_place(f.seconds);
    lead();
    // The steps that a seek passes are not recorded.
    if (!player_->busy() && (player_->lesson().step != noted_step_ || player_->lesson().end.active != noted_end_))
      note();
    if (report_ != nullptr) report();
    return !interrupted();
  }

  /// Stops a run that takes too much memory; everything so far can still be inspected.
  void keep_in_bounds() {
    if ((!player_->playing() && !player_->busy()) || !out_of_bounds()) return;
    act_on(ui::ActionKind::CancelProgress, "");
    say({ui::both("app.too_much_memory"_w, {{"size", std::to_string(bounds().memory_bytes >> 20)}}), true});
  }

  /// Serves the windows that follow (`--audience`).
  void lead() {
    const bool came = audience_.poll();
    if (came) say({ui::both("app.a_window_for_the_audience_follows"_w), false});
    dashboard_.state().audience = static_cast<int>(audience_.readers());
    if (audience_.readers() == 0) return;
    for (const AudienceTeller::Line& line :
         teller_.tell(*player_, dashboard_.state().lang == ui::Lang::Ko, dashboard_.state().subtitles, came))
      audience_.send(line.text, line.needed);
  }

  void say(ui::Notice n) {
    said_ = n.words.en;
    dashboard_.notify(std::move(n));
  }

  /// Writes the window's content in a few lines, for tests that drive it from outside.
  void report() {
    std::string line = fmt::format("time_us {}\n", player_->now().us);
    const ui::LessonModel& lesson = player_->lesson();
    line += fmt::format("step {}\nseed {}\nruns {}\nresume {}\nkept {}\n", lesson.step + 1, player_->snapshot().seed,
                        player_->time().branches.size(), lesson.resume.active ? 1 : 0, dashboard_.state().kept.acts);
    if (const FirstFrame first = first_frame(); first.after_us >= 0)
      line += fmt::format("first_frame_us {} {}\n", first.after_us, first.cpu_us);
    if (const ui::State& s = dashboard_.state(); s.time_to_us >= 0)
      line += fmt::format("zoomed_us {} {}\n", s.time_from_us, s.time_to_us);
    if (player_->lesson().detour.active) line += "detour\n";
    if (dashboard_.state().reduced_motion) line += "reduced_motion\n";
    if (dashboard_.state().subtitles) line += "subtitles\n";
    line += dashboard_.state().lang == ui::Lang::Ko ? "lang ko\n" : "lang en\n";
    if (lesson.coach_marks) line += "hints\n";
    if (!said_.empty()) line += "notice " + said_ + "\n";
    for (const observe::Partition& p : player_->snapshot().partitions)
      line += fmt::format("leader {} {}\n", p.name, p.leader);
    for (const observe::Node& n : player_->snapshot().nodes)
      line += fmt::format("state {} {}\n", n.name, static_cast<int>(n.state));
    if (line != reported_) cli::write_file(report_, line);
    reported_ = line;
  }

  void act(const ui::Action& a) {
    // A user who acts while the hints show has seen them.
    if (player_->lesson().coach_marks && !ui::comes_by_itself(a.kind)) remember(seen_file(), "seen\n");
    switch (a.kind) {
      case ui::ActionKind::SaveSession: save(free_name("session", kSessionExtension), true); break;
      case ui::ActionKind::CopyLink: copy_link(); break;
      case ui::ActionKind::CopyText:
        set_clipboard(a.text, [this](bool copied) {
          if (copied) say({ui::both("app.output_copied"_w), false});
        });
        break;
      case ui::ActionKind::OpenAddress: open_page(a.text); break;
      case ui::ActionKind::Picture: picture(a); break;
      case ui::ActionKind::SetLanguage: remember(language_file(), language_text(a.text)); break;
      case ui::ActionKind::KeepSplits: remember(splits_file(), splits_text(dashboard_.state().splits)); break;
      case ui::ActionKind::KeepLessonList: keep_lesson_list(); break;
      case ui::ActionKind::KeepSubtitles: remember(subtitles_file(), dashboard_.state().subtitles ? "on\n" : ""); break;
      case ui::ActionKind::KeepMotion: keep_motion(dashboard_.state().reduced_motion); break;
      case ui::ActionKind::KeepMoved: keep_moved(); break;
      case ui::ActionKind::NewCluster: new_cluster(a.text); break;
      case ui::ActionKind::OpenFile: show_file(a.text); break;
      case ui::ActionKind::RestoreKept: restore(a.text.empty() ? kept_file() : a.text); break;
      case ui::ActionKind::ToggleFullscreen: toggle_fullscreen(); break;
      default: player_->act(a); break;
    }
  }

  /// Opens a page of Kafka's documentation; where no browser opens, the address is copied instead.
  void open_page(const std::string& address) {
    if (!observe::is_official(address)) return;
    say({ui::both("app.address_opened"_w, {{"address", address}}), false});
    open_address(address, [this, address](bool opened) {
      if (opened) return;
      set_clipboard(address, [this, address](bool copied) {
        if (copied) say({ui::both("app.address_copied"_w, {{"address", address}}), true});
      });
    });
  }

  bool save(const std::string& name, bool tell) {
    const std::string path = absolute(name);
    if (!cli::write_file(path, player_->runs().saved_session(true))) {
      say({ui::both("app.could_not_be_written"_w, {{"file", path}}), true});
      return false;
    }
    std::cout << "saved: " << path << std::endl;
    if (!tell) return true;
    hand_over(path);
    say({ui::both("app.saved"_w, {{"file", told_path(path)}}), false});
    return true;
  }

  /// Copies a link to this moment. The user's acts and own file are included in it, unless they are too long.
  void copy_link() {
    const Link place = here();
    if (own_run() && place.scenario.empty()) {
      const std::string file = absolute(free_name("session", kSessionExtension));
      if (!save(file, false)) return;
      hand_over(file);
      return say({ui::both("app.too_long_for_link"_w, {{"file", told_path(file)}}), true});
    }
    const std::string link = page_address() + link_text(place);
    constexpr std::size_t kShown = 100;
    const std::string shown = link.size() <= kShown ? link : link.substr(0, kShown) + "…";
    set_clipboard(link, [this, shown](bool copied) {
      if (copied) say({ui::both("app.link_copied"_w, {{"link", shown}}), false});
    });
  }

  /// Whether the run differs from a bundled lesson.
  bool own_run() const { return player_->runs().shown.is_own() || !bundled_; }

  /// The run as part of a link; empty: too long.
  const std::string& packed_run() {
    const std::string run = player_->runs().key();
    if (run == packed_key_) return packed_;
    packed_key_ = run;
    const auto linked =
        player_->runs().shown.is_own() ? std::optional(player_->runs().linked_session(bundled_)) : std::nullopt;
    const bool long_document = linked && linked->document.size() > kMostLinkedDocument;
    packed_ = long_document ? "" : packed(linked ? kept_text(*linked) : player_->runs().saved_session());
    constexpr std::size_t kMost = 32'000;  // the length that browsers and chats support
    if (packed_.size() > kMost) packed_.clear();
    return packed_;
  }

  Link here() {
    const ui::State& s = dashboard_.state();
    return {bundled_ ? fs::path(player_->runs().file()).stem().string() : player_->runs().file(),
            own_run() ? packed_run() : "",
            scenario::duration_text(player_->now() - sim::Instant{0}),
            s.selection,
            s.lang == ui::Lang::Ko ? "ko" : "en",
            s.layout == ui::Layout::Workbench   ? "workbench"
            : s.layout == ui::Layout::Presenter ? "presenter"
                                                : ""};
  }

  /// Once a second: saves the acts, in case of a crash or a reload, and updates a page's address to this moment.
  void show_place(double seconds) {
    since_shown_ += seconds;
    const bool another = shown_file_ != player_->runs().file();
    if ((!another && since_shown_ < 1) || player_->busy()) return;  // moments during a seek are not recorded
    since_shown_ = 0;
    if (!page_address().empty()) show_address(link_text(here()), another && !shown_file_.empty());
    shown_file_ = player_->runs().file();
    keep_work();
  }

  void keep_work() {
    if (const auto text = kept_work_.new_text(player_->runs(), !page_address().empty(), bundled_))
      if (kept_files_.write(*text)) {
        dashboard_.state().waiting = kept_files_.waiting();
        if (kept_files_.waits_for(player_->runs().file(), player_->runs().document()))
          say({ui::both("app.earlier_work_waits"_w), false});
      }
  }

  void restore(const std::string& file) {
    if (!show_file(file)) return;
    player_->go_where_it_stood();
    kept_files_.restored(file);
    offer_kept(false);
  }

  /// Called on arrival at a link's moment: its selection exists only after the seek.
  void arrive() {
    if (select_.empty()) return;
    const Selection selection = parse_selection(std::exchange(select_, {}));
    if (auto nothing = nothing_called(selection, *player_)) say({std::move(*nothing), true});
    select(selection, *player_, dashboard_);
  }

  void follow(const std::string& text) {
    const auto link = parse_link(text);
    if (!link || link_text(*link) == link_text(here())) return;
    const Link now = here();
    if (link->scenario.empty() ? !link->lesson.empty() && (link->lesson != now.lesson || !now.scenario.empty())
                               : link->scenario != now.scenario) {
      ui::Words problem;
      const auto file = file_of(*link, problem);
      if (!file) return say({problem, true});
      if (!show_file(*file)) return;
      shown_file_ = player_->runs().file();  // the address already points there
    }
    if (link->lang == "en" || link->lang == "ko")
      dashboard_.set_language(link->lang == "ko" ? ui::Lang::Ko : ui::Lang::En);
    set_layout(link->layout);
    select_ = link->select;
    const auto at = scenario::parse_typed_moment(link->at);
    if (!at) return;
    player_->play(false);  // a link to a moment stops there, as when it opens the page
    ui::Action a;
    a.kind = ui::ActionKind::Seek;
    a.time_us = at->us;
    player_->act(a);
  }

  void set_layout(const std::string& layout) {
    if (layout.empty()) return;
    dashboard_.set_layout(layout == "presenter"   ? ui::Layout::Presenter
                          : layout == "workbench" ? ui::Layout::Workbench
                                                  : ui::Layout::Lesson);
    act_on(ui::ActionKind::SetLayout, layout);
  }

  void act_on(ui::ActionKind kind, const std::string& text, std::int64_t number = 0) {
    ui::Action a;
    a.kind = kind;
    a.text = text;
    a.number = number;
    player_->act(a);
  }

  void picture(const ui::Action& a) {
    const std::string path = absolute(free_name(a.text.empty() ? "kafkascope" : "kafkascope-" + a.text, ".png"));
    const PixelRect part{static_cast<int>(a.x * scale_), static_cast<int>(a.y * scale_), static_cast<int>(a.w * scale_),
                         static_cast<int>(a.h * scale_)};
    if (save_window_picture(path, part)) say({ui::both("app.picture"_w, {{"file", told_path(path)}}), false});
  }

  /// Writes acts by hand to a file among the settings on exit, so that no work is lost; the user's folder stays as it
  /// was.
  void autosave() {
    if (!player_->runs().acted()) return;
    std::error_code error;
    fs::create_directories(settings_folder(), error);
    save((settings_folder() / "autosave.kafkascope.json").string(), false);
  }

  /// The progress in each bundled lesson, for the list of lessons.
  void tell_progress(const Places& places) {
    std::map<std::string, ui::LessonProgress> progress;
    for (const fs::path& file : cli::lesson_files())
      if (const auto it = places.find(file.string()); it != places.end())
        progress[file.stem().string()] = {it->second.step, it->second.steps, it->second.done};
    dashboard_.set_progress(std::move(progress));
  }

  /// Records the position in the lesson at every step, so that it survives a crash.
  void note() {
    noted_step_ = player_->lesson().step;
    noted_end_ = player_->lesson().end.active;
    if (player_->runs().file() == file_from_link()) return;  // the next link overwrites that file
    Places places = known_places();
    note_place(places, absolute(player_->runs().file()), player_->lesson(), player_->now().us);
    tell_progress(places);
    remember(places_file(), places_text(places));
    const ui::LessonModel& lesson = player_->lesson();
    if ((lesson.step <= 0 && !lesson.detour.active) || last_lesson_ == lesson.id) return;
    dashboard_.state().continue_here.clear();  // the user works in another lesson now
    last_lesson_ = lesson.id;
    keep_lesson_list();
  }

  void keep_lesson_list() {
    remember(lesson_list_file(), lesson_list_text({dashboard_.state().by_meeting, last_lesson_}));
  }

  /// Saves the positions to which this file's nodes were dragged.
  void keep_moved() {
    Arrangements all = read_arrangements(remembered(arrangements_file()));
    if (dashboard_.state().moved.empty()) all.erase(absolute(player_->runs().file()));
    else all[absolute(player_->runs().file())] = dashboard_.state().moved;
    remember(arrangements_file(), arrangements_text(all));
  }

  /// Offers to restore the work from before the program last ended: if it belongs to the shown file, or `any`.
  void offer_kept(bool any) {
    ui::State& s = dashboard_.state();
    s.kept = {};
    if (!page_address().empty()) return kept_files_.restored(kept_file());  // a page restores it by itself
    s.waiting = kept_files_.waiting();
    for (const ui::KeptWork& work : s.waiting)
      if (any || KeptFiles::belongs_to(work.file, player_->runs().file(), player_->runs().document())) {
        s.kept = work;
        return;
      }
  }

  /// Opens a cluster of brokers without clients; its file is among the settings. Saving writes to the user's folder, as
  /// with a lesson.
  void new_cluster(const std::string& chosen) {
    const fs::path file = settings_folder() / "new-cluster.json";
    remember(file, scenario::empty_cluster(chosen));
    if (!show_file(file.string())) return;
    set_layout("workbench");
    act_on(ui::ActionKind::FreePlay, "");
  }

  /// Prepares a new player: limits its slices, sets its next lesson, and offers its last position.
  void take_up(bool offer_place) {
    player_->set_slice(kSlice);
    noted_step_ = player_->lesson().step;
    dashboard_.state().moved = read_arrangements(remembered(arrangements_file()))[absolute(player_->runs().file())];
    if (offer_place && player_->runs().file() != file_from_link())
      player_->offer_resume(offer_of(known_places(), absolute(player_->runs().file())));
    const std::string id = fs::path(player_->runs().file()).stem().string();
    const std::vector<fs::path> files = cli::lesson_files();
    bundled_ = std::find(files.begin(), files.end(), fs::path(absolute(player_->runs().file()))) != files.end();
    for (std::size_t i = 0; i + 1 < lessons_.size(); ++i)
      if (lessons_[i].id == id) player_->set_next_lesson(lessons_[i + 1].id, lessons_[i + 1].title);
  }

  void open(const Player::LessonWish& wish) {
    for (const auto& path : cli::lesson_files()) {
      if (path.stem() != wish.id) continue;
      if (!show_file(path.string())) return;
      if (!wish.variant.empty()) act_on(ui::ActionKind::OpenVariant, wish.variant);
      else if (wish.continues) player_->resume();
      if (wish.at.us <= 0) return;
      player_->seek(wish.at);
      act_on(ui::ActionKind::Pause, {});
      return;
    }
  }

  /// Opens another file in this window. On failure reports the problem, keeps the present one and returns false.
  bool show_file(const std::string& path) {
    if (holds_runs(path)) {
      ui::Words problem;
      auto again = open_runs(path, problem);
      if (again == nullptr) {
        say({std::move(problem), true});
        return false;
      }
      show(std::move(again));
      return true;
    }
    const auto text = cli::read_file(path);
    if (!text) {
      say({ui::both("app.file_cannot_be_opened"_w, {{"file", path}}), true});
      return false;
    }
    scenario::LoadOptions options;
    options.variant = "base";
    scenario::Loaded loaded = scenario::load(*text, options);
    if (!loaded.ok()) {
      const scenario::Problem& first = loaded.problems.front();
      const std::string name = fs::path(path).filename().string();
      say({{scenario::format(first, name, words::Lang::En), scenario::format(first, name, words::Lang::Ko)}, true});
      return false;
    }
    if (auto why = too_large(*loaded.scenario, bounds())) {
      say({std::move(*why), true});
      return false;
    }
    show(
        std::make_unique<Player>(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)), path, *text));
    return true;
  }

  void show(std::unique_ptr<Player> player) {
    note();
    autosave();
    keep_work();
    kept_work_.show_another_world();
    player_ = std::move(player);
    dashboard_.forget_place();
    take_up(true);
    offer_kept(false);
    set_layout(dashboard_.state().layout == ui::Layout::Presenter ? "presenter" : "lesson");
  }

  cli::Options o_;
  std::unique_ptr<Player> player_;
  std::vector<ui::LessonEntry> lessons_;
  ui::Dashboard dashboard_;
  float scale_ = 1;
  int noted_step_ = -1;
  bool noted_end_ = false;
  std::string last_lesson_;  // its id
  std::string select_;       // applied after the seek to a link's moment
  bool bundled_ = false;     // a bundled lesson
  double since_shown_ = 0;   // in a page: seconds since its address was updated
  std::string shown_file_;
  KeptWork kept_work_;
  KeptFiles kept_files_{kept_file(), remember};
  std::string packed_key_, packed_;
  const char* report_ = std::getenv("KAFKASCOPE_REPORT");  // a file to which the shown state is reported
  std::string reported_, said_;
  LineServer audience_;
  AudienceTeller teller_;
};

}  // namespace

int show(std::unique_ptr<Player> player, const cli::Options& o) {
  auto window = std::make_unique<SessionWindow>(std::move(player), o);
  const int status = window->run();
  if (status != kStays) return status;
  (void)window.release();  // owned by the page from here on
  return cli::kOk;
}

}  // namespace kafkascope::app
