// A question about what does not exist: what exists instead.
#include "observe/why/why.h"
#include "observe/why/why_parts.h"
#include "protocol/records.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using nlohmann::json;

namespace {

std::vector<std::string> names_under(const Moment& moment, const std::string& section) {
  std::vector<std::string> names;
  if (const auto all = state_at(moment, section))
    for_each_entry(*all, [&](const std::string& name, const json&) {
      if (!name.starts_with("__")) names.push_back(name);
    });
  return names;
}

/// The section, a path, has nothing of that name: "there is no orders-7 under /partitions; there is orders-0".
Absence no_such_name(const Moment& moment, const std::string& section, const std::string& name) {
  const std::size_t most = section.empty() ? std::string::npos : 8;
  Absence absence{{}, name, names_under(moment, section)};
  std::string names;
  for (std::size_t i = 0; i < absence.names.size() && i < most; ++i) names += (i == 0 ? "" : ", ") + absence.names[i];
  if (absence.names.size() > most) names += ", …";
  if (section.empty()) {
    const std::string example = paths_with_why(moment, "/partitions/").front();
    absence.words = both("why.absent_section"_w, {{"name", name}, {"example", example}, {"names", names}});
    return absence;
  }
  absence.words =
      name.empty() && !names.empty()
          ? both("why.absent_unnamed"_w, {{"section", section}, {"names", names}, {"count", absence.names.size()}})
      : names.empty() ? both("why.absent_all"_w, {{"section", section}})
                      : both("why.absent"_w,
                             {{"name", name}, {"section", section}, {"names", names}, {"count", absence.names.size()}});
  return absence;
}

Absence no_record_at(const Moment& moment, const std::string& partition, const std::string& number) {
  const auto parsed = cluster::parse_partition_name(partition);
  if (!parsed || !state_at(moment, "/partitions/" + partition)) return no_such_name(moment, "/partitions", partition);
  const auto offset = whole_number(number);
  if (!offset) return {both("why.absent_number"_w, {{"number", number}}), {}, {}};
  const storage::PartitionLog* log = moment.cluster.leader_log(moment.cluster.partition(*parsed));
  if (log == nullptr) return {};
  const std::int64_t first = log->log_start_offset().value, end = log->log_end_offset().value;
  if (first >= end) return {both("why.absent_empty"_w, {{"partition", partition}, {"offset", first}}), {}, {}};
  const protocol::Offset asked{static_cast<std::int64_t>(*offset)};
  const protocol::StoredBatch* batch = asked.value < first || asked.value >= end ? nullptr : log->batch_at(asked);
  if (batch != nullptr && batch->data->control)
    return {both("why.absent_marker"_w, {{"partition", partition}, {"offset", *offset}}), {}, {}};
  return {
      both("why.absent_offset"_w, {{"partition", partition}, {"offset", *offset}, {"first", first}, {"last", end - 1}}),
      {},
      {}};
}

Absence no_record_of(const Moment& moment, const std::string& client, const std::string& number) {
  const auto state = state_at(moment, "/clients/" + client);
  if (!state) return no_such_name(moment, "/clients", client);
  if (!whole_number(number)) return {both("why.absent_number"_w, {{"number", number}}), {}, {}};
  if (!part_of(*state, "accumulator").is_object()) return {both("why.absent_sender"_w, {{"client", client}}), {}, {}};
  const std::int64_t sent = whole_of(part_of(*state, "sent"));
  if (sent == 0) return {both("why.absent_sent"_w, {{"client", client}}), {}, {}};
  return {both("why.absent_sent_number"_w, {{"client", client}, {"count", sent}, {"last", sent - 1}}), {}, {}};
}

}  // namespace

Absence why_absent(const Moment& moment, std::string_view path) {
  const auto parts = split_pointer(path);
  if (parts.empty()) return {};
  const auto part = [&](std::size_t i) { return i < parts.size() ? parts[i] : std::string(); };
  if (part(0) == "records" && parts.size() > 1) return no_record_at(moment, part(1), part(2));
  if (part(0) == "sent" && parts.size() > 1) return no_record_of(moment, part(1), part(2));
  std::string section;
  for (const std::string& name : parts) {
    if (!state_at(moment, section + "/" + name)) return no_such_name(moment, section, name);
    section += "/" + name;
  }
  const auto whole = parts.size() == 3 && part(0) == "groups" ? state_at(moment, section) : std::nullopt;
  if (whole && whole->is_object() && whole->empty()) return {both("why.absent_all"_w, {{"section", section}}), {}, {}};
  return {};
}

}  // namespace kafkascope::observe
