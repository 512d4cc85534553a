// Compares two objects of one type member by member, and names the members that differ. For a source file in which private members
// are accessible.
#pragma once
#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace anatomy {

/// The number of a class's members, if their names do not matter. A wrong number does not compile.
template <class T>
inline constexpr std::size_t kMembers = 0;
/// Types whose objects are only equal if they are at the same address: parts of immutable data.
template <class T>
inline constexpr bool kSharedWhole = false;

/// The members of a class, for KAFKASCOPE_ANATOMY.
template <class T>
struct Members;

/// Lists every member of a class in order. A missing member is a compile error, so a test based on this list cannot overlook a new
/// member. For a class with members in a base class: KAFKASCOPE_PARTS.
#define KAFKASCOPE_ANATOMY(Type, ...)                        \
  template <>                                                \
  struct Members<Type> {                                     \
    static constexpr std::string_view kNames = #__VA_ARGS__; \
    static auto of(const Type& object) {                     \
      const auto& [__VA_ARGS__] = object;                    \
      return std::tie(__VA_ARGS__);                          \
    }                                                        \
  };
#define KAFKASCOPE_PARTS(Type, Names, ...)                               \
  template <>                                                            \
  struct Members<Type> {                                                 \
    static constexpr std::string_view kNames = Names;                    \
    static auto of(const Type& object) { return std::tie(__VA_ARGS__); } \
  };

template <class T>
concept Described = requires(const T& object) {
  Members<T>::of(object);
};
template <class T>
concept Optional = requires(const T& o) {
  o.has_value();
  *o;
};
template <class T>
concept Holder = requires(const T& holder) {  // CopyOnWrite, std::shared_ptr, and similar types
  *holder;
  holder.operator->();
};
template <class T>
concept Sequence = requires(const T& list) {
  list.begin() != list.end();
  list.size();
};
template <class T>
concept Indexed = requires(const T& list) {
  list[std::size_t{0}];
  list.size();
};
template <class T>
concept Listed = requires(const T& object) {
  object.fields();
};

/// Converts to anything: counts the members of an aggregate.
struct Anything {
  template <class T>
  operator T() const;
};
template <class T, class... Given>
constexpr std::size_t count_members() {
  if constexpr (requires { T{Given{}..., Anything{}}; }) return count_members<T, Given..., Anything>();
  else return sizeof...(Given);
}

template <class T, class F>
void each_member_of_aggregate(const T& object, F&& f) {
  constexpr std::size_t n = kMembers < T >> 0 ? kMembers<T> : count_members<T>();
  static_assert(n <= 48, "more members than this knows");
#define KAFKASCOPE_TAKE(count, ...)     \
  if constexpr (n == count) {           \
    const auto& [__VA_ARGS__] = object; \
    f(std::tie(__VA_ARGS__));           \
  }
  // clang-format off
  KAFKASCOPE_TAKE(1, m1)
  KAFKASCOPE_TAKE(2, m1, m2)
  KAFKASCOPE_TAKE(3, m1, m2, m3)
  KAFKASCOPE_TAKE(4, m1, m2, m3, m4)
  KAFKASCOPE_TAKE(5, m1, m2, m3, m4, m5)
  KAFKASCOPE_TAKE(6, m1, m2, m3, m4, m5, m6)
  KAFKASCOPE_TAKE(7, m1, m2, m3, m4, m5, m6, m7)
  KAFKASCOPE_TAKE(8, m1, m2, m3, m4, m5, m6, m7, m8)
  KAFKASCOPE_TAKE(9, m1, m2, m3, m4, m5, m6, m7, m8, m9)
  KAFKASCOPE_TAKE(10, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10)
  KAFKASCOPE_TAKE(11, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11)
  KAFKASCOPE_TAKE(12, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12)
  KAFKASCOPE_TAKE(13, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13)
  KAFKASCOPE_TAKE(14, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14)
  KAFKASCOPE_TAKE(15, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15)
  KAFKASCOPE_TAKE(16, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16)
  KAFKASCOPE_TAKE(17, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17)
  KAFKASCOPE_TAKE(18, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18)
  KAFKASCOPE_TAKE(19, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19)
  KAFKASCOPE_TAKE(20, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20)
  KAFKASCOPE_TAKE(21, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21)
  KAFKASCOPE_TAKE(22, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22)
  KAFKASCOPE_TAKE(23, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23)
  KAFKASCOPE_TAKE(24, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24)
  KAFKASCOPE_TAKE(25, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25)
  KAFKASCOPE_TAKE(26, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26)
  KAFKASCOPE_TAKE(27, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27)
  KAFKASCOPE_TAKE(28, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28)
  KAFKASCOPE_TAKE(29, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29)
  KAFKASCOPE_TAKE(30, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30)
  KAFKASCOPE_TAKE(31, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31)
  KAFKASCOPE_TAKE(32, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32)
  KAFKASCOPE_TAKE(33, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33)
  KAFKASCOPE_TAKE(34, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34)
  KAFKASCOPE_TAKE(35, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35)
  KAFKASCOPE_TAKE(36, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36)
  KAFKASCOPE_TAKE(37, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37)
  KAFKASCOPE_TAKE(38, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38)
  KAFKASCOPE_TAKE(39, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38, m39)
  KAFKASCOPE_TAKE(40, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38, m39, m40)
  KAFKASCOPE_TAKE(41, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38, m39, m40, m41)
  KAFKASCOPE_TAKE(42, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38, m39, m40, m41, m42)
  KAFKASCOPE_TAKE(43, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38, m39, m40, m41, m42, m43)
  KAFKASCOPE_TAKE(44, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38, m39, m40, m41, m42, m43, m44)
  KAFKASCOPE_TAKE(45, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38, m39, m40, m41, m42, m43, m44, m45)
  KAFKASCOPE_TAKE(46, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38, m39, m40, m41, m42, m43, m44, m45, m46)
  KAFKASCOPE_TAKE(47, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38, m39, m40, m41, m42, m43, m44, m45, m46, m47)
  KAFKASCOPE_TAKE(48, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21, m22, m23, m24, m25, m26, m27, m28, m29, m30, m31, m32, m33, m34, m35, m36, m37, m38, m39, m40, m41, m42, m43, m44, m45, m46, m47, m48)
  // clang-format on
#undef KAFKASCOPE_TAKE
}

