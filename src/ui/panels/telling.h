// Texts and cards down a column, whose height is measured before they are drawn: both by the same code.
#pragma once
#include <functional>

#include "ui/ui.h"

namespace kafkascope::ui {

/// A card's colours; how far its content is within the column's sides and its frame outside of them; the gap below it.
struct CardLook {
  Color fill = 0, edge = 0;
  float stroke = 1, pad = 8, wider = 8, below = 12, radius = 8;
};

/// A column of texts: drawn, or only measured.
struct Telling {
  Ui& ui;
  Column at;
  bool draw;

  /// The same in another place; `follow` goes on below it.
  Telling in(const Rect& place) const { return {ui, {place}, draw}; }
  void follow(const Telling& beside) { at.skip(beside.at.rest.y - at.rest.y); }

  void line(const Line& line, std::string_view words, const TextStyle& style) const {
    if (draw) ui.p.text(line, words, style);
  }
  /// Wrapped. The lines' height says where they stand in it, unless their baseline is given.
  void text(std::string_view words, const TextStyle& style, const LineSize& line, bool links = false);
  void text(std::string_view words, const TextStyle& style, float line_h, bool links = false) {
    text(words, style, {line_h, line_h * .72f}, links);
  }
  /// Wrapped, with links to what it names.
  void linked(std::string_view words, const TextStyle& style, float line_h) { text(words, style, line_h, true); }
  /// The subtitle under words of size `em`: the same text in the other language, smaller; nothing if there are no subtitles.
  void subtitle(const Words& words, float em);
  /// A card around the content.
  void card(const CardLook& look, const std::function<void(Telling&)>& content);
};

/// How high the content is in a column of the place's width.
float height_of(Ui& ui, const Rect& place, const std::function<void(Telling&)>& content);

}  // namespace kafkascope::ui
