// The argument of every panel: the picture to draw, the painter, the pointer, the state of the dashboard, and the queue
// of actions. A panel is one function of these; it reads the world and changes it only through an action.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "observe/words/korean.h"
#include "ui/action.h"
#include "ui/keys.h"
#include "ui/models.h"
#include "ui/painter.h"
#include "ui/stage/broker_grid.h"

namespace kafkascope::observe {
enum class OriginKind : std::uint8_t;
}

namespace kafkascope::ui {

using observe::Snapshot;
using Id = std::uint32_t;

inline constexpr float kScrollStep = 48;  // of one wheel step, in logical pixels

/// Ids of regions: a word and a number, so that they are the same in every frame.
constexpr Id make_id(std::string_view word, std::uint64_t n = 0) {
  std::uint32_t h = 2166136261u;
  for (const char c : word) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
  for (int i = 0; i < 8; ++i) h = (h ^ static_cast<std::uint32_t>((n >> (8 * i)) & 0xFF)) * 16777619u;
  return h == 0 ? 1 : h;
}

struct Pointer {
  float x = -1, y = -1;  // logical
  bool down = false, pressed = false, released = false, double_clicked = false;
  bool right_down = false, right_pressed = false, right_released = false;
  float wheel = 0;            // steps by which the region under the pointer is scrolled
  float pan_x = 0, zoom = 1;  // movement and magnification for a region that can be zoomed: two fingers, or the wheel
  bool fingers = false;       // two fingers moved
  bool ctrl = false, shift = false;
};

struct Hit {
  bool hovered = false;
  bool pressed = false;
  bool clicked = false;
  bool right_clicked = false;
  bool held = false;  // pressed here and still down
};

/// The region under the pointer: the last one registered in the previous frame (regions drawn later are on top).
class Hits {
 public:
  void begin_frame(const Pointer& pointer);
  Hit add(Id id, const Rect& window_rect, const Pointer& pointer, bool drags = false);
  /// Whether the region under the pointer handles drags: a long touch on it opens no menu.
  bool hovers_over_drag() const { return drags_; }
  Id hovered() const { return hovered_; }
  Id held() const { return held_; }
  double hover_seconds(double wall) const { return wall - hover_since_; }
  void set_wall(double wall) { wall_ = wall; }
  /// For tests: a region's place in the last frame; empty if it was not there.
  Rect find(Id id) const;

