#include "client/stats.h"

#include "protocol/facts_of_clients.h"

#include <algorithm>
#include <bit>

namespace kafkascope::client {

int LatencyHistogram::bucket(std::int64_t us) {
  const std::uint64_t v = us < 0 ? 0 : static_cast<std::uint64_t>(us);
  if (v < 32) return static_cast<int>(v);
  const int top = std::bit_width(v) - 1;  // at least 5
  return (top - 4) * 32 + static_cast<int>((v >> (top - 5)) & 31);
}
std::int64_t LatencyHistogram::upper(int b) {
  if (b < 32) return b;
  const int top = b / 32 + 4;
  const std::int64_t low = (32 + static_cast<std::int64_t>(b % 32)) << (top - 5);
  return low + (std::int64_t{1} << (top - 5)) - 1;
}
void LatencyHistogram::add(std::int64_t us, std::int64_t times) {
  const auto b = static_cast<std::size_t>(bucket(us));
  if (b >= counts_.size()) counts_.resize(b + 1);
  counts_[b] += times;
  count_ += times;
  max_ = std::max(max_, us);
}
std::int64_t LatencyHistogram::percentile(int per_mille) const {
  if (count_ == 0) return 0;
  const std::int64_t wanted = (count_ * per_mille + 999) / 1000;
  std::int64_t seen = 0;
  for (std::size_t b = 0; b < counts_.size(); ++b) {
    seen += counts_[b];
    if (seen >= wanted) return std::min(upper(static_cast<int>(b)), max_);
  }
  return max_;
}

void ClientStats::error(Ctx& ctx, protocol::ErrorCode code, protocol::TopicPartition p, std::int64_t times) {
  errors[std::string(protocol::name(code))] += times;
  ctx.trace(fact::ClientError{p, code, times, protocol::name(code)});
}
void ClientStats::exception(Ctx& ctx, std::string_view class_name, protocol::TopicPartition p, std::string message,
                            std::string cause, std::int64_t times) {
  errors[std::string(class_name)] += times;
  thrown = Thrown{std::string(class_name), std::move(message), std::move(cause), ctx.now()};
  ctx.trace(fact::ClientError{p, protocol::ErrorCode::NONE, times, class_name});
}

std::string exception_name(protocol::ErrorCode code) {
  using protocol::ErrorCode;
  switch (code) {  // error codes whose exception class has a different name (Errors)
    case ErrorCode::REQUEST_TIMED_OUT: return "TimeoutException";
    case ErrorCode::MESSAGE_TOO_LARGE: return "RecordTooLargeException";
    case ErrorCode::RECORD_LIST_TOO_LARGE: return "RecordBatchTooLargeException";
    case ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER: return "OutOfOrderSequenceException";
    case ErrorCode::DUPLICATE_SEQUENCE_NUMBER: return "DuplicateSequenceException";
    case ErrorCode::CORRUPT_MESSAGE: return "CorruptRecordException";
    case ErrorCode::UNKNOWN_SERVER_ERROR: return "UnknownServerException";
    case ErrorCode::INVALID_CONFIG: return "InvalidConfigurationException";
    case ErrorCode::INVALID_PRODUCER_ID_MAPPING: return "InvalidPidMappingException";
    case ErrorCode::TOPIC_AUTHORIZATION_FAILED: return "TopicAuthorizationException";
    case ErrorCode::GROUP_AUTHORIZATION_FAILED: return "GroupAuthorizationException";
    case ErrorCode::CLUSTER_AUTHORIZATION_FAILED: return "ClusterAuthorizationException";
    case ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED: return "TransactionalIdAuthorizationException";
    default: break;
  }
  std::string out;
  bool capital = true;
  for (char c : protocol::name(code)) {
    if (c == '_') {
      capital = true;
      continue;
    }
    out += capital || c < 'A' || c > 'Z' ? c : static_cast<char>(c - 'A' + 'a');
    capital = false;
  }
  if (!out.ends_with("Exception")) out += "Exception";
  return out;
}

}  // namespace kafkascope::client
