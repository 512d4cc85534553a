// The messages of Kafka's own families, for the parts of brokers, controllers and clients that handle every request
// alike. Those of the contrast systems and of ZooKeeper are not among them.
#pragma once
#include "protocol/message_list.h"
#include "protocol/messages_admin.h"
#include "protocol/messages_consumer_group.h"
#include "protocol/messages_control.h"
#include "protocol/messages_data.h"
#include "protocol/messages_group.h"
#include "protocol/messages_quorum.h"
#include "protocol/messages_share.h"
#include "protocol/messages_share_admin.h"
#include "protocol/messages_transaction.h"

namespace kafkascope::protocol {

// clang-format off
#define KAFKASCOPE_KAFKA_APIS(API, MORE) \
  KAFKASCOPE_DATA_APIS(API, MORE) \
  KAFKASCOPE_GROUP_APIS(API, MORE) \
  KAFKASCOPE_QUORUM_APIS(API, MORE) \
  KAFKASCOPE_ADMIN_APIS(API, MORE) \
  KAFKASCOPE_CONSUMER_GROUP_APIS(API, MORE) \
  KAFKASCOPE_CONTROL_APIS(API, MORE) \
  KAFKASCOPE_SHARE_APIS(API, MORE) \
  KAFKASCOPE_SHARE_ADMIN_APIS(API, MORE) \
  KAFKASCOPE_TRANSACTION_APIS(API, MORE)

template <class, class... Messages>
using MessageListWithoutFirst = MessageList<Messages...>;
#define KAFKASCOPE_ROW(name, number, place, request, response, newer, older) , request, response
#define KAFKASCOPE_MORE(name, place, request, response) , request, response
using KafkaMessages = MessageListWithoutFirst<void KAFKASCOPE_KAFKA_APIS(KAFKASCOPE_ROW, KAFKASCOPE_MORE)>;
#undef KAFKASCOPE_ROW
#undef KAFKASCOPE_MORE
// clang-format on

/// Calls f with the request or response as its own type; all overloads of f must return the same type. For a message
/// outside Kafka, f is not called and the result is a value-initialized one.
template <class F>
decltype(auto) visit_kafka(F&& f, const Body& body) {
  return KafkaMessages::visit(f, body.index(), body.data());
}
template <class F>
decltype(auto) visit_kafka(F&& f, Body& body) {
  return KafkaMessages::visit(f, body.index(), body.data());
}

}  // namespace kafkascope::protocol
