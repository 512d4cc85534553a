// Facts: the content of a trace line as a struct with named, typed fields. A fact is packed into a line, and a line is
// unpacked into a fact; the line's numbers and text have no other meaning.
//
//   struct LogFlushed {                                at most one place, one reason and four texts; numbers
//     KAFKASCOPE_FACT(Trace::LogFlushed, "log.flush")  its kind and the kind's name
//     TopicPartition partition;
//     Offset to;
//     KAFKASCOPE_FIELDS(partition, to)                 names in JSON, numbers in this order
//   };
//   ctx.trace(fact::LogFlushed{tp, end});
//   if (const auto flushed = fact_if<fact::LogFlushed>(line)) use(flushed->to);
#pragma once
#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "sim/fields.h"
#include "sim/reason.h"
#include "sim/trace.h"

/// The kind of a fact's lines and its name in JSON and in the dashboard.
#define KAFKASCOPE_FACT(kind, name)   \
  static constexpr auto kKind = kind; \
  static constexpr std::string_view kName = name;

namespace kafkascope::sim {

/// A placeholder among a fact's fields for a number that its kind does not use.
struct Unused {
  friend constexpr bool operator==(Unused, Unused) = default;
};

/// A kind's name and the names of its fact's fields; "": unused.
struct FactNames {
  /// A field other than the first three numbers.
  struct Part {
    std::string_view name;
    bool number = false;
  };
  static constexpr std::size_t kMaxParts = 4;

  std::string_view name;
  std::array<std::string_view, 3> numbers;
  /// If there is one text, the line's text is that text; otherwise it contains all parts (PartReader).
  std::array<Part, kMaxParts> parts;
  std::string_view reason;
  ReasonFamily reasons;
  bool one_text() const { return !parts[0].name.empty() && !parts[0].number && parts[1].name.empty(); }
};

/// Packs several values into one text, each after its length, so that they may contain anything. Empty values at the
/// end are left out.
class PartWriter {
 public:
  void text(std::string_view value);
  void number(std::int64_t value);
  const std::string& written() const { return written_; }

 private:
  std::string written_;
  std::size_t empty_ = 0;  // values not yet written
};
class PartReader {
 public:
  explicit PartReader(std::string_view written) : rest_(written) {}
  /// "" and 0 after the last value.
  std::string_view text();
  std::int64_t number();

 private:
  std::string_view rest_;
};

namespace detail {

/// The place of a fact: a topic and a partition.
template <class T>
concept PlaceField = requires(T x) {
  x.topic;
  x.partition;
};
/// Text, or a struct that packs itself into text (protocol/fact_texts.h).
template <class T>
concept TextField = std::same_as<T, Text> || requires(T x) {
  { x.text } -> std::same_as<Text&>;
};
template <TextField T>
constexpr Text& text_of(T& field) {
  if constexpr (std::same_as<T, Text>) return field;
  else return field.text;
}
/// Integers that hash alike on every target: size_t and long do not.
template <class T>
concept FixedWidth = std::same_as<T, bool> || std::same_as<T, std::int8_t> || std::same_as<T, std::uint8_t> ||
    std::same_as<T, std::int16_t> || std::same_as<T, std::uint16_t> || std::same_as<T, std::int32_t> ||
    std::same_as<T, std::uint32_t> || std::same_as<T, std::int64_t> || std::same_as<T, std::uint64_t>;

template <class T>
constexpr bool is_number() {
  if constexpr (Reason<T>) return false;
  else if constexpr (std::is_enum_v<T>) return FixedWidth<std::underlying_type_t<T>>;
  else if constexpr (requires(T x) { x.value; }) return FixedWidth<decltype(T::value)>;
  else if constexpr (requires(T x) { x.index; }) return FixedWidth<decltype(T::index)>;
  else if constexpr (requires(T x) { x.us; }) return FixedWidth<decltype(T::us)>;
  else return FixedWidth<T> || std::same_as<T, Unused>;
}

template <class T>
constexpr std::int64_t to_number(const T& x) {
  if constexpr (std::same_as<T, Unused>) return 0;
  else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) return static_cast<std::int64_t>(x);
  else if constexpr (requires { x.value; }) return x.value;
  else if constexpr (requires { x.index; }) return x.index;
  else return x.us;
}
template <class T>
constexpr void from_number(std::int64_t number, T& x) {
  if constexpr (std::same_as<T, Unused>) return;
  else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) x = static_cast<T>(number);
  else if constexpr (requires { x.value; }) x.value = static_cast<decltype(x.value)>(number);
  else if constexpr (requires { x.index; }) x.index = static_cast<decltype(x.index)>(number);
  else x.us = number;
}

