// Pictures of every bundled lesson at some of its steps and shortly after, in the three layouts:
// none of our texts is cut or leaves its box, no texts overlap, no cards of the stage overlap, no list's edge cuts a row, and no words of
// lines and messages cover a card, a message or one another, or stand on another line; no ring is drawn over words.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "player/helpers.h"
#include "support/places.h"
#include "ui/looks.h"

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

/// "2.5 s": in Korean these are 2.5초.
bool says_seconds_in_english(const std::string& text) {
  for (std::size_t at = text.find(" s"); at != std::string::npos; at = text.find(" s", at + 1)) {
    const auto is = [&](std::size_t i, auto kind) {
      return i < text.size() && kind(static_cast<unsigned char>(text[i]));
    };
    if (is(at - 1, [](int c) { return std::isdigit(c) != 0; }) &&
        !is(at + 2, [](int c) { return std::isalnum(c) != 0; }))
      return true;
  }
  return false;
}

}  // namespace

// With KAFKASCOPE_ALL_LOOKS=1 each moment has all looks, with KAFKASCOPE_ALL_LOOKS=replication/ those of the lessons whose names contain
// that.
TEST_CASE(
    "every lesson at several moments up to its last step, at 4:3 in front of people and in two of all looks in turn: nothing is cut or overlaps") {
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
  const std::vector<ui::Look> looks = ui::every_look();
  const std::size_t n = looks.size();
  // The narrowest look, in every other moment in Korean, and two more looks, which are the next ones in the next moment; some moments have
  // all, and so have two lessons: one with many clients' names of similar length, one with beliefs about leaders.
  constexpr std::size_t kAllOf = 40, kApart = 7;
  const auto has = [&](std::size_t moment, const ui::Look& look) {
    const ui::Lang lang = moment % 2 == 0 ? ui::Lang::En : ui::Lang::Ko;
    const std::string& name = moments[moment].name;
    const bool whole = name.starts_with("consumer/consumer-options") || name.starts_with("replication/leader-epoch");
    return !all.empty() || whole || moment % kAllOf == 0 || &look == &looks[moment % n] ||
           &look == &looks[(moment + kApart) % n] || (look.w == 1024 && look.lang == lang);
  };
  const std::string characters = all_characters(names);
  std::size_t pictures = 0;
  for (std::size_t l = 0; l < n; ++l) {
    const ui::Look& look = looks[l];
    ui::Headless h;
    h.lesson.paragraphs = {{characters, characters}};
    ui::take_look(h, {ui::Layout::Lesson, look.w, look.h, look.lang});
    h.settle();
    for (std::size_t i = 0; i < moments.size(); ++i) {
      if (!has(i, look)) continue;
      h.world = moments[i].world;
      h.lesson = moments[i].lesson;
      h.time = moments[i].time;
      h.log = moments[i].log;
      ui::open_banner(h, look);
      ui::take_look(h, look);
      ui::clean(h, moments[i].name + ", " + name_of(look));
      if (look.lang == ui::Lang::Ko) {
        for (const auto& piece : h.dashboard.diagnostics().pieces)
          CHECK_MESSAGE(!says_seconds_in_english(piece.text), moments[i].name, ", ", name_of(look), ": ", piece.text);
      }
      ++pictures;
    }
  }
  if (all.empty()) CHECK(pictures * 10 > moments.size() * 28);
  else CHECK(pictures == moments.size() * n);
}
