// Each header messages_*.h has a table of its requests at its end, one row each:
//
//   API(name, number, place, request, response, version in 4.1, version in 2.5)
//   MORE(name, place, request, response): a second pair of types under the same number
//
// The name is used in files and traces. Numbers are Kafka's (api_key.h). Versions as reported by a 4.1.0 and a 2.5.1
// cluster; 0: a request with only one version, or a release that does not have it. The place is part of every trace
// hash: a new row has the next one, which all_messages.h checks.
#pragma once
#include "protocol/api_key.h"
#include "sim/fields.h"

namespace kafkascope::protocol {

/// The number of a message's type among all: twice its place, + 1 for a response. -1: not a message.
template <class T>
inline constexpr int kKind = -1;

/// The response type of a message that is never answered.
template <class Message>
struct NoAnswer {
  KAFKASCOPE_NO_FIELDS
};

#define KAFKASCOPE_KINDS(name, number, place, request, response, newer, older) \
  namespace api {                                                              \
  inline constexpr ApiKey name{number};                                        \
  }                                                                            \
  KAFKASCOPE_MORE_KINDS(name, place, request, response)
#define KAFKASCOPE_MORE_KINDS(name, place, request, response) \
  template <>                                                 \
  inline constexpr int kKind<request> = 2 * place;            \
  template <>                                                 \
  inline constexpr int kKind<response> = 2 * place + 1;

}  // namespace kafkascope::protocol