/// Takes the place of a PartWriter for a fact without parts.
struct NoParts {
  void text(std::string_view) {}
  void number(std::int64_t) {}
};

/// The layout of a fact's fields in a line.
template <class F>
struct Shape {
  using Tie = decltype(std::declval<const F&>().fields());
  static constexpr std::size_t kFields = std::tuple_size_v<Tie>;
  template <std::size_t I>
  using Field = std::remove_cvref_t<std::tuple_element_t<I, Tie>>;

  /// The number of number fields before the I-th field.
  template <std::size_t I>
  static constexpr std::size_t number_index() {
    return []<std::size_t... J>(std::index_sequence<J...>) {
      return (std::size_t{0} + ... + std::size_t{is_number<Field<J>>() ? 1u : 0u});
    }
    (std::make_index_sequence<I>());
  }
  /// Whether the I-th field is in the line's text: a text, or a number after the third.
  template <std::size_t I>
  static constexpr bool is_part() {
    if constexpr (is_number<Field<I>>()) return number_index<I>() >= 3;
    else return TextField<Field<I>>;
  }
  static constexpr std::size_t parts() {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return (std::size_t{0} + ... + std::size_t{is_part<I>() ? 1u : 0u});
    }
    (std::make_index_sequence<kFields>());
  }
  /// Whether the line's text is the fact's only text.
  static constexpr bool one_text() { return parts() == 1 && number_index<kFields>() <= 3; }
  static constexpr bool fits() {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      const bool known =
          (true && ... && (is_number<Field<I>>() || PlaceField<Field<I>> || TextField<Field<I>> || Reason<Field<I>>));
      const int places = (0 + ... + (PlaceField<Field<I>> ? 1 : 0)), reasons = (0 + ... + (Reason<Field<I>> ? 1 : 0));
      return known && places <= 1 && reasons <= 1 && parts() <= FactNames::kMaxParts;
    }
    (std::make_index_sequence<kFields>());
  }
  /// The name of the I-th field, as written in KAFKASCOPE_FIELDS.
  static constexpr std::string_view field_name(std::size_t index) {
    std::string_view rest = F::kFieldNames;
    for (; index > 0; --index) rest.remove_prefix(rest.find(',') + 1);
    rest = rest.substr(0, rest.find(','));
    while (rest.front() == ' ') rest.remove_prefix(1);
    return rest;
  }
};

/// Reports that a line was read as a fact of another kind, which is a programming error of the caller.
[[noreturn]] void refuse_kind(TraceKind kind, std::string_view wanted);

}  // namespace detail

template <class F>
concept Fact = requires(const F& f) {
  F::kKind;
  F::kName;
  f.fields();
}
&&detail::Shape<F>::fits();

template <Fact F>
constexpr TraceKind kind_of() {
  return static_cast<TraceKind>(F::kKind);
}
template <Fact F>
bool is(const TraceLine& line) {
  return line.kind == kind_of<F>();
}

template <Fact F>
constexpr FactNames names_of() {
  using Shape = detail::Shape<F>;
  FactNames names{F::kName, {}, {}, {}, {}};
  std::size_t parts = 0;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    [[maybe_unused]] const auto name = [&]<std::size_t At>() {
      using Field = typename Shape::template Field<At>;
      if constexpr (Shape::template is_part<At>()) {
        names.parts[parts++] = {Shape::field_name(At), detail::is_number<Field>()};
      } else if constexpr (Reason<Field>) {
        names.reason = Shape::field_name(At);
        names.reasons = reason_family(Field{});
      } else if constexpr (detail::is_number<Field>() && !std::same_as<Field, Unused>) {
        names.numbers[Shape::template number_index<At>()] = Shape::field_name(At);
      }
    };
    (name.template operator()<I>(), ...);
  }
  (std::make_index_sequence<Shape::kFields>());
  return names;
}

