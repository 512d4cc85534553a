// Fifteen views in both languages and themes, compared with stored pictures: small, and with a tolerance, so that
// another renderer's edges do not fail the test, but a missing card or label, a wrong colour or another language does. KAFKASCOPE_WRITE_GOLDEN=1 writes the stored pictures anew; look at them before you commit them.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <vector>

#include "app/drawing.h"
#include "app/offscreen_pixels.h"
#include "golden/no_gl.h"
#include "golden/picture_files.h"
#include "player/helpers.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Layout;

namespace {

constexpr int kWide = 1280, kHigh = 720, kShrink = 4;  // a stored picture has a quarter of the width
constexpr int kTileW = kWide / kShrink, kTileH = kHigh / kShrink;
constexpr int kColumns = 3;          // on a sheet of pictures
constexpr int kApart = 48;           // of 255: the difference from which a pixel counts as different
constexpr double kMostApart = .006;  // share of a picture's pixels that may differ
// A label is a small part of a picture: each patch of a label's size is compared, too, and fainter differences count.
constexpr int kPatchW = 20, kPatchH = 4, kFaintlyApart = 24;
constexpr double kMostApartInPatch = .15;

struct View {
  const char* name;
  const char* lesson;
  std::int64_t at_ms;
  Layout layout;
  const char* select = "";
  const char* tool = "";
  const char* beside = "";  // "key=value" of shop
};

constexpr View kViews[] = {
    {"a lesson", "replication/leader-failover", 16'000, Layout::Lesson},
    {"a question for an audience", "delivery/transaction-abort", 14'000, Layout::Presenter},
    {"an audience's picture of a crash", "replication/leader-failover", 9'000, Layout::Presenter},
    {"partitions", "replication/leader-epoch", 12'000, Layout::Workbench, "/partitions"},
    {"groups", "groups/rebalance-eager", 14'000, Layout::Workbench, "/groups"},
    {"KRaft's controllers", "controller/kraft-failover", 12'000, Layout::Workbench, "/cluster"},
    {"ZooKeeper", "controller/session-expiry", 14'000, Layout::Workbench, "/zookeeper"},
    {"the ledger", "producer/acks", 16'000, Layout::Workbench, "/ledger/lost_acked"},
    {"metrics", "operations/what-the-graphs-show", 20'000, Layout::Workbench, "/metrics"},
    {"transactions", "delivery/zombie-fencing", 13'000, Layout::Workbench, "/transactions"},
    {"the terminal", "replication/leader-failover", 16'000, Layout::Workbench, "",
     "kafka-topics --describe --topic orders"},
    {"two worlds", "replication/leader-failover", 16'000, Layout::Workbench, "", "", "acks=1"},
    {"why an ISR is small", "replication/leader-failover", 16'000, Layout::Lesson, "why:/partitions/orders-0/isr"},
    {"space and time", "replication/leader-failover", 9'500, Layout::Workbench, "/space-time"},
    {"twelve brokers in racks", "../tests/data/twelve-brokers", 6'000, Layout::Lesson},
};
constexpr int kCount = static_cast<int>(std::size(kViews));
constexpr int kSheetW = kTileW * kColumns, kSheetH = kTileH * ((kCount + kColumns - 1) / kColumns);

using Sheet = std::vector<unsigned char>;  // RGBA rows

/// Writes the mean of each square of kShrink x kShrink pixels to the view's place on the sheet.
void shrink(const std::string& picture, int view, Sheet& sheet) {
  const int left = view % kColumns * kTileW, top = view / kColumns * kTileH;
  for (int y = 0; y < kTileH; ++y)
    for (int x = 0; x < kTileW; ++x)
      for (int channel = 0; channel < 4; ++channel) {
        int sum = 0;
        for (int dy = 0; dy < kShrink; ++dy)
          for (int dx = 0; dx < kShrink; ++dx)
            sum += static_cast<unsigned char>(
                picture[static_cast<std::size_t>(((y * kShrink + dy) * kWide + x * kShrink + dx) * 4 + channel)]);
        sheet[static_cast<std::size_t>(((top + y) * kSheetW + left + x) * 4 + channel)] =
            static_cast<unsigned char>(sum / (kShrink * kShrink));
      }
}

/// The largest difference of a channel at a place (in small pixels) of the view `a` of one sheet and `b` of another.
int difference(const Sheet& one, int a, const Sheet& other, int b, int x, int y) {
  const auto at = [&](const Sheet& sheet, int view) {
    return &sheet[static_cast<std::size_t>(((view / kColumns * kTileH + y) * kSheetW + view % kColumns * kTileW + x) *
                                           4)];
  };
  const auto *p = at(one, a), *q = at(other, b);
  return std::max({std::abs(p[0] - q[0]), std::abs(p[1] - q[1]), std::abs(p[2] - q[2])});
}

/// The share of pixels that differ between the view `a` of one sheet and the view `b` of another.
double apart(const Sheet& one, int a, const Sheet& other, int b) {
  int differ = 0;
  for (int y = 0; y < kTileH; ++y)
    for (int x = 0; x < kTileW; ++x) differ += difference(one, a, other, b, x, y) > kApart ? 1 : 0;
  return static_cast<double>(differ) / (kTileW * kTileH);
}

/// The same share in the patch that differs most.
double apart_in_patch(const Sheet& one, int a, const Sheet& other, int b) {
  int most = 0;
  for (int top = 0; top + kPatchH <= kTileH; top += kPatchH / 2)
    for (int left = 0; left + kPatchW <= kTileW; left += kPatchW / 2) {
      int differ = 0;
      for (int y = top; y < top + kPatchH; ++y)
        for (int x = left; x < left + kPatchW; ++x)
          differ += difference(one, a, other, b, x, y) > kFaintlyApart ? 1 : 0;
      most = std::max(most, differ);
    }
  return static_cast<double>(most) / (kPatchW * kPatchH);
}

/// Whether something like letters stands in a rectangle of the picture: enough pixels differ from its first one.
bool has_letters(const std::string& picture, int left, int top, int width, int height) {
  const auto pixel = [&](int x, int y) { return &picture[static_cast<std::size_t>((y * kWide + x) * 4)]; };
  int ink = 0;
  for (int y = top; y < top + height; ++y)
    for (int x = left; x < left + width; ++x)
      ink += std::abs(static_cast<unsigned char>(*pixel(x, y)) - static_cast<unsigned char>(*pixel(left, top))) > 96
                 ? 1
                 : 0;
  return ink * 6 > width * height && ink * 2 < width * height;
}

void empty(std::string& picture, int left, int top, int width, int height) {
  const std::string paper = picture.substr(static_cast<std::size_t>((top * kWide + left) * 4), 4);
  for (int y = top; y < top + height; ++y)
    for (int x = left; x < left + width; ++x) picture.replace(static_cast<std::size_t>((y * kWide + x) * 4), 4, paper);
}

}  // namespace

TEST_CASE("fifteen views equal their saved pictures, in both languages and themes") {
  const bool write = std::getenv("KAFKASCOPE_WRITE_GOLDEN") != nullptr;
  const std::array<std::string, 4> looks = {"en-dark", "en-light", "ko-dark", "ko-light"};
  std::array<Sheet, 4> sheets;
  for (Sheet& sheet : sheets) sheet.assign(static_cast<std::size_t>(kSheetW) * kSheetH * 4, 0);
  for (int v = 0; v < kCount; ++v) {
    const View& view = kViews[v];
    CAPTURE(view.name);
    const std::string text = text_of(view.lesson);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{view.at_ms * 1000});
    player.play(false);
    if (const std::string beside = view.beside; !beside.empty()) {
      Action open = action(ActionKind::OpenTwin);
      open.verb = "setting";
      open.target = "shop";
      open.text = beside.substr(0, beside.find('='));
      open.other = beside.substr(beside.find('=') + 1);
      player.act(open);
    }
    for (std::size_t look = 0; look < looks.size(); ++look) {
      DrawOptions options{
          kWide,       kHigh,    looks[look].ends_with("light"), looks[look].starts_with("ko"), view.layout,
          view.select, view.tool};
      std::string pixels;
      const Picture made = draw_png(player, options, "", &pixels);
      if (!made.ok) {
        no_picture(made.error);
        return;
      }
      REQUIRE(pixels.size() == static_cast<std::size_t>(kWide) * kHigh * 4);
      shrink(pixels, v, sheets[look]);
    }
  }
  for (std::size_t look = 0; look < looks.size(); ++look) {
    const std::string file = source_root() + "/tests/golden/pictures/" + looks[look] + ".png";
    if (write) {
      REQUIRE(write_png(file, kSheetW, kSheetH, sheets[look]));
      continue;
    }
    int w = 0, h = 0;
    const std::string kept = read_picture(file, w, h);
    REQUIRE_MESSAGE((w == kSheetW && h == kSheetH), file);
    const Sheet golden(kept.begin(), kept.end());
    for (int v = 0; v < kCount; ++v) {
      const double share = apart(sheets[look], v, golden, v);
      CHECK_MESSAGE(share <= kMostApart,
                    looks[look] << ", " << std::string(kViews[v].name) << ": " << share * 100 << " % differ");
      const double patch = apart_in_patch(sheets[look], v, golden, v);
      CHECK_MESSAGE(patch <= kMostApartInPatch, looks[look] << ", " << std::string(kViews[v].name) << ": "
                                                            << patch * 100 << " % of a patch differ");
    }
  }
  // Checks that the measure distinguishes languages, themes and views.
  for (int v = 0; v < kCount; ++v) {
    CAPTURE(std::string(kViews[v].name));
    CHECK(apart(sheets[0], v, sheets[1], v) > kMostApart);
    CHECK(apart(sheets[0], v, sheets[2], v) > kMostApart);
    CHECK(apart(sheets[0], v, sheets[0], (v + 1) % kCount) > kMostApart);
  }
}

TEST_CASE("a picture without one of its labels does not equal the saved one") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{16'000'000});
  player.play(false);
  std::string whole;
  DrawOptions options;
  options.width = kWide, options.height = kHigh;
  const Picture made = draw_png(player, options, "", &whole);
  if (!made.ok) {
    no_picture(made.error);
    return;
  }
  constexpr int kLabelW = 80, kLabelH = 14;
  Sheet full(static_cast<std::size_t>(kSheetW) * kSheetH * 4, 0);
  shrink(whole, 0, full);
  Sheet lacks = full;
  int labels = 0;
  for (int top = 0; top + kLabelH <= kHigh; top += 2 * kLabelH)
    for (int left = 0; left + kLabelW <= kWide; left += kLabelW) {
      if (!has_letters(whole, left, top, kLabelW, kLabelH)) continue;
      CAPTURE(left);
      CAPTURE(top);
      std::string without = whole;
      empty(without, left, top, kLabelW, kLabelH);
      shrink(without, 0, lacks);
      CHECK(apart_in_patch(lacks, 0, full, 0) > kMostApartInPatch);
      ++labels;
    }
  CHECK(labels > 20);
}
