// The payload of a connection: one request or response with its header.
#pragma once
#include <cstdint>
#include <string_view>

#include "protocol/api_key.h"
#include "protocol/body.h"
#include "protocol/context.h"
#include "protocol/errors.h"
#include "protocol/trace_subject.h"
#include "sim/context.h"
#include "sim/hasher.h"

namespace kafkascope::protocol {

struct Message {
  using Subject = TraceSubject;
  std::int32_t correlation_id = 0;  // the requester's number; the response repeats it
  Body body;
  /// On a response, in ms: how long the server stops reading from this connection, and the requester should send
  /// nothing (KIP-219).
  std::int32_t throttle_time_ms = 0;

  ApiKey api() const;
  bool is_response() const;
};

inline Message request(std::int32_t correlation_id, Body body) { return {correlation_id, std::move(body), 0}; }
inline Message response(const Message& to, Body body) { return {to.correlation_id, std::move(body), 0}; }

// The kernel calls the functions below (sim/context.h).
void hash_payload(sim::Hasher& hasher, const Message& message);
std::uint32_t wire_size(const Message& message);
/// API key × 2, + 1 for a response.
std::uint16_t trace_code(const Message& message);

/// The error of a response as a whole. nullptr: it has none, or one for each of its rows.
ErrorCode* error_of(Body& body);
const ErrorCode* error_of(const Body& body);
/// An empty response to the request.
Body empty_response(const Body& request);

}  // namespace kafkascope::protocol