/// Packs the fact into a line; the emitter fills in seq, cause, time and node.
template <Fact F>
TraceLine pack(F fact) {
  using Shape = detail::Shape<F>;
  TraceLine line;
  line.kind = kind_of<F>();
  [[maybe_unused]] const auto fields = std::as_const(fact).fields();
  [[maybe_unused]] std::conditional_t<Shape::parts() != 0 && !Shape::one_text(), PartWriter, detail::NoParts> parts;
  [[maybe_unused]] const auto put = [&]<std::size_t I>() {
    using Field = typename Shape::template Field<I>;
    const Field& field = std::get<I>(fields);
    if constexpr (detail::PlaceField<Field>) {
      line.topic = field.topic;
      line.partition = field.partition;
    } else if constexpr (Reason<Field>) {
      LineParts::set_reason(line, static_cast<ReasonNumber>(field));
    } else if constexpr (detail::TextField<Field>) {
      Field& own = const_cast<Field&>(field);  // a field of `fact`, a local value
      if constexpr (!Shape::one_text()) parts.text(detail::text_of(own).view());
      else LineParts::set_text(line, std::move(detail::text_of(own)));
    } else if constexpr (Shape::template is_part<I>()) {
      parts.number(detail::to_number(field));
    } else {
      LineParts::set_number<Shape::template number_index<I>()>(line, detail::to_number(field));
    }
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) { (put.template operator()<I>(), ...); }
  (std::make_index_sequence<Shape::kFields>());
  if constexpr (std::same_as<decltype(parts), PartWriter>) LineParts::set_text(line, parts.written());
  return line;
}

/// Unpacks the line, which must be of that kind.
template <Fact F>
F as(const TraceLine& line) {
  using Shape = detail::Shape<F>;
  if (!is<F>(line)) [[unlikely]]
    detail::refuse_kind(line.kind, F::kName);
  F fact{};
  [[maybe_unused]] const auto fields = std::as_const(fact).fields();
  [[maybe_unused]] PartReader parts(LineParts::text(line).view());
  [[maybe_unused]] const auto get = [&]<std::size_t I>() {
    using Field = typename Shape::template Field<I>;
    Field& field = const_cast<Field&>(std::get<I>(fields));  // refers to a field of `fact`
    if constexpr (detail::PlaceField<Field>) {
      field.topic = line.topic;
      field.partition = line.partition;
    } else if constexpr (Reason<Field>) {
      field = static_cast<Field>(LineParts::reason(line));
    } else if constexpr (detail::TextField<Field>) {
      if constexpr (Shape::one_text()) detail::text_of(field) = LineParts::text(line);
      else detail::text_of(field) = Text(parts.text());
    } else if constexpr (Shape::template is_part<I>()) {
      detail::from_number(parts.number(), field);
    } else {
      detail::from_number(LineParts::number<Shape::template number_index<I>()>(line), field);
    }
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) { (get.template operator()<I>(), ...); }
  (std::make_index_sequence<Shape::kFields>());
  return fact;
}

/// Unpacks the line if it is of that kind, else returns nullopt.
template <Fact F>
std::optional<F> fact_if(const TraceLine& line) {
  return is<F>(line) ? std::optional<F>(as<F>(line)) : std::nullopt;
}

/// A list of fact types, for code that handles several kinds.
template <Fact... F>
struct FactList {
  /// Calls f.operator()<F>() for each type in the list.
  template <class Visitor>
  static constexpr void for_each(Visitor&& f) {
    (f.template operator()<F>(), ...);
  }
  /// Unpacks the line and passes the fact to `visitor`. Returns false if the line's kind is not in the list.
  template <class Visitor>
  static bool visit(const TraceLine& line, Visitor&& visitor) {
    return (false || ... || (is<F>(line) && (visitor(as<F>(line)), true)));
  }
  template <class... G>
  constexpr FactList<F..., G...> operator+(FactList<G...>) const {
    return {};
  }
};

/// Whether both lines have the same content; time, node, seq and cause are ignored.
bool same_words(const TraceLine& a, const TraceLine& b);

}  // namespace kafkascope::sim
