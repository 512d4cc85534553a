#include "observe/judge/lineage.h"

#include "protocol/facts_of_clients.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe {

using protocol::Trace;

void Lineage::on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject) {
  const auto of = waiting_.find(line.node.index);
  if (of == waiting_.end()) return;
  std::deque<Processed>& waiting = of->second;
  switch (line.kind) {
    case sim::trace_kind::kNodeStarted:
    case sim::trace_kind::kNodeDied: waiting.clear(); break;
    case protocol::kind(Trace::RecordProcessed): {
      const auto f = as<fact::RecordProcessed>(line);
      const int index = subject->batch->index_of(f.offset - subject->base_offset);
      if (index >= 0) waiting.push_back({protocol::BatchRef(subject->batch), index});
      break;
    }
    case protocol::kind(Trace::RecordSent): {
      const auto f = as<fact::RecordSent>(line);
      if (waiting.empty()) break;
      const protocol::RecordView input =
          waiting.front().batch->records[static_cast<std::size_t>(waiting.front().index)];
      if (f.key.view() != input.key.value_or(std::string_view())) break;  // sent by hand
      if (waiting.front().batch->client >= 0)
        made_.push_back({{line.node.index, f.number}, {waiting.front().batch->client, input.number}});
      waiting.pop_front();
      break;
    }
    default: break;
  }
}

std::optional<RecordName> Lineage::input_of(RecordName output) const {
  for (std::size_t i = 0; i < made_.size(); ++i)
    if (made_[i].output == output) return made_[i].input;
  return std::nullopt;
}

std::vector<RecordName> Lineage::outputs_of(RecordName input) const {
  std::vector<RecordName> outputs;
  for (std::size_t i = 0; i < made_.size(); ++i)
    if (made_[i].input == input) outputs.push_back(made_[i].output);
  return outputs;
}

}  // namespace kafkascope::observe
