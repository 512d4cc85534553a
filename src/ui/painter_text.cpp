// The text half of the painter: faces, measuring, cutting, wrapping, checking.
#include <algorithm>
#include <cctype>
#include <cmath>

#include "ui/imgui_versions.h"
#include "ui/painter.h"
#include "ui/shorten.h"

namespace kafkascope::ui {
namespace {

bool ascii(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char ch) { return static_cast<unsigned char>(ch) < 0x80; });
}

/// Times and decimals use the text face, whose full stop is on the baseline.
bool decimal(std::string_view s) { return s.size() > 2 && s[0] >= '0' && s[0] <= '9' && s.find_first_of(":.") < 6; }

std::size_t after(std::string_view s, std::size_t i) {
  do ++i;
  while (i < s.size() && (static_cast<unsigned char>(s[i]) & 0xC0) == 0x80);
  return i;
}

/// The length of " s" or " ms" after a number, which stays on the number's line; 0: none is there.
std::size_t unit_after(std::string_view s, std::size_t gap) {
  const std::string_view number = s.substr(0, gap), rest = s.substr(gap);
  if (number.empty() || number.back() < '0' || number.back() > '9') return 0;
  for (const std::string_view unit : {" s", " ms"})
    if (rest.starts_with(unit) && (rest == unit || std::isalnum(static_cast<unsigned char>(rest[unit.size()])) == 0))
      return unit.size();
  return 0;
}

/// The last place up to `cut` where a capital follows a small letter, "Deserialization|Exception"; else `cut`.
std::size_t at_capital(std::string_view s, std::size_t begin, std::size_t cut) {
  std::size_t at = cut;
  bool small = false;  // the letter before
  for (std::size_t i = begin; i <= cut && i < s.size(); ++i) {
    if (small && s[i] >= 'A' && s[i] <= 'Z') at = i;
    small = s[i] >= 'a' && s[i] <= 'z';
  }
  return at;
}

/// The length of the longest prefix narrower than `pixels`. The rest is not read, because a text may have a million characters.
std::size_t within(ImFont& font, float size, std::string_view s, float pixels) {
  const char* rest = s.data();
  font.CalcTextSizeA(size, pixels, 0, s.data(), s.data() + s.size(), &rest);
  return static_cast<std::size_t>(rest - s.data());
}

}  // namespace

ImFont* Painter::font(const TextStyle& style, std::string_view s, float& size) {
  const bool mono = style.mono && ascii(s) && !decimal(s);
  if (!mono) fonts_.need(s);
  const Face face = mono ? (style.bold ? Face::MonoBold : Face::Mono) : (style.bold ? Face::Bold : Face::Text);
  const float em = std::max(style.em * top_.k, 12.f) * scale_;
  return fonts_.get(face, em, size);
}

const char* Painter::cut_by(const Rect& line) const {
  constexpr float kSpare = 2;  // by which the line is higher than its letters
  for (const Box& box : boxes_)
    if (box.clip && line.overlaps(box.rect) &&
        (line.y < box.rect.y - kSpare || line.bottom() > box.rect.bottom() + kSpare))
      return box.name;
  return nullptr;
}

float Painter::width(std::string_view s, const TextStyle& style) {
  float size = 0;
  ImFont* f = font(style, s, size);
  return f->CalcTextSizeA(size, 1e6f, 0, s.data(), s.data() + s.size()).x / (top_.k * scale_);
}

float Painter::text(float x, float baseline, std::string_view s, const TextStyle& style) {
  if (s.empty()) return 0;
  float size = 0;
  ImFont* f = font(style, s, size);
  const float unit = top_.k * scale_;
  float w = f->CalcTextSizeA(size, 1e6f, 0, s.data(), s.data() + s.size()).x / unit;
  std::string cut;
  const std::string_view uncut = s;
  if (style.max > 0 && w > style.max + 0.5f) {
    if (!style.foreign) diagnostics_.overflows.push_back("cut: " + std::string(s));
    const auto measure = [&](std::string_view t) {
      return t.empty() ? 0.f : f->CalcTextSizeA(size, 1e6f, 0, t.data(), t.data() + t.size()).x / unit;
    };
    cut = shorten_among(s, style.among, style.max, measure);
    if (!keeps_number(uncut, cut)) diagnostics_.overflows.push_back("number cut: " + std::string(uncut));
    s = cut;
    w = measure(s);
  }
  const float left = style.align == Align::Left ? x : style.align == Align::Middle ? x - w / 2 : x - w;
  const float ascent = ascent_of(*f, size);
  const ImVec2 pos = {std::round(px(left)), std::round(py(baseline) - ascent)};
  const Color color = style.color != 0 ? style.color : c.primary;
  const float a = alpha < 1 ? std::max(alpha, text_alpha < 1 ? text_alpha : alpha) : text_alpha;
  const float em = size / (style.mono ? 1.f : 1.149f) / scale_;
  Rect r = {pos.x / scale_, py(baseline) / scale_ - em * 0.78f, w * top_.k, em * 0.98f};
  if (const char* box = cut_by(r)) {
    if (diagnostics_.on) diagnostics_.begun.push_back(std::string(box) + ": " + std::string(s));
    return w;
  }
  list_->AddText(f, size, pos, a < 1 ? with_alpha(color, a) : color, s.data(), s.data() + s.size());
  texts_.push_back(r);
  if (!cut.empty() && r.grown(3).contains(pointer.x, pointer.y)) whole = {r, std::string(uncut)};
  if (diagnostics_.on) {
    if (!boxes_.empty()) {
      const Rect& box = boxes_.back().rect;
      const bool inside =
          r.x >= box.x - 1 && r.right() <= box.right() + 1 && r.y >= box.y - 2 && r.bottom() <= box.bottom() + 2;
      const bool visible = r.overlaps(box);
      if (!inside && visible && !boxes_.back().clip) {
        diagnostics_.overflows.push_back(std::string("leaves ") + boxes_.back().name + ": " + std::string(s));
      }
      for (const Box& outer : boxes_) {
        if (!outer.clip) continue;
        if (!r.overlaps(outer.rect)) return w;  // scrolled away
        const float right = std::min(r.right(), outer.rect.right()), bottom = std::min(r.bottom(), outer.rect.bottom());
        r.x = std::max(r.x, outer.rect.x);
        r.y = std::max(r.y, outer.rect.y);
        r.w = right - r.x;
        r.h = bottom - r.y;
      }
    }
    diagnostics_.pieces.push_back(
        {r, std::string(s), layer, boxes_.empty() ? "" : boxes_.back().name, std::max(style.em * top_.k, 12.f)});
  }
  return w;
}

