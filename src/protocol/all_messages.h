// The messages of all families, for the few files that handle every kind, for example to compute sizes or names.
#pragma once
#include <array>

#include "protocol/kafka_messages.h"
#include "protocol/messages_contrast.h"
#include "protocol/messages_zookeeper.h"

namespace kafkascope::protocol {

// clang-format off
/// The rows of all families (message_kind.h).
#define KAFKASCOPE_APIS(API, MORE) \
  KAFKASCOPE_KAFKA_APIS(API, MORE) \
  KAFKASCOPE_CONTRAST_APIS(API, MORE) \
  KAFKASCOPE_ZOOKEEPER_APIS(API, MORE)

#define KAFKASCOPE_ROW(name, number, place, request, response, newer, older) , request, response
#define KAFKASCOPE_MORE(name, place, request, response) , request, response
using AllMessages = MessageListWithoutFirst<void KAFKASCOPE_APIS(KAFKASCOPE_ROW, KAFKASCOPE_MORE)>;
#undef KAFKASCOPE_ROW
#undef KAFKASCOPE_MORE
// clang-format on

/// The number of pairs of a request and its response.
inline constexpr std::size_t kPlaces = AllMessages::kEnd / 2;

namespace kinds {
constexpr bool each_place_has_one_row() {
  std::array<int, kPlaces> rows{};
#define KAFKASCOPE_ROW(name, number, place, request, response, newer, older) ++rows.at(place);
#define KAFKASCOPE_MORE(name, place, request, response) ++rows.at(place);
  KAFKASCOPE_APIS(KAFKASCOPE_ROW, KAFKASCOPE_MORE)
#undef KAFKASCOPE_ROW
#undef KAFKASCOPE_MORE
  return std::all_of(rows.begin(), rows.end(), [](int n) { return n == 1; });
}
static_assert(each_place_has_one_row(), "two messages have the same place, or a place before the last is free");
}  // namespace kinds

/// The API key of each place.
inline constexpr std::array<ApiKey, kPlaces> kApiAt = [] {
  std::array<ApiKey, kPlaces> keys{};
#define KAFKASCOPE_ROW(name, number, place, request, response, newer, older) keys.at(place) = api::name;
#define KAFKASCOPE_MORE(name, place, request, response) keys.at(place) = api::name;
  KAFKASCOPE_APIS(KAFKASCOPE_ROW, KAFKASCOPE_MORE)
#undef KAFKASCOPE_ROW
#undef KAFKASCOPE_MORE
  return keys;
}();

/// Calls f with the request or response as its own type; all overloads of f must return the same type.
template <class F>
decltype(auto) visit(F&& f, const Body& body) {
  return AllMessages::visit(f, body.index(), body.data());
}
template <class F>
decltype(auto) visit(F&& f, Body& body) {
  return AllMessages::visit(f, body.index(), body.data());
}

/// The type of the response to a request; of a response, its own type.
template <class T>
struct Response {
  using Type = T;
};
#define KAFKASCOPE_ROW(name, number, place, request, response, newer, older) \
  KAFKASCOPE_MORE(name, place, request, response)
#define KAFKASCOPE_MORE(name, place, request, response) \
  template <>                                           \
  struct Response<request> {                            \
    using Type = response;                              \
  };
KAFKASCOPE_APIS(KAFKASCOPE_ROW, KAFKASCOPE_MORE)
#undef KAFKASCOPE_ROW
#undef KAFKASCOPE_MORE
template <class Request>
using ResponseOf = typename Response<Request>::Type;

}  // namespace kafkascope::protocol