 private:
  struct Region {
    Id id;
    Rect rect;
    bool drags = false;
  };
  std::vector<Region> before_, now_;
  Id hovered_ = 0, held_ = 0;
  bool drags_ = false;
  double wall_ = 0, hover_since_ = 0;
};

enum class Layout : std::uint8_t { Lesson, Workbench, Presenter };
enum class Tab : std::uint8_t {
  Partitions,
  Groups,
  Controller,
  Ledger,
  Metrics,
  Transactions,
  Compare,
  Timeline,
  Log,
  Terminal,
  SpaceTime
};
inline constexpr int kTabs = 11;
/// The digit key that brings a tab to the front; -1: none, only the palette does.
constexpr int digit_of(Tab tab) {
  if (tab == Tab::Transactions) return 9;
  if (tab == Tab::Terminal) return 0;
  const int digit = static_cast<int>(tab) + (tab > Tab::Transactions ? 0 : 1);
  return digit < 9 ? digit : -1;
}
constexpr Tab tab_of_digit(int digit) {
  if (digit == 9) return Tab::Transactions;
  if (digit == 0) return Tab::Terminal;
  return static_cast<Tab>(digit - (digit > static_cast<int>(Tab::Transactions) ? 0 : 1));
}
/// The tabs of the lower row, if there are two rows.
constexpr bool is_lower(Tab tab) { return tab == Tab::Timeline || tab == Tab::Log || tab == Tab::SpaceTime; }

struct MenuState {
  bool open = false;
  float x = 0, y = 0;
  std::string target;  // node or partition
  std::string other;   // for a link: its other end
  std::int64_t offset = -1;
  int row = -1;                         // selected by keys: index among the enabled items; -1: none
  bool take = false;                    // Enter was pressed: carries out the selected item
  bool more = false;                    // the second page: acts with values to type
  std::int64_t from_us = 0, to_us = 0;  // of kMenuOfFaults: when they were done
  Rect about{};                         // opened by a key: the menu is beside this; empty: at x, y
};

/// An act whose values are being typed.
struct FormState {
  bool open = false;
  int form = -1;  // index in act_forms()
  std::vector<std::string> values;
  int field = 0;             // the field with the keyboard
  bool grab = false;         // that field is to get the keyboard
  bool sent = false;         // waits for the result
  std::uint64_t before = 0;  // LessonModel::hand.taken when the act was sent; in form_sent: the number of its step
  Words problem;
  bool has_topic = false;  // its topic was just created from this form: the cluster may not know it yet
  int wrong = -1;          // the field that the problem is about; -1: none
};

/// The form for a new, empty cluster (panels/new_cluster.h).
struct NewCluster {
  bool open = false;
  std::size_t row = 0;                         // the one that keys change
  std::array<std::size_t, 3> chosen{2, 0, 0};  // the number of a choice in each row
};

/// A leader change being shown: for 1.5 s of wall time while the world runs; while it is paused within 1.5 s of the
/// change, all the time.
struct HotChange {
  int partition = -1, from = -1, to = -1;
  std::int64_t at_us = 0;
  double age = 0;
};

/// How long ago something was in the latest picture that showed it, for the viewer.
struct Aged {
  float seconds = 0;
  std::int64_t at_us = 0;  // that picture's time
};

/// The layout from before a detour, restored on return.
struct SavedLayout {
  Layout layout = Layout::Lesson;
  Tab tab = Tab::Partitions, lower_tab = Tab::Timeline;
  bool tab_chosen = false, filled = false;
  std::string selection;
};

/// The panels whose size the user can change: of the lesson layout, then of the workbench.
enum class Split : std::uint8_t { Narration, LessonPanel, Lesson, Inspector, Stage, Lower };
/// Sizes that the user chose, as parts of the window's width or height, so that another resolution keeps them. 0: as
/// designed.
using Splits = std::array<float, 6>;

/// A hover card: a few facts about the object under the pointer.
struct Tip {
  Rect about;         // in the window; the card is never over it
  std::string title;  // empty: no card
  std::vector<std::pair<std::string, std::string>> facts;
  std::string act;
};

/// What the space-time diagram shows.
struct SpaceState {
  std::int64_t end_us = -1;  // its last moment; -1: the playhead
  double us_per_px = 0;      // 0: chosen to suit the messages
  bool fold = true;          // stretches without anything worth seeing are drawn as strips
  bool routine = true;       // routine messages are drawn, faintly
  float scroll = 0, drag_x = 0;
  bool dragged = false;
};

/// A name with an origin, and where it is shown.
struct OriginOf {
  observe::OriginKind kind{};
  std::string name;     // empty: no name
  std::string meaning;  // the English sentence that is meant, if the name alone is ambiguous
  Rect about;           // in the window; the card is beside it
};

/// A question of the thing under the pointer.
struct WhyHere {
  std::string path;         // empty: none
  bool there = false;       // in the second world
  bool or_parting = false;  // if it has no answer: why the two worlds part
};

struct Toast {
  Notice notice;
  double since = 0;  // wall clock
};

/// What the window shows by the user's choice.
struct ShownPanels {
  Layout layout = Layout::Lesson;
  Tab tab = Tab::Partitions, lower_tab = Tab::Timeline;
  bool chosen = false, filled = false;
  bool operator==(const ShownPanels&) const = default;
};

/// Work from before the program last ended.
struct KeptWork {
  std::size_t acts = 0;  // 0: there is nothing to restore
  Words lesson;
  std::string file = {};
};

struct State {
  Lang lang = Lang::En;
  bool subtitles = false;  // a lesson's words in both languages, the second under the first
  Theme theme = Theme::Dark;
  bool presenter_dark = false;  // a projector needs a light ground, unless the user chooses otherwise
  Layout layout = Layout::Lesson;
  Tab tab = Tab::Partitions;      // shown in the middle row (workbench), or the only panel (if the user chose one)
  Tab lower_tab = Tab::Timeline;  // timeline, diagram or log, when there are two rows
  bool tab_chosen = false;        // false: the lesson's view decides
  bool filled = false;            // F: the panel fills the window
  bool drawer = false;            // I: inspector below 1600 px
  Splits splits{};
  bool reduced_motion = false;
  // modifier of R, L and P; in a page the browser uses Ctrl with them, so the dashboard uses Alt
  const char* chord = "Ctrl";
  bool coach_seen = false;
  int coach_shown = 0;  // hints of the first start in the last picture
  bool locked = true;   // presenter: destructive keys are off until unlocked
  bool blank = false;
  bool ended = false;                       // the lesson's end, which offers what to do next, is shown
  bool waits = false;                       // the world waits for the learner: for an answer or for an act
  bool asked = false, vote_warned = false;  // a question is open; the user has been told about missing votes
  double asked_wall = 0;                    // when the question was opened
  std::string selection;
  bool selected_there = false;  // it was clicked in the second world
  double selected_wall = -1e9;
  std::vector<Rect> on_stage;  // the cards and group frames of this picture's stage, in the window
  std::vector<Rect> legends;   // the meanings of signs drawn so far, in the window: hints stay clear of them
  Rect selection_at;           // the place in the window of the card that was clicked; empty: selected elsewhere
  Rect selection_bar;          // the place of the buttons beside it in the last frame; empty: they were not shown
  Rect selection_drawn;        // where the last picture showed it, in the window; empty: nowhere
  bool answered = false;       // Why? or the details have been requested since that click
  // No tip while the pointer stays here, or, after a click, near the place in the same region: a tip would cover what the
  // user asked for.
  Point hushed_at{-1e9f, -1e9f};
  Id hushed_on = 0;         // the clicked region
  double fate_wall = -1e9;  // when a count of the ledger was chosen
  std::string number_path;  // the metric, znode or session that was clicked last: W asks about it
  double number_wall = -1e9;
  double key_wall = -1e9;  // when a key was pressed last
  // the open answer came from a click on the thing that it explains; W repeats its question
  bool asked_by_click = false;
  std::string last_view_select;
  MenuState menu;
  FormState form, form_below;  // form_below: the one from which `form` was opened, and which returns after it
  NewCluster new_cluster;
  // The last one whose act was carried out: it returns if Kafka refuses the act, unless another form has been opened since.
  FormState form_sent;
  std::string drag_from;  // the node that is being dragged, or from which a link is being dragged
  Id drag_salt = 0;       // the world of that drag (Ui::salt)
  // drag_at: in the window; pan_at: the held point of the ground in the previous frame, in the stage's units
  Point drag_at, pan_at;
  std::map<std::int64_t, Aged> losses;  // by the time of the loss
  MovedNodes moved;                     // nodes that the user has dragged
  GridZoom zoom;                        // of the grid of many brokers
  bool typing = false;                  // a text field has the keyboard
  bool palette_open = false, help_open = false, help_cards = false, goto_open = false, runs_open = false,
       lessons_open = false, variants_open = false;
  std::string palette_text, goto_text, lessons_text, log_filter, lane_filter, metrics_filter, config_filter;
  int palette_row = 0, runs_row = 0, lessons_row = 0, variants_row = 0;
  bool lessons_grab = false;  // the list's text field is to get the keyboard
  float lessons_scroll = 0;
  bool key_hints = true;  // presenter: shows which keys continue; not in the audience's window
  std::vector<Toast> toasts;
  // They are below the title bar, because something that counts is at the lower edge; nullopt: there are none.
  std::optional<bool> toasts_high;
  Rect
      latest_row;  // where the last picture showed the newest row of the event log or, in front of people, the leaders; in the window
  ShownPanels shown;             // in the previous frame
  Tip tip;                       // the hover card of this frame
  OriginOf origin, origin_here;  // the name whose card is open; the name under the pointer in this frame
  WhyHere why_here;              // what W asks about because the pointer is on it
  std::string red_count;         // the worst red count of the ledger that this frame shows, as a path; empty: none
  float chain_scroll = 0, why_scroll = 0, transactions_scroll = 0;
  bool why_further = false;  // the open answer shows all effects, not only the first of each kind
  bool assignors = false;    // the panel of groups compares assignors
  std::string beliefs_of;    // in front of people: the partition that K shows beliefs about; empty: none
  int beliefs_step = 0;      // the step in which it was opened
  /// In front of people: the timers of the arcs that this frame has drawn, one for each setting and value.
  std::vector<const observe::Timer*> arcs;
  std::vector<std::string> not_yet;  // verbs that the engine does not support
  std::vector<LessonEntry> lessons;  // for the palette
  KeptWork kept;                     // offered above Next
  std::vector<KeptWork> waiting;     // all that can be restored, the newest first, for the list of lessons
  std::vector<CourseMeeting> meetings;
  std::map<std::string, LessonProgress> progress;  // by lesson
  bool by_meeting = false;                         // the list of lessons: by meeting, not by track
  std::string continue_here;  // the lesson in which the program last ended, until another one is worked in; empty: none
  // The ZooKeeper box on the stage; nullopt: open or closed as the lesson and the selection require.
  std::optional<bool> ensemble_open;
  std::set<std::string> folded_znodes;
  std::set<words::Key> folded_sections;  // of the inspector
  std::string znode_in_sight;            // the znode that the tree was scrolled to
  float znodes_scroll = 0;
  int last_step = -1;  // each new step applies its own view
  std::string last_lesson;
  bool was_away = false;
  int audience = 0;  // number of windows that follow; if there are any, the notes are shown here
  double audience_since = -1;
  SavedLayout before_away;
  /// The terminal.
  struct Tool {
    std::string text, command;  // the typed text; the executed command
    std::string of_lesson;      // the command that the lesson entered last
    std::vector<std::string> history;
    int row = 0;         // index in the history; its size: none
    int generation = 0;  // of the field
    bool grab = false;   // the field is to get the keyboard
    bool typing = false;
    bool offers = false;  // the next words are shown
    float scroll = 0, scroll_x = 0;
  } tool;
  /// A tab that the user has chosen; the terminal then takes the keys.
  void choose(Tab chosen) {
    tab = chosen;
    tab_chosen = true;
    tool.grab = chosen == Tab::Terminal;
  }
  bool log_follow = true;
  std::uint64_t log_chain = 0;  // the chain of causes that the event log was scrolled to; 0: none
  float lesson_need = 0;        // the height that the lesson's column needs to show everything
  float log_scroll = 0, ledger_scroll = 0, inspector_scroll = 0, narration_scroll = 0, groups_scroll = 0;
  std::string inspected;        // what inspector_scroll belongs to
  std::string inspected_point;  // what the lesson points at in it, once it has been scrolled into sight
  QuestionPhase last_phase = QuestionPhase::Closed;  // so that a new verdict is scrolled into view
  float partitions_scroll = 0;
  std::string partition_in_sight;  // the partition that the panel was scrolled to
  int partitions_below = 0;        // number of partitions that do not fit in the panel, shown beside its tab
  float replica_scroll = 0;
  std::int64_t time_from_us = -1, time_to_us = -1;  // zoomed timeline; -1: everything
  std::int64_t measure_from_us = -1, measure_to_us = -1;
  float pan_from_x = -1;              // right drag in the timeline
  std::int64_t overview_grab_us = 0;  // from the visible part's start to where the pointer holds it in the overview
  SpaceState space;
  bool fold_gaps = true;
  float lanes_scroll = 0;
  std::vector<HotChange> hot, cooled;            // leader changes being shown; those already shown
  std::vector<HotChange> twin_hot, twin_cooled;  // of the second world
  bool had_twin = false;
  double twin_wall = -1e9;  // when the second world appeared
  double why_wall = -1e9;   // when the last question was asked, or one of the answer's sentences was followed
  std::string aside;        // the open answer that a chosen panel has taken the place of (Ui::open_answer)
  std::string aside_told;   // the one of which a notice has said so
  std::int64_t last_time_us = -1;
  bool stage_select_mode = false;
};

/// Whether a text field covers everything: all keys are typed into it.
inline bool is_field_open(const State& st) {
  return st.palette_open || st.goto_open || st.form.open || st.lessons_open;
}
/// Whether a menu, a form, a list, a card of an origin or a field is open over the picture.
inline bool is_covered(const State& st) {
  return st.menu.open || st.help_open || st.runs_open || st.variants_open || st.new_cluster.open ||
         !st.origin.name.empty() || is_field_open(st);
}

struct Ui {
  Painter& p;
  const Palette& c;
  Hits& hits;
  const Pointer& in;
  State& st;
  const Snapshot& world;
  const LessonModel& lesson;
  const TimelineModel& time;
  const LogModel& log;
  std::vector<Action>& out;
  float w = 0, h = 0;
  double wall = 0;
  float dt = 0;
  Id salt = 0;  // distinguishes the second world's regions, because the same panel is drawn twice

