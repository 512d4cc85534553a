#include "ui/headless.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "ui/imgui_versions.h"

namespace kafkascope::ui {

Headless::Headless() {
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
#if IMGUI_VERSION_NUM < 18700
  for (const int key : {ImGuiKey_Enter, ImGuiKey_Backspace, ImGuiKey_Escape, ImGuiKey_LeftArrow, ImGuiKey_RightArrow})
    io.KeyMap[key] = 300 + key;
#endif
  dashboard.diagnostics().on = true;
  dashboard.state().coach_seen = true;
  show(fixture::Moment::Before, fixture::Scene::First);
}

Headless::~Headless() { ImGui::DestroyContext(); }

void Headless::show(fixture::Moment moment, fixture::Scene scene) {
  world = fixture::world(moment);
  lesson = fixture::lesson(scene);
  time = fixture::timeline(moment);
  log = fixture::log(moment);
}

void Headless::open_twin(std::shared_ptr<const observe::Snapshot> there) {
  lesson.twin.open = lesson.twin.ready = true;
  lesson.twin.here = {"here", "여기"};
  lesson.twin.there = {"there", "저기"};
  lesson.twin.world = std::move(there);
}

void Headless::size(float w, float h, float scale) {
  w_ = w;
  h_ = h;
  scale_ = scale;
}

void Headless::frame() {
  ImGuiIO& io = ImGui::GetIO();
  io.DisplaySize = {w_ * scale_, h_ * scale_};
  io.DeltaTime = 1.f / 60;
  if (dashboard.prepare(scale_)) {
    const AtlasPixels built(*io.Fonts);
#if IMGUI_VERSION_NUM >= 19200
    io.Fonts->TexData->SetTexID(1);
    io.Fonts->TexData->SetStatus(ImTextureStatus_OK);
#else
    io.Fonts->SetTexID(reinterpret_cast<void*>(1));
#endif
  }
  ImGui::NewFrame();
  dashboard.frame(world, lesson, time, log, w_, h_);
  ImGui::Render();
}

void Headless::settle() {
  for (int i = 0; i < 6; ++i) {
    frame();
    if (!dashboard.wants_another_frame() && i > 0) break;
  }
}

void Headless::move(float x, float y) {
  ImGui::GetIO().MousePos = {x * scale_, y * scale_};
  frame();
}

void Headless::press(bool right) {
  ImGui::GetIO().MouseDown[right ? 1 : 0] = true;
  frame();
}

void Headless::release(bool right) {
  ImGui::GetIO().MouseDown[right ? 1 : 0] = false;
  frame();
}

void Headless::click(float x, float y, bool right) {
  move(x, y);
  frame();
  press(right);
  release(right);
}

bool Headless::click(Id id, bool right) {
  const Rect r = dashboard.hits().find(id);
  if (r.empty()) return false;
  click(r.cx(), r.cy(), right);
  return true;
}

void Headless::key(int key, bool ctrl, bool shift) {
  dashboard.key({key, ctrl, shift, false, false});
  frame();
}

void Headless::type(const char* text) {
  for (const char* at = text; *at != '\0';) {
    unsigned codepoint = 0;
    at += ImTextCharFromUtf8(&codepoint, at, nullptr);
    dashboard.text(codepoint);
  }
  frame();
}

void Headless::wheel(float notches) {
  ImGui::GetIO().MouseWheel = notches;
  frame();
  ImGui::GetIO().MouseWheel = 0;
  frame();
}

void Headless::enter() {
  key(kKeyEnter);
  frame();
}

Action Headless::take(ActionKind kind) {
  Action found;
  found.kind = kind == ActionKind::Pause ? ActionKind::Run : ActionKind::Pause;
  for (const Action& a : dashboard.take_actions()) {
    if (a.kind == kind) return a;
  }
  return found;
}

bool Headless::emitted(ActionKind kind) { return take(kind).kind == kind; }

std::vector<std::string> overlapping_texts(const Diagnostics& diagnostics) {
  std::vector<std::string> out;
  const auto& pieces = diagnostics.pieces;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    for (std::size_t j = i + 1; j < pieces.size(); ++j) {
      if (pieces[i].layer != pieces[j].layer) continue;
      Rect a = pieces[i].rect;
      const Rect b = pieces[j].rect;
      // Adjacent glyph boxes touch; only real overlaps count.
      a = {a.x + 1.5f, a.y + 2, a.w - 3, a.h - 4};
      if (a.w > 0 && a.h > 0 && b.h > 4 && a.overlaps(b))
        out.push_back(pieces[i].text + " / " + pieces[j].text + " at " + std::to_string(static_cast<int>(b.x)) + ", " +
                      std::to_string(static_cast<int>(b.y)) + " in " + pieces[j].box);
    }
  }
  return out;
}

