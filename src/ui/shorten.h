// Names that do not fit are shortened in the middle, because the number that distinguishes two names is at the end:
// "inventory-service-…-12". Sentences lose their end.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace kafkascope::ui {

/// The width of a text, in the unit of `room`: adding a character never makes a text narrower.
using Measure = std::function<float(std::string_view)>;

/// The text itself if it fits; else the longest beginning, "…", and the end that must stay: the name's number or, for a
/// name without a number, a third of the room. With less room "…12", then "12". If not even the number fits: "…",
/// because half a number would be another object's number. A sentence that is cut at a name with a number, "leads:
/// broker-17 since 3 s", keeps that number, too: "leads: br…-17". The name of an exception keeps its
/// beginning: "BufferExhausted…".
std::string shorten(std::string_view text, float room, const Measure& width);

/// The same for one of several names: the part that distinguishes it from the others stays, "…async" of "pay-async"
/// beside "pay-sync"; where it has no room, beginning and end, "p-h…ed" of "p-huddled" beside "p-spread".
std::string shorten_among(std::string_view text, std::span<const std::string> others, float room, const Measure& width);

/// The text itself if it fits; else its beginning, "…" and its end, in equal parts of the room.
std::string lose_middle(std::string_view text, float room, const Measure& width);

/// The list itself if it fits; else without its first parts, as few as possible: "1000/s" of "acks=all, 1000/s". Its last part stays.
std::string last_parts(std::string list, float room, const Measure& width);

/// The sentence itself if it fits; else with its longest names (hyphenated words of more than 20 letters) shortened in the
/// middle, as far as needed. It may still be too long.
std::string shorten_names(std::string_view sentence, float room, const Measure& width);

/// The name of one of several numbered nodes: itself if it fits; else with at least two letters before "…" and its number, "br…-12"; else
/// its first letter and its number, "b12". Empty: not even that fits, or the name has no number.
std::string short_node_name(std::string_view name, float room, const Measure& width);

/// "b12" of "broker-12"; empty if the name has no number at its end.
std::string initial_and_number(std::string_view name);

/// "11k", "1.2M": a number without room for all its digits, rounded down so that a log never seems longer than it is.
std::string rounded(std::int64_t n);

/// Whether the shortened text still has the number of the text's first name with one.
bool keeps_number(std::string_view text, std::string_view shortened);

}  // namespace kafkascope::ui
