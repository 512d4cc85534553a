// Names that do not fit are shortened in the middle, because what tells two of them apart, their number, is at the end:
// "inventory-service-…-12". Sentences lose their end.
#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace kafkascope::ui {

/// The width of a text, in the unit of `room`: adding a character never makes a text narrower.
using Measure = std::function<float(std::string_view)>;

/// The text itself if it fits; else the longest beginning with "…" and the end that must stay: a name's number, or, of a name
/// without one, a third of the room. With less room "…12", then "12"; "…" where even the number does not fit, because half
/// a number would be another one's.
std::string shorten(std::string_view text, float room, const Measure& width);

}  // namespace kafkascope::ui