namespace {
/// Words of lines and messages on the stage.
constexpr std::string_view kLabels[] = {"message label", "produce rate",  "refusal",
                                        "lost label",    "latency label", "grid label"};
/// What they belong to.
constexpr std::string_view kOwners[] = {"bead", "grid bead", "message mark", "lost message"};
/// Messages, drawn over the cards.
constexpr std::string_view kMessages[] = {"bead", "grid bead", "message mark"};
}  // namespace

std::vector<std::string> covering_labels(const Diagnostics& diagnostics) {
  const auto is_one_of = [](const std::string& name, const auto& names) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  };
  std::vector<std::string> out;
  const auto& marks = diagnostics.marks;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const std::string& label = marks[i].second;
    if (!is_one_of(label, kLabels)) continue;
    const Rect r = marks[i].first.grown(-1);
    for (const auto& [card, name] : diagnostics.cards)
      if (name != "label" && name != "badge" && card.overlaps(r)) out.push_back(label + " over " + name);
    for (std::size_t j = 0; j < marks.size(); ++j)
      if (j != i && marks[j].first.overlaps(r) &&
          (is_one_of(marks[j].second, kLabels) || is_one_of(marks[j].second, kOwners)))
        out.push_back(label + " over " + marks[j].second + " at " + std::to_string(static_cast<int>(r.x)) + ", " +
                      std::to_string(static_cast<int>(r.y)));
  }
  return out;
}

std::vector<std::string> covering_marks(const Diagnostics& diagnostics) {
  std::vector<std::string> out;
  std::vector<Rect> cards;  // and racks, which have names
  for (const auto& [rect, name] : diagnostics.cards)
    if (name != "label" && name != "badge") cards.push_back(rect);
  for (const auto& [rect, name] : diagnostics.marks)
    if (name == "rack" || name == "machine") cards.push_back(rect);
  for (const auto& [mark, what] : diagnostics.marks) {
    const bool bracket = what == "held bracket";
    if (!bracket && std::find(std::begin(kMessages), std::end(kMessages), what) == std::end(kMessages)) continue;
    for (const auto& [other, name] : diagnostics.marks) {
      const bool another = name == what && (other.x != mark.x || other.y != mark.y);  // else they look like one
      if (bracket && (another || name.ends_with(" replica") || name == "replica chip") && other.overlaps(mark))
        out.push_back(what + " over " + name);
    }
    for (const Diagnostics::Piece& piece : diagnostics.pieces) {
      const Rect letters = piece.rect.padded(1.5f, 4);
      const auto has_them = [&](const Rect& card) { return card.contains(letters.cx(), letters.cy()); };
      if (piece.layer == 0 && !letters.empty() && letters.overlaps(mark.grown(-1)) &&
          (bracket || std::any_of(cards.begin(), cards.end(), has_them)))
        out.push_back(what + " over " + piece.text + " at " + std::to_string(static_cast<int>(mark.x)) + ", " +
                      std::to_string(static_cast<int>(mark.y)));
    }
  }
  return out;
}

