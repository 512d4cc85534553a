// Reasons: why something happened. An enum whose values, numbers and names are declared once:
//
//   KAFKASCOPE_REASONS(TruncationReason, "truncation", EpochUnknown = 1, LeadersLogEnds = 2)
//
// The number is in the trace hash and never changes its meaning. The name, "epoch_unknown", appears in JSON. The
// sentence for it is in the catalogues of words, under "reason.truncation.epoch_unknown"; no sentence is in a fact. 0 =
// no reason is given.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace kafkascope::sim {

/// The form of a reason in a line and in the hash.
using ReasonNumber = std::uint16_t;

/// An enum of reasons: its family's name, and its enumerators as spelled in the source.
struct ReasonFamily {
  std::string_view name;
  std::string_view declared;

  /// "epoch_unknown"; "" for 0 and for a number that the enum lacks.
  std::string name_of(ReasonNumber number) const;
  /// Every number of the enum, in the order of the source.
  std::vector<ReasonNumber> numbers() const;
};

namespace detail {

/// The number after the '=' of "Name = 7"; 0: there is none.
constexpr unsigned declared_number(std::string_view enumerator) {
  const std::size_t equals = enumerator.find('=');
  unsigned number = 0;
  for (std::size_t i = equals; i < enumerator.size(); ++i)
    if (enumerator[i] >= '0' && enumerator[i] <= '9') number = number * 10 + static_cast<unsigned>(enumerator[i] - '0');
  return number;
}

/// Calls visit(enumerator) for each part between commas.
template <class Visit>
constexpr void for_each_enumerator(std::string_view declared, Visit&& visit) {
  while (!declared.empty()) {
    const std::size_t comma = declared.find(',');
    visit(declared.substr(0, comma));
    declared = comma == std::string_view::npos ? std::string_view() : declared.substr(comma + 1);
  }
}

/// Whether each enumerator has a number, higher than that of the one before.
constexpr bool numbered(std::string_view declared) {
  unsigned last = 0;
  bool good = !declared.empty();
  for_each_enumerator(declared, [&](std::string_view one) {
    const unsigned number = declared_number(one);
    good = good && number > last && number <= 0xFFFF;
    last = number;
  });
  return good;
}

}  // namespace detail

template <class T>
concept Reason = std::is_enum_v<T> && requires(T x) {
  reason_family(x);
};

/// "epoch_unknown"; "" if no reason is given.
template <Reason R>
std::string name(R reason) {
  return reason_family(reason).name_of(static_cast<ReasonNumber>(reason));
}

}  // namespace kafkascope::sim

#define KAFKASCOPE_REASONS(Enum, family, ...)                            \
  enum class Enum : ::kafkascope::sim::ReasonNumber { __VA_ARGS__ };     \
  static_assert(::kafkascope::sim::detail::numbered(#__VA_ARGS__),       \
                "each reason has a number, higher than the one before"); \
  constexpr ::kafkascope::sim::ReasonFamily reason_family(Enum) { return {family, #__VA_ARGS__}; }