  /// Registers a region given in the painter's present units.
  Hit hit(Id id, const Rect& r) { return hits.add(id ^ salt, p.to_window(r), in); }
  /// A region that can be dragged, or within which the pointer drags.
  Hit drag(Id id, const Rect& r) { return hits.add(id ^ salt, p.to_window(r), in, true); }
  const char* tr(words::Key s) const { return p.tr(s); }
  std::string tr(words::Key s, std::initializer_list<words::Arg> args) const { return ui::tr(p.lang, s, args); }
  const std::string& pick(const Words& words) const { return p.pick(words); }
  Lang other_language() const { return p.lang == Lang::Ko ? Lang::En : Lang::Ko; }
  /// The subtitle of these words: the same in the other language; empty: there are no subtitles, or both languages say
  /// the same.
  std::string under(const Words& words) const;
  void emit(ActionKind kind) { emit_text(kind, {}); }
  void emit(Action a) { out.push_back(std::move(a)); }
  void emit_text(ActionKind kind, std::string text) {
    Action a;
    a.kind = kind;
    a.text = std::move(text);
    emit(std::move(a));
  }
  void select(std::string_view what);
  /// A click on a card or a replica, in the painter's units: selects it; a second one opens the inspector.
  void touch(std::string_view what, const Rect& at);
  /// Notes where a thing is drawn, in the painter's units, if it is the selected one. If several places show it, the one that was
  /// clicked counts, else the one where it is `main`.
  void note_place(std::string_view what, const Rect& at, bool main = false);
  /// Shows a notice for a few seconds.
  void say(words::Key s, bool bad = false, std::initializer_list<BothArg> args = {});
  /// Takes that notice away.
  void unsay(words::Key s);
  /// "Ctrl+R", with the modifier that is used here.
  std::string keys_here(std::string_view keys) const;
  bool can(std::string_view verb) const;
  /// Whether a hover card may be shown: the pointer rests, and nothing covers the picture. `in_list`: it is in the open list itself.
  bool may_tip(bool in_list = false) const;
  /// Whether the pointer still rests where it was when an answer or the details were opened.
  bool hushed() const {
    constexpr float kNear = 24;
    const float dx = std::abs(in.x - st.hushed_at.x), dy = std::abs(in.y - st.hushed_at.y);
    return (dx == 0 && dy == 0) || (dx < kNear && dy < kNear && st.hushed_on != 0 && hits.hovered() == st.hushed_on);
  }
  void hush() { st.hushed_at = {in.x, in.y}; }
  bool big() const { return w >= 1600; }