std::vector<std::string> overlapping_cards(const Diagnostics& diagnostics) {
  std::vector<std::string> out;
  const auto& cards = diagnostics.cards;
  for (std::size_t i = 0; i < cards.size(); ++i) {
    for (std::size_t j = i + 1; j < cards.size(); ++j) {
      if (cards[i].first.grown(-1).overlaps(cards[j].first)) out.push_back(cards[i].second + " / " + cards[j].second);
    }
  }
  return out;
}

std::vector<std::string> words_on_wires(const Diagnostics& diagnostics) {
  std::vector<std::string> out;
  for (const Diagnostics::WireWords& words : diagnostics.wire_words)
    for (const Diagnostics::Wire& wire : diagnostics.wires) {
      const bool own = (wire.a == words.a && wire.b == words.b) || (wire.a == words.b && wire.b == words.a);
      if (!own && covers_line(words.rect, wire.route) == Covers::Along)
        out.push_back(words.what + " of " + std::to_string(words.a) + " and " + std::to_string(words.b) +
                      " on the line of " + std::to_string(wire.a) + " and " + std::to_string(wire.b));
    }
  return out;
}

std::vector<std::string> words_under_rings(const Diagnostics& diagnostics) {
  std::vector<std::string> out;
  for (const Diagnostics::Ring& ring : diagnostics.rings) {
    const Rect outer = ring.rect.grown(ring.width / 2), inner = ring.rect.grown(-ring.width / 2);
    for (std::size_t i = 0; i < std::min(ring.before, diagnostics.pieces.size()); ++i) {
      const Diagnostics::Piece& piece = diagnostics.pieces[i];
      const Rect letters = piece.rect.padded(1.5f, 2);
      const bool across = letters.x >= inner.x && letters.right() <= inner.right();
      // Of the ring's own words only the middle: in a low row the line stands close above and below them.
      const Rect middle = letters.padded(0, across && inner.contains(letters.cx(), letters.cy()) ? letters.h / 4 : 0);
      const bool inside = across && middle.y >= inner.y && middle.bottom() <= inner.bottom();
      if (piece.layer == ring.layer && !letters.empty() && letters.overlaps(outer) && !inside)
        out.push_back(piece.text + " at " + std::to_string(static_cast<int>(letters.x)) + ", " +
                      std::to_string(static_cast<int>(letters.y)) + " in " + piece.box);
    }
  }
  return out;
}

std::vector<std::string> cut_rows(const Diagnostics& diagnostics) {
  std::vector<std::string> out;
  for (const std::string& words : diagnostics.begun)
    for (const std::string_view list : {"znodes: ", "groups: ", "metrics: ", "ledger counts: ", "records: ",
                                        "event log: ", "tool suggestions: ", "terminal output: "})
      if (words.starts_with(list)) out.push_back(words);
  return out;
}

std::vector<std::string> cut_beyond_reading(const Diagnostics& diagnostics) {
  constexpr std::string_view kDots = "…", kDigits = "0123456789", kHex = "0123456789abcdef…";
  const auto is_digit = [&](char ch) { return kDigits.find(ch) != std::string_view::npos; };
  const auto letters = [](std::string_view part) {  // the bytes that begin one: a syllable in Hangul has three
    return static_cast<std::size_t>(std::count_if(
        part.begin(), part.end(), [](char ch) { return (static_cast<unsigned char>(ch) & 0xC0) != 0x80; }));
  };
  std::vector<std::string> out;
  for (const Diagnostics::Piece& piece : diagnostics.pieces) {
    const std::string_view text = piece.text;
    // A sign of earlier records; a znode's data; a session's id.
    const bool data = piece.box == "znodes" && text.find_first_of("{[") != std::string_view::npos,
               id = text.starts_with("0x") && text.find_first_not_of(kHex, 2) == std::string_view::npos;
    if (text == kDots || text == " …" || data || id) continue;
    std::size_t longest = 0;
    bool number = false, dots = false;
    for (std::size_t from = 0; from <= text.size();) {
      const std::size_t at = text.find(kDots, from), to = std::min(at, text.size());
      const std::string_view part = text.substr(from, to - from);
      longest = std::max(longest, letters(part));
      number = number || (at != std::string_view::npos && !part.empty() && is_digit(part.back()));
      dots = dots || at != std::string_view::npos;
      from = to == text.size() ? to + 1 : to + kDots.size();
    }
    // "…12" and "or…-12" keep a name's number.
    if (dots && (number || (longest < 3 && !is_digit(text.back())))) out.push_back(piece.text + " in " + piece.box);
  }
  return out;
}

