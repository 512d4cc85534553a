// The shape of the state document (docs/scenario-format.md §2), so that a misspelt path is an error in the file and not
// an expectation that silently fails or holds.
#include <fmt/format.h>

#include <algorithm>

#include "observe/model/mbeans.h"
#include "protocol/errors.h"
#include "scenario/api_names.h"
#include "scenario/reading.h"

namespace kafkascope::scenario {

namespace {

// {a,b}: either; <x>: a name of that kind; []: a list that may be indexed; *: free JSON below.
// clang-format off
constexpr std::string_view kShapes[] = {
    "time_us",
    "cluster/{metadata,kafka,active_controller,controller_epoch}",
    "cluster/features/<feature>",
    "cluster/acls[]",
    "cluster/quotas/<entity>/{producer_byte_rate,consumer_byte_rate}",
    "cluster/quorum/{leader,epoch,high_watermark}",
    "cluster/quorum/voters/<voter>/{state,log_start_offset,log_end_offset,snapshots,voted_for}",
    "cluster/zookeeper/{leader,epoch,sessions*}",
    "nodes/<node>/{kind,id,rack,host,state,incarnation,broker_epoch,fenced,clock_skew_us}",
    "nodes/<node>/disk/{used_bytes,unflushed_bytes,capacity_bytes,offline_dirs[],dirs*}",
    "nodes/<node>/belief/{controller,metadata_offset}",
    "nodes/<node>/belief/partitions/<t-p>/{leader,leader_epoch,isr[]}",
    "topics/<topic>/{id,partitions,replication_factor}",
    "topics/<topic>/config/<key>",
    "partitions/<t-p>/{leader,leader_epoch,partition_epoch,replicas[],isr[],elr[],adding[],removing[],recovering,high_watermark,last_stable_offset,log_start_offset,log_end_offset}",
    "partitions/<t-p>/logs/<broker>/{log_start_offset,log_end_offset,high_watermark,leader_epoch,segments,size_bytes,flushed_offset,dir,offline}",
    "groups/<group>/{state,generation,protocol,assignor,coordinator,leader,rebalances,assignment_epoch}",
    "groups/<group>/members/<client>/{member_id,instance_id,assignment[],protocol,state,member_epoch,previous_member_epoch,target[],pending_revocation[]}",
    "groups/<group>/{offsets,lag}/<t-p>",
    "groups/<group>/share/<t-p>/{start_offset,end_offset,available,acquired,acknowledged,archived}",
    "groups/<group>/share/<t-p>/deliveries/<n>",
    "transactions/<transaction>/{state,coordinator,producer_id,producer_epoch,partitions[],started_us}",
    "clients/<client>/{kind,state,sent,acked,failed,received,processed,in_flight,waiting,assignment[],records_per_s}",
    "clients/<client>/errors/<error>",
    "clients/<client>/fatal",
    "clients/<client>/exception/{class,message,cause,at_us}",
    "clients/<client>/{positions,committed}/<t-p>",
    "clients/<client>/accumulator/{buffer_total_bytes,buffer_available_bytes}",
    "clients/<client>/accumulator/batches/<t-p>/<index>/{records,size_bytes,write_limit,full,attempts,waited_us}",
    "clients/<client>/accumulator/in_flight_requests/<broker>",
    "clients/<client>/accumulator/blocked/{on,topic,partition,since_us,until_us}",
    "clients/<client>/transaction/{state,producer_id,producer_epoch,partitions[]}",
    "clients/<client>/subscription/<t-p>/{fetch_state,position,committed,buffered,lag,stable_lag,log_end_lag,paused}",
    "clients/<client>/subscription/<t-p>/{acquired,buffered,in_hand,to_acknowledge,acknowledging}",
    "clients/<client>/fetching[]",
    "clients/<client>/latency_us/{p50,p99,max}",
    "clients/<client>/throttled/{times,total_us}",
    "clients/<client>/belief/age_us",
    "clients/<client>/belief/partitions/<t-p>/{leader,leader_epoch}",
    "zookeeper*",
    "acts/<index>/{do,node,step,at_us,state,error}",
    "ledger/{produced,acked,failed,in_doubt,pending,lost_acked,lost_unacked,duplicated,reordered,aborted,delivered,redelivered,skipped,aborted_visible,before_group,uncommitted_read}",
    "ledger/by_client/<client>/{produced,acked,failed,in_doubt,pending,lost_acked,lost_unacked,duplicated,reordered,aborted}",
    "ledger/by_group/<group>/{delivered,redelivered,skipped,aborted_visible,before_group,uncommitted_read}",
    "records/<t-p>/<offset>/{key,value,key_hex,value_hex,producer,timestamp,headers*,leader_epoch,fate,acked_at_us,delivered_to[],input,outputs[]}",
    "records/<t-p>/<offset>/sinks/<sink>",
    "sinks/<sink>/{rows,distinct,repeated,sum}",
    "invariants/<index>/{name,at_us,detail}",
    "metrics/requests/<api>",
    "metrics/{bytes_sent,elections,rebalances,isr_shrinks,isr_expands}",
    "metrics/mbeans/<process>/<mbean>",
};
// clang-format on

using Shape = std::vector<std::string>;  // segments; "*" or "[]" at the end of the last one

void expand(std::string_view text, Shape shape, std::vector<Shape>& out) {
  while (!text.empty()) {
    const std::size_t slash = text.find('/');
    const std::string_view part = text.substr(0, slash);
    const std::string_view rest = slash == std::string_view::npos ? std::string_view{} : text.substr(slash + 1);
    if (part.front() == '{') {
      std::string_view words = part.substr(1, part.size() - 2);
      while (true) {
        const std::size_t comma = words.find(',');
        Shape branch = shape;
        branch.emplace_back(words.substr(0, comma));
        expand(rest, std::move(branch), out);
        if (comma == std::string_view::npos) return;
        words.remove_prefix(comma + 1);
      }
    }
    shape.emplace_back(part);
    text = rest;
  }
  out.push_back(std::move(shape));
}

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all = [] {
    std::vector<Shape> out;
    for (const std::string_view shape : kShapes) expand(shape, {}, out);
    return out;
  }();
  return all;
}

std::string_view bare(std::string_view segment) {
  if (segment.ends_with('*')) return segment.substr(0, segment.size() - 1);
  if (segment.ends_with("[]")) return segment.substr(0, segment.size() - 2);
  return segment;
}

bool digits(std::string_view text) {
  return !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The parts of a JSON pointer, unescaped; nullopt for bad syntax.
std::optional<std::vector<std::string>> split_pointer(std::string_view pointer) {
  std::vector<std::string> parts;
  if (pointer.empty() || pointer.front() != '/') return std::nullopt;
  std::string part;
  for (std::size_t i = 1; i <= pointer.size(); ++i) {
    if (i == pointer.size() || pointer[i] == '/') {
      parts.push_back(std::move(part));
      part.clear();
    } else if (pointer[i] == '~') {
      if (i + 1 >= pointer.size() || (pointer[i + 1] != '0' && pointer[i + 1] != '1')) return std::nullopt;
      part += pointer[++i] == '0' ? '~' : '/';
    } else {
      part += pointer[i];
    }
  }
  return parts;
}

/// The problem of `part` as a name of that kind, and the remedy; an empty message: no problem.
struct Verdict {
  Message message, remedy;
};

Verdict check_name(const Names& names, std::string_view sort, const std::string& part) {
  const auto unknown = [&](words::Key what, const std::vector<std::string>& known) {
    return Verdict{no_such(what, part), suggestion(part, known)};
  };
  if (sort == "<node>") {
    if (names.has_node(part)) return {};
    if (names.clients.contains(part))
      return {Message("problem.is_client"_w, {{"name", in_quotes(part)}}),
              example(fmt::format("\"/clients/{}\"", part))};
    return unknown("thing.node"_w, names.nodes);
  }
  if (sort == "<process>") return names.clients.contains(part) ? Verdict{} : check_name(names, "<node>", part);
  if (sort == "<client>") {
    if (names.clients.contains(part.substr(0, part.find('#')))) return {};
    return unknown("thing.client"_w, names.client_ids());
  }
  if (sort == "<topic>" || sort == "<t-p>") {
    std::string topic = part;
    std::int32_t number = 0;
    if (sort == "<t-p>") {
      auto partition = cluster::parse_partition_name(part);
      if (!partition)
        return {Message("problem.names_no_partition"_w, {{"found", in_quotes(part)}}), "remedy.partition"_w};
      topic = partition->topic;
      number = partition->partition;
    }
    const auto known = names.topics.find(topic);
    if (known == names.topics.end()) {
      if (topic.starts_with("__") || names.auto_create) return {};
      return {no_such("thing.topic"_w, topic), suggestion(topic, names.topic_names())};
    }
    if (known->second.partitions >= 0 && sort == "<t-p>" && number >= known->second.partitions) {
      return {Message("problem.no_such_partition"_w, {{"topic", in_quotes(topic)}, {"partition", number}}),
              Message("remedy.number_from_to"_w, {{"from", 0}, {"to", known->second.partitions - 1}})};
    }
    return {};
  }
  if (sort == "<group>") {
    if (names.has_group(part) || names.clients.contains(part)) return {};
    return unknown("thing.group"_w, names.groups);
  }
  if (sort == "<transaction>") {
    const auto& ids = names.transactional_ids;
    if (ids.contains(part)) return {};
    return {no_such("glossary.transactional-id"_w, part),
            suggestion(part, std::vector<std::string>(ids.begin(), ids.end()))};
  }
  if (sort == "<sink>") {
    if (names.has_sink(part)) return {};
    return unknown("thing.sink"_w, names.sinks);
  }
  if (sort == "<broker>") {
    if (!digits(part))
      return {Message("problem.not_broker_id"_w, {{"id", in_quotes(part)}}),
              Message("remedy.number_such_as"_w, {{"example", "/logs/1"}})};
    if (names.brokers_unknown) return {};
    for (const std::int32_t id : names.broker_ids) {
      if (std::to_string(id) == part) return {};
    }
    std::vector<std::string> ids;
    for (const std::int32_t id : names.broker_ids) ids.push_back(std::to_string(id));
    std::string one_of;
    for (const std::string& id : ids) one_of += (one_of.empty() ? "" : ", ") + id;
    return {Message("problem.no_such_broker"_w, {{"broker", part}}),
            one_of.size() > 93 ? Message() : Message("remedy.one_of"_w, {{"names", one_of}})};
  }
  if (sort == "<voter>") {
    for (int i = 0; i < 15; ++i) {
      if (std::to_string(cluster::kFirstControllerId + i) == part && names.has_node(cluster::controller_name(i)))
        return {};
    }
    return {Message("problem.no_such_voter"_w, {{"id", in_quotes(part)}}), "remedy.controller_ids"_w};
  }
  if (sort == "<offset>" || sort == "<index>") {
    if (digits(part)) return {};
    return {Message(sort == "<offset>" ? "problem.no_offset"_w : "problem.no_index"_w, {{"text", in_quotes(part)}}),
            Message("remedy.number_from"_w, {{"from", 0}})};
  }
  if (sort == "<error>") {
    if (part.ends_with("Exception") || is_error_name(part)) return {};
    return {Message("problem.kafka_has_no_error"_w, {{"error", in_quotes(part)}}), suggestion(part, error_names())};
  }
  if (sort == "<api>") {
    if (is_api_name(part)) return {};
    return {Message("problem.kafka_has_no_api"_w, {{"api", in_quotes(part)}}), suggestion(part, api_names())};
  }
  if (sort == "<mbean>") {
    if (observe::find_mbean_kind(part) != nullptr) return {};
    std::vector<std::string> known;
    for (const observe::MBeanKind* kind : observe::mbean_kinds()) known.emplace_back(kind->name);
    return {no_such("thing.metric"_w, part), suggestion(part, known, 16)};
  }
  return {};
}

}  // namespace

bool check_state_path(Reading& reading, const Node& node, const Path& path, std::string_view pointer) {
  const auto parts = split_pointer(pointer);
  if (!parts) {
    reading.report.error(node, path, Message("problem.not_json_pointer"_w, {{"path", in_quotes(pointer)}}),
                         Message("remedy.such_as"_w, {{"example", R"("/partitions/orders-0/leader")"}}));
    return false;
  }
  std::vector<const Shape*> alive;
  for (const Shape& shape : shapes()) alive.push_back(&shape);
  for (std::size_t depth = 0; depth < parts->size(); ++depth) {
    const std::string& part = (*parts)[depth];
    std::vector<const Shape*> next;
    std::vector<std::string_view> literals;
    Verdict verdict;
    for (const Shape* shape : alive) {
      if (depth >= shape->size()) {
        const std::string& last = shape->back();
        if (last.ends_with('*')) return true;
        if (last.ends_with("[]") && depth == shape->size() && digits(part)) next.push_back(shape);
        continue;
      }
      const std::string_view wanted = bare((*shape)[depth]);
      if (wanted.starts_with('<')) {
        verdict = check_name(reading.names, wanted, part);
        if (verdict.message.empty()) next.push_back(shape);
      } else {
        literals.push_back(wanted);
        if (wanted == part) next.push_back(shape);
      }
    }
    if (next.empty()) {
      if (verdict.message.empty()) {
        std::sort(literals.begin(), literals.end());
        literals.erase(std::unique(literals.begin(), literals.end()), literals.end());
        std::string before;
        for (std::size_t i = 0; i < depth; ++i) before += "/" + (*parts)[i];
        verdict.message = literals.empty() ? Message("problem.nothing_below"_w, {{"path", in_quotes(before)}})
                          : before.empty() ? Message("problem.not_at_top_of_state"_w, {{"part", in_quotes(part)}})
                                           : Message("problem.not_in_state"_w,
                                                     {{"part", in_quotes(part)}, {"path", in_quotes(before)}});
        verdict.remedy = suggestion(part, literals, 16);
      }
      reading.report.error(node, path, std::move(verdict.message), std::move(verdict.remedy));
      return false;
    }
    alive = std::move(next);
  }
  return true;
}

}  // namespace kafkascope::scenario
