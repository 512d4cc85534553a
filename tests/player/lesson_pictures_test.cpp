// Pictures of every bundled lesson at some of its steps and shortly after, in the three layouts:
// none of our texts is cut or leaves its box, no texts overlap, no cards of the stage overlap, no list's edge cuts a row, and no words of
// lines and messages cover a card, a message or one another, or stand on another line; no ring is drawn over words.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "player/helpers.h"
#include "support/places.h"
#include "ui/headless.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

namespace fs = std::filesystem;

std::vector<std::string> lessons() {
  const fs::path root = source_root() + "/scenarios";
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".json")
      found.push_back(fs::relative(entry.path(), root).replace_extension().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// Different moments: between steps, just after a few of the lesson's steps in the first 16 s, and after its last two steps.
std::vector<std::int64_t> times(Player& player) {
  constexpr std::int64_t kFirstPart = 16'000'000;
  std::vector<std::int64_t> out{600'000, 5'600'000};
  player.seek(player.session().until());
  std::vector<std::int64_t> steps;
  for (const ui::LessonStep& s : player.lesson().steps)
    if (s.at_us > 0) steps.push_back(s.at_us + 120'000);
  std::sort(steps.begin(), steps.end());
  const std::size_t all = steps.size(), early = static_cast<std::size_t>(
                                            std::lower_bound(steps.begin(), steps.end(), kFirstPart) - steps.begin());
  for (const std::size_t i : {std::size_t{0}, early / 2, early - 1, all - 2, all - 1})
    if (i < all) out.push_back(steps[i]);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// What the dashboard shows of a lesson at one time.
struct Moment {
  std::string name;
  observe::Snapshot world;
  ui::LessonModel lesson;
  ui::TimelineModel time;
  ui::LogModel log;
};

/// Layout, size and language; and whether the banner of a detour is open.
struct Look {
  ui::Layout layout;
  float w, h;
  ui::Lang lang;
  bool banner = false;
};

std::vector<Look> every_look() {
  using enum ui::Layout;
  std::vector<Look> looks;
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    for (const auto& [w, h] :
         {std::pair{1280.f, 720.f}, {1280.f, 800.f}, {1600.f, 900.f}, {1920.f, 1080.f}, {3840.f, 2160.f}})
      for (const ui::Layout layout : {Lesson, Workbench, Presenter}) looks.push_back({layout, w, h, lang});
    looks.push_back({Presenter, 1024, 768, lang});
    looks.push_back({Workbench, 1600, 900, lang, true});
  }
  return looks;
}

/// Each character that lessons or the dashboard write, once: drawn first, they are not added to all fonts one lesson after the other.
std::string all_characters(const std::vector<std::string>& lessons) {
  std::set<std::string> found;
  const auto read = [&](const std::string& text) {
    for (std::size_t i = 0, next = 0; i < text.size(); i = next) {
      for (next = i + 1; next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80; ++next) {
      }
      if (next > i + 1) found.insert(text.substr(i, next - i));
    }
  };
  for (const std::string& lesson : lessons) read(text_of(lesson));
  std::ifstream words(source_root() + "/assets/words/ko.json");
  read({std::istreambuf_iterator<char>(words), {}});
  std::string all;
  for (const std::string& character : found) all += character;
  return all;
}

std::string name_of(const Look& look) {
  constexpr const char* kLayouts[] = {"lesson", "workbench", "presenter"};
  return std::string(kLayouts[static_cast<std::size_t>(look.layout)]) + " " + std::to_string(static_cast<int>(look.w)) +
         "x" + std::to_string(static_cast<int>(look.h)) + (look.banner ? " with a banner" : "") +
         (look.lang == ui::Lang::Ko ? ", ko" : ", en");
}

}  // namespace

// With KAFKASCOPE_ALL_LOOKS=1 each moment has all looks, with KAFKASCOPE_ALL_LOOKS=replication/ those of the lessons whose names contain
// that.
TEST_CASE(
    "every lesson at several moments up to its last step, at 4:3 in front of people and in one of all looks in turn: nothing is cut or overlaps") {
  const char* env = std::getenv("KAFKASCOPE_ALL_LOOKS");
  const std::string all = env == nullptr ? "" : env, part = all == "1" ? "" : all;
  const std::vector<std::string> names = lessons();
  std::vector<Moment> moments;
  for (const std::string& name : names) {
    if (name.find(part) == std::string::npos) continue;
    const std::string text = text_of(name);
    Player player(parse(text), "x", text);
    for (const std::int64_t at : times(player)) {
      player.seek(sim::Instant{at});
      moments.push_back({name + " at " + std::to_string(at / 1000) + " ms", player.snapshot(), player.lesson(),
                         player.time(), player.log()});
    }
  }
  const std::vector<Look> looks = every_look();
  const std::size_t n = looks.size();
  // The narrowest look, in every other moment in Korean, and one more look, which is the next one in the next moment.
  const auto has = [&](std::size_t moment, const Look& look) {
    const ui::Lang lang = moment % 2 == 0 ? ui::Lang::En : ui::Lang::Ko;
    return !all.empty() || &look == &looks[moment % n] || (look.w == 1024 && look.lang == lang);
  };
  const std::string characters = all_characters(names);
  std::size_t pictures = 0;
  for (std::size_t l = 0; l < n; ++l) {
    const Look& look = looks[l];
    ui::Headless h;
    h.size(look.w, look.h);
    h.dashboard.set_language(look.lang);
    h.lesson.paragraphs = {{characters, characters}};
    h.settle();
    h.dashboard.set_layout(look.layout);
    for (std::size_t i = 0; i < moments.size(); ++i) {
      if (!has(i, look)) continue;
      h.world = moments[i].world;
      h.lesson = moments[i].lesson;
      h.time = moments[i].time;
      h.log = moments[i].log;
      if (look.banner) h.lesson.detour = ui::fixture::lesson(ui::fixture::Scene::Detour).detour;
      h.dashboard.forget_place();
      h.settle();
      ++pictures;
      const ui::Diagnostics& seen = h.dashboard.diagnostics();
      const std::string where = moments[i].name + ", " + name_of(look);
      for (const std::string& s : seen.overflows) CHECK_MESSAGE(false, (where + ": does not fit: " + s));
      for (const std::string& s : ui::overlapping_texts(seen)) CHECK_MESSAGE(false, (where + ": texts overlap: " + s));
      for (const std::string& s : ui::overlapping_cards(seen)) CHECK_MESSAGE(false, (where + ": cards overlap: " + s));
      for (const std::string& s : ui::covering_labels(seen)) CHECK_MESSAGE(false, (where + ": covered: " + s));
      for (const std::string& s : ui::words_on_wires(seen)) CHECK_MESSAGE(false, (where + ": " + s));
      for (const std::string& s : ui::words_under_rings(seen)) CHECK_MESSAGE(false, (where + ": under a ring: " + s));
      for (const std::string& s : ui::cut_rows(seen)) CHECK_MESSAGE(false, (where + ": cut row: " + s));
      CHECK(seen.pieces.size() > 5);
    }
  }
  if (all.empty()) CHECK(pictures * 10 > moments.size() * 19);
  else CHECK(pictures == moments.size() * n);
}