std::vector<std::string> words_on_cells(const Diagnostics& diagnostics) {
  std::vector<std::string> out;
  for (const auto& [words, name] : diagnostics.marks) {
    if (name != "words of a cut") continue;
    for (const auto& [cells, what] : diagnostics.marks)
      if (what == "cells of a row" && cells.y < words.y && cells.grown(1).overlaps(words))
        out.push_back(name + " at " + std::to_string(static_cast<int>(words.x)) + ", " +
                      std::to_string(static_cast<int>(words.y)));
  }
  return out;
}

std::vector<std::string> words_under_numbers(const Diagnostics& diagnostics) {
  std::vector<std::string> out;
  for (const auto& [numbers, name] : diagnostics.marks) {
    if (name != "chain numbers") continue;
    for (const Diagnostics::Piece& piece : diagnostics.pieces)
      if (piece.layer == 0 && piece.text.find_first_not_of("0123456789–") != std::string::npos &&
          piece.rect.padded(1.5f, 4).overlaps(numbers))
        out.push_back(piece.text + " at " + std::to_string(static_cast<int>(piece.rect.x)) + ", " +
                      std::to_string(static_cast<int>(piece.rect.y)));
  }
  return out;
}

std::vector<std::string> beyond_stage(const Diagnostics& diagnostics) {
  constexpr std::string_view kOnStage[] = {"data line", "control line",  "message mark",   "message words",
                                           "refusal",   "latency label", "lost message",   "lost label",
                                           "ring",      "replica chip",  "message watched"};
  std::vector<Rect> stages;
  for (const auto& [rect, name] : diagnostics.marks)
    if (name == "presenter stage") stages.push_back(rect.grown(1));
  std::vector<std::string> out;
  const auto check = [&](const Rect& r, const std::string& what) {
    const auto has = [&](const Rect& stage) { return stage.contains(r.cx(), r.cy()); };
    const auto stage = std::find_if(stages.begin(), stages.end(), has);
    if (stage == stages.end() ||
        (r.x >= stage->x && r.right() <= stage->right() && r.y >= stage->y && r.bottom() <= stage->bottom()))
      return;
    out.push_back(what + " at " + std::to_string(static_cast<int>(r.x)) + ", " + std::to_string(static_cast<int>(r.y)));
  };
  if (stages.empty()) return out;
  for (const auto& [rect, name] : diagnostics.cards) check(rect, name);
  for (const auto& [rect, name] : diagnostics.marks)
    if (std::find(std::begin(kOnStage), std::end(kOnStage), name) != std::end(kOnStage)) check(rect, name);
  return out;
}