  int node_of(std::string_view name) const;
  int broker_node(int broker_id) const;
  int partition_of(std::string_view name) const;
  /// The partition whose epochs have colours: the selected one, else the lesson's, else the first.
  int selected_partition() const;
  /// The leader in words: the metadata names a dead leader until the controller has fenced it. `since`: also since
  /// when, shortly after a change.
  std::string leader_words(int partition, bool since = false) const;
  /// The partition has a leader, but too few in-sync replicas: records with acks=all get NOT_ENOUGH_REPLICAS
  /// (ReplicaManager.appendRecords).
  bool under_min_isr(int partition) const;
  /// The partition has no leader: the metadata names none, or a dead one.
  bool leaderless(int partition) const;
  /// Opens the form for an act's values, filled with the target's values.
  void open_form(int form, const std::string& target, const std::string& other);
  /// Closes it; the form from which it was opened returns as it was left.
  void close_form();
  bool is_selected(std::string_view name) const { return st.selection == name; }
  /// Whether the lesson's step points at exactly that path of the state document.
  bool points_at(std::string_view path) const;
  /// Whether panels are shown without a stage, because the stage would give the answer away. (The workbench always
  /// shows it.)
  bool stage_hidden() const { return lesson.view.stage_hidden(); }
  /// A client has a transactional.id, or a coordinator knows one.
  bool has_transactions() const;
  bool has(Tab tab) const {
    switch (tab) {
      case Tab::Metrics: return !world.metrics.empty();
      case Tab::Transactions: return has_transactions();
      case Tab::Compare: return lesson.comparison.present;
      default: return true;
    }
  }
  /// Brings the inspector into view.
  void inspect();
  /// Asks why: about the path, else about the open record, the selection, the selected event, or the object in the
  /// lesson's view.
  void ask_why(std::string path = {});
  /// Brings a panel to the front; an open answer gives way to it where there is no room for both.
  void choose(Tab tab);
  /// What the open answer, or the open chain of causes, is about; empty: neither is open.
  std::string open_answer() const;
  /// Whether a panel has been chosen since the answer or the chain was opened: it takes their place.
  bool answer_is_aside() const { return !st.aside.empty() && st.aside == open_answer(); }
  /// Whether an answer is open and nothing has been chosen since: W goes on with its subject.
  bool goes_on_with_answer() const;
  /// Asks about that path in the world in which the open answer is.
  void ask_why_there(std::string path);
  /// Whether the thing was selected by a click in the second world.
  bool clicked_there(const std::string& what) const {
    return lesson.twin.open && st.selected_there && !what.empty() && what == st.selection;
  }
  /// What key W asks about; empty: the selection, or the object in the lesson's view.
  std::string why_path() const;
  void show_lessons();
  /// Turns the subtitles in the other language on or off.
  void turn_subtitles();
  /// Turns reduced motion on or off.
  void turn_motion();
  /// Shows this lesson's variants, or reports that there are none.
  void show_variants();
};

// --- widgets shared by panels ----------------------------------------------------------------------------------------

/// A one-line pill; returns its width. `align` may right-align it.
float tag(Painter& p, float x, float y, std::string_view s, Color fill, Color text, Color edge = 0,
          Icon icon = Icon::None, bool bold = false, Align align = Align::Left, float height = 22);
/// The same in the middle of the row, from which it takes its width: from the right end if aligned so.
float tag(Painter& p, Row& row, std::string_view s, Color fill, Color text, Color edge = 0, Icon icon = Icon::None,
          bool bold = false, Align align = Align::Left, float height = 22);
/// A push button.
Hit button_hit(Ui& ui, Id id, const Rect& r, std::string_view label, bool primary = false, Icon icon = Icon::None,
               std::string_view key = {});
/// The same; returns true when clicked.
inline bool button(Ui& ui, Id id, const Rect& r, std::string_view label, bool primary = false, Icon icon = Icon::None,
                   std::string_view key = {}) {
  return button_hit(ui, id, r, label, primary, icon, key).clicked;
}
/// A hover card with one sentence that explains a region.
void explain(Ui& ui, const Rect& r, const Hit& hit, std::string words);
/// "Why?" about a path (empty: what is selected), its right edge at x; returns its width.
float why_button(Ui& ui, float right, float y, const std::string& path);
/// The frame of a place under the pointer, drawn so far outside it.
struct SpotFrame {
  float width, radius, outside = 0;
};
/// A place that can be asked: under the pointer it is framed, and a tip says so; a click asks why about the path. True: it was clicked.
bool why_spot(Ui& ui, Id id, const Rect& place, const SpotFrame& frame, const std::string& title,
              const std::string& path);
/// A row with a value of the state document: once it was clicked it is framed, and W asks about it.
Hit value_row(Ui& ui, Id id, const Rect& row, const std::string& path);
/// Whether that value was clicked last, so that W asks about it.
bool is_chosen_value(const Ui& ui, const std::string& path);
float keycap(Painter& p, float x, float y, std::string_view s);
void epoch_tag(Painter& p, const Rect& r, std::int64_t epoch, bool colored, float em = 13);
words::Key source_word(observe::ConfigSource source);
/// "request.timeout.ms = 30000 (default)"
std::string timer_setting(const Ui& ui, const observe::Timer& timer);
/// The same, and how much is left.
std::pair<std::string, std::string> timer_words(const Ui& ui, const observe::Timer& timer);
/// Adds that to a card, and what happens when the timer ends.
void tell_timer(const Ui& ui, const observe::Timer& timer, Tip& tip);
/// What stands in the middle of the timer's ring; None for most.
Icon timer_sign(const observe::Timer& timer);
/// A ring that runs down: orange in its last fifth, vermilion with a 0 when it has run out; thin and grey, if nothing fails at its end. In
/// front of people, where no pointer asks for it, its setting is noted for the top bar (State::arcs).
void timer_ring(Ui& ui, float x, float y, float r, const observe::Timer& timer, float width);
/// The empty state that teaches: dashed frame, icon, one fact, what to do.
void empty_state(Ui& ui, const Rect& r, Icon icon, std::string_view title, std::string_view sub);
inline void empty_state(Ui& ui, const Rect& r, Icon icon, words::Key title, words::Key sub) {
  empty_state(ui, r, icon, ui.tr(title), ui.tr(sub));
}
/// Panel head: name and, at the right, a note. Returns the y below it.
float panel_head(Ui& ui, const Rect& r, std::string_view name, std::string_view note = {});
void shadow_card(Painter& p, const Rect& r, Color fill, Color edge, float width, float radius = 8);
/// A layer over everything: the rest is dimmed, `name` becomes the box for drawing until pop_box. The hit is the area
/// outside.
Hit dialog(Ui& ui, const char* name, const Rect& r);
/// The ground of a row in a list: highlighted if keys have selected it, tinted under the pointer.
void row_light(Ui& ui, const Rect& row, bool lit, bool hovered, float radius = 6);
/// Scrolls `offset` by the wheel while the pointer is over r; keeps it within the content.
void scroll(Ui& ui, const Rect& r, float content, float& offset, float step = kScrollStep);
/// A bar at the right edge of r that shows the size and the position of the visible part of the content.
void scroll_bar(Ui& ui, const Rect& r, float content, float offset);

/// Records that the meaning of a sign stands there.
void note_legend(Ui& ui, const Rect& r);

/// A one-line text field; returns true when Enter was pressed. `focus`: it takes the keyboard.
bool text_field(Ui& ui, const char* id, const Rect& r, std::string& text, const char* hint, int flags = 0,
                bool focus = false);

/// Marks for a fault, for another act that was carried out, and for a refused one: different in shape and colour; none
/// is a cross, which marks dead nodes.
void draw_deed(Painter& p, Deed deed, float x, float y, float size, float width);
Color deed_color(const Palette& palette, Deed deed);
Icon node_icon(observe::NodeKind kind);
words::Key track_name(std::string_view track);  // of a lesson; "ui.lesson"_w if the lesson is not in the curriculum
words::Key family_name(observe::Family family);
std::string set_text(std::span<const int> ids);  // {1, 2, 3}

}  // namespace kafkascope::ui