using Report = std::function<void(const std::string& path)>;

template <class T>
void differences(const T& a, const T& b, const std::string& path, const Report& report);

template <class Tuple, std::size_t... I>
void differences_of_all(const Tuple& a, const Tuple& b, std::string_view names, const std::string& path,
                        const Report& report, std::index_sequence<I...>) {
  [[maybe_unused]] const auto next = [&names] {
    const std::size_t comma = names.find(',');
    std::string name(names.substr(0, comma));
    names.remove_prefix(comma == names.npos ? names.size() : comma + 1);
    name.erase(0, name.find_first_not_of(' '));
    return name;
  };
  (differences(
       std::get<I>(a), std::get<I>(b),
       [&] {
         const std::string name = names.empty() ? std::to_string(I) : next();
         return path.empty() ? name : path + "." + name;
       }(),
       report),
   ...);
}

template <class Tuple>
void differences_of_members(const Tuple& a, const Tuple& b, std::string_view names, const std::string& path,
                            const Report& report) {
  differences_of_all(a, b, names, path, report, std::make_index_sequence<std::tuple_size_v<Tuple>>());
}

/// Calls report(path) for each member that differs.
template <class T>
void differences(const T& a, const T& b, const std::string& path, const Report& report) {
  if constexpr (std::is_scalar_v<T> || std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
    if (!(a == b)) report(path);
  } else if constexpr (std::is_array_v<T>) {
    for (std::size_t i = 0; i < std::size(a); ++i) differences(a[i], b[i], path, report);
  } else if constexpr (kSharedWhole<T>) {
    if (&*a != &*b) report(path);
  } else if constexpr (Described<T>) {
    differences_of_members(Members<T>::of(a), Members<T>::of(b), Members<T>::kNames, path, report);
  } else if constexpr (Listed<T>) {
    differences_of_members(a.fields(), b.fields(), T::kFieldNames, path, report);
  } else if constexpr (Optional<T>) {
    if (a.has_value() != b.has_value()) report(path);
    else if (a.has_value()) differences(*a, *b, path, report);
  } else if constexpr (Sequence<T>) {
    if (a.size() != b.size()) return report(path);
    auto other = b.begin();
    for (auto it = a.begin(); it != a.end(); ++it, ++other) differences(*it, *other, path, report);
  } else if constexpr (Indexed<T>) {
    if (a.size() != b.size()) return report(path);
    for (decltype(a.size()) i = 0; i < a.size(); ++i) differences(a[i], b[i], path, report);
  } else if constexpr (Holder<T>) {
    if constexpr (requires { a == nullptr; }) {
      if ((a == nullptr) != (b == nullptr)) return report(path);
      if (a == nullptr || &*a == &*b) return;
    }
    differences(*a, *b, path, report);
  } else if constexpr (requires { std::variant_size<T>::value; }) {
    if (a.index() != b.index()) return report(path);
    std::visit([&](const auto& x) { differences(x, std::get<std::remove_cvref_t<decltype(x)>>(b), path, report); }, a);
  } else if constexpr (requires { std::tuple_size<T>::value; }) {
    std::apply(
        [&](const auto&... x) { std::apply([&](const auto&... y) { (differences(x, y, path, report), ...); }, b); }, a);
  } else if constexpr (std::equality_comparable<T>) {
    if (!(a == b)) report(path);
  } else if constexpr (std::is_empty_v<T>) {
  } else if constexpr (!std::is_aggregate_v<T> && kMembers<T> == 0) {
    report(path + " (unknown members: KAFKASCOPE_ANATOMY, kMembers)");
  } else {
    each_member_of_aggregate(a, [&](const auto& as) {
      each_member_of_aggregate(b, [&](const auto& bs) { differences_of_members(as, bs, {}, path, report); });
    });
  }
}

}  // namespace anatomy