std::vector<std::string> words_on_frames(const Diagnostics& diagnostics) {
  constexpr float kAscent = .06f, kDescent = .16f;  // of the height: what letters without descenders leave free
  std::vector<std::string> out;
  for (const Diagnostics::Piece& piece : diagnostics.pieces) {
    if (piece.layer != 0 || piece.box != "two worlds") continue;
    const Diagnostics::Frame* own = nullptr;  // the smallest frame around the words' middle
    for (const Diagnostics::Frame& frame : diagnostics.frames)
      if (frame.layer == piece.layer && frame.rect.h > piece.rect.h / 2 &&
          frame.rect.contains(piece.rect.cx(), piece.rect.cy()) &&
          (own == nullptr || frame.rect.w * frame.rect.h < own->rect.w * own->rect.h))
        own = &frame;
    if (own == nullptr) continue;
    const float above = piece.rect.h * kAscent, below = piece.rect.h * kDescent;
    const Rect letters{piece.rect.x + 1, piece.rect.y + above, piece.rect.w - 2, piece.rect.h - above - below},
        inner = own->rect.grown(-own->width / 2);
    if (letters.x < inner.x || letters.right() > inner.right() || letters.y < inner.y ||
        letters.bottom() > inner.bottom())
      out.push_back(piece.text + " at " + std::to_string(static_cast<int>(letters.x)) + ", " +
                    std::to_string(static_cast<int>(letters.y)) + " in " + piece.box + ", frame " +
                    std::to_string(static_cast<int>(own->rect.w)) + " x " +
                    std::to_string(static_cast<int>(own->rect.h)));
  }
  return out;
}

std::vector<std::string> touching_buttons(const Diagnostics& diagnostics) {
  std::vector<std::string> out;
  const auto& marks = diagnostics.marks;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (marks[i].second != "beside") continue;
    const Rect& r = marks[i].first;
    for (std::size_t j = i + 1; j < marks.size(); ++j)
      if (marks[j].second == "beside" && marks[j].first.grown(1).overlaps(r))
        out.push_back("button at " + std::to_string(static_cast<int>(r.x)) + ", " +
                      std::to_string(static_cast<int>(r.y)));
  }
  return out;
}

std::vector<std::string> too_small_in_front(const Diagnostics& diagnostics) {
  constexpr float kLeastText = .025f, kRounding = .05f;
  constexpr int kOpened = 5;  // the layer of menus, forms and cards under the pointer
  std::vector<std::string> out;
  if (diagnostics.in_front <= 0) return out;
  const auto found = [&](const std::string& what, float size, const Rect& at) {
    out.push_back(what + ": " + std::to_string(size) + " at " + std::to_string(static_cast<int>(at.x)) + ", " +
                  std::to_string(static_cast<int>(at.y)));
  };
  for (const Diagnostics::Piece& piece : diagnostics.pieces)
    if (piece.layer < kOpened && piece.em < diagnostics.in_front * kLeastText - kRounding)
      found(piece.text + " in " + piece.box, piece.em, piece.rect);
  for (const auto& [rect, name] : diagnostics.marks)
    if (name == "thin line") found(name, std::min(rect.w, rect.h), rect);
  return out;
}

std::vector<std::string> flaws(const Diagnostics& diagnostics) {
  std::vector<std::string> out;
  const auto add = [&](const char* what, const std::vector<std::string>& found) {
    for (const std::string& s : found) out.push_back(what + s);
  };
  add("does not fit: ", diagnostics.overflows);
  add("texts overlap: ", overlapping_texts(diagnostics));
  add("cards overlap: ", overlapping_cards(diagnostics));
  add("covered: ", covering_labels(diagnostics));
  add("covered: ", covering_marks(diagnostics));
  add("on a line: ", words_on_wires(diagnostics));
  add("on cells: ", words_on_cells(diagnostics));
  add("under an answer's numbers: ", words_under_numbers(diagnostics));
  add("beyond the stage: ", beyond_stage(diagnostics));
  add("under a ring: ", words_under_rings(diagnostics));
  add("cut row: ", cut_rows(diagnostics));
  add("cut beyond reading: ", cut_beyond_reading(diagnostics));
  add("on its frame: ", words_on_frames(diagnostics));
  add("touches another: ", touching_buttons(diagnostics));
  add("too small in front of people: ", too_small_in_front(diagnostics));
  return out;
}

}  // namespace kafkascope::ui
