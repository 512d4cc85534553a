#include "client/call_log.h"

#include <utility>

namespace kafkascope::client {

namespace {

constexpr std::size_t kReturnedKept = 8;

}  // namespace

std::int32_t CallLog::ask(sim::Instant now, std::int64_t calls) {
  asked_.push_back({now, calls, false, {}, {}, 0});
  return static_cast<std::int32_t>(asked_.size()) - 1;
}

void CallLog::answer(std::int32_t act, std::string_view exception) {
  if (act < 0) return;
  AskedCalls& asked = asked_[static_cast<std::size_t>(act)];
  --asked.left;
  if (!exception.empty()) asked.exception = exception;
}

void CallLog::hand_over(std::int32_t act, std::uint32_t record) {
  if (act < 0) return;
  AskedCalls& asked = asked_[static_cast<std::size_t>(act)];
  if (!asked.first_record) asked.first_record = record;
  ++asked.records;
}

void CallLog::drop() {
  for (AskedCalls& asked : asked_) asked.dropped |= asked.left > 0;
}

void CallLog::returned(TransactionalCall kind, std::string exception) {
  if (last_.size() == kReturnedKept) last_.erase(last_.begin());
  last_.push_back({kind, std::move(exception)});
  ++count_;
}

}  // namespace kafkascope::client