float Painter::text(const Line& box, std::string_view s, const TextStyle& style) {
  TextStyle within = style;
  if (within.max == 0) within.max = box.w;
  const float x = style.align == Align::Left ? box.x : style.align == Align::Middle ? box.cx() : box.right();
  return text(x, box.baseline(style.em), s, within);
}

float Painter::text(Row& row, std::string_view s, const TextStyle& style) {
  const float w = text(row.rest, s, style);
  style.align == Align::Right ? row.right(w) : row.left(w);
  return w;
}

void struck(Painter& p, Row& row, std::string_view s, const TextStyle& style) {
  const float through = row.rest.letters(style.em), right = row.rest.right();
  p.line(right - p.text(row, s, style), through, right, through, style.color, 1.5f);
}

std::vector<std::string> Painter::wrap(std::string_view s, float max_width, const TextStyle& style) {
  std::vector<std::string> lines;
  float size = 0;
  ImFont* f = font(style, s, size);
  auto measure = [&](std::string_view t) {
    return f->CalcTextSizeA(size, 1e6f, 0, t.data(), t.data() + t.size()).x / (top_.k * scale_);
  };
  std::size_t begin = 0;
  while (begin < s.size()) {
    if (s[begin] == ' ' && !lines.empty()) {
      ++begin;
      continue;
    }
    std::size_t end = begin, fits = begin;  // fits: end of the last whole word that fits
    const float pixels = max_width * top_.k * scale_ + 1;
    const std::size_t most =
        begin + within(*f, size, s.substr(begin, 4 * static_cast<std::size_t>(pixels) + 64), pixels);
    bool broken = false;
    while (end < s.size() && s[end] != '\n') {
      // The word's end, or a position beyond what a line can hold.
      std::size_t word = std::min(std::max(most, end) + 1, s.size());
      if (const std::size_t gap = s.substr(end, word - end).find_first_of(" \n"); gap != std::string_view::npos)
        word = end + gap + unit_after(s, end + gap);
      if (word > most || measure(s.substr(begin, word - begin)) > max_width) {
        if (fits == begin) {  // one word wider than the column
          std::size_t cut = after(s, begin);
          while (cut < word && measure(s.substr(begin, after(s, cut) - begin)) <= max_width) cut = after(s, cut);
          // A Kafka key is preferably broken after one of its dots, the name of a class before a capital.
          std::size_t joint = cut < word ? s.substr(begin, cut - begin).find_last_of("._-/=,") : std::string_view::npos;
          // Its last word is not left alone, if the word before it fits beside it in the next line.
          const std::string_view ahead = s.substr(begin, 2 * (cut - begin));
          const std::string_view name = ahead.substr(0, ahead.find_first_of(" \n"));
          const bool ends_here = name.size() < ahead.size() || begin + name.size() == s.size();
          if (ends_here && joint != std::string_view::npos && joint > 0 && joint == name.rfind('.'))
            if (const std::size_t before = name.substr(0, joint).rfind('.');
                before != std::string_view::npos && measure(name.substr(before)) <= max_width)
              joint = before;
          fits = joint != std::string_view::npos && joint > 0 ? begin + joint + 1
                 : cut < word                                 ? at_capital(s, begin, cut)
                                                              : cut;
        }
        broken = true;
        break;
      }
      fits = word;
      end = word;
      while (end < s.size() && s[end] == ' ') ++end;
    }
    lines.emplace_back(s.substr(begin, fits - begin));
    begin = fits;
    if (!broken && begin < s.size() && s[begin] == '\n') ++begin;
    if (!broken && begin < s.size() && s[begin] == ' ') ++begin;
    if (fits == s.size()) break;
  }
  return lines;
}

float Painter::paragraph(float x, float baseline, float max_width, std::string_view s, const TextStyle& style,
                         float line_height) {
  for (const std::string& l : wrap(s, max_width, style)) {
    text(x, baseline, l, style);
    baseline += line_height;
  }
  return baseline;
}

void Painter::paragraph(Column& column, std::string_view s, const TextStyle& style, const LineSize& line) {
  for (const std::string& l : wrap(s, column.rest.w, style)) text(column.next(line), l, style);
}

}  // namespace kafkascope::ui
