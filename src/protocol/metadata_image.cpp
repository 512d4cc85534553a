#include "protocol/metadata_image.h"
#include "sim/mutant.h"

#include <algorithm>
#include <stdexcept>

namespace kafkascope::protocol {

std::string_view record_name(const MetadataRecord& record) {
  static constexpr std::string_view kNames[] = {"LeaderChangeMessage",
                                                "RegisterBrokerRecord",
                                                "UnregisterBrokerRecord",
                                                "BrokerRegistrationChangeRecord",
                                                "TopicRecord",
                                                "RemoveTopicRecord",
                                                "PartitionRecord",
                                                "PartitionChangeRecord",
                                                "ConfigRecord",
                                                "FeatureLevelRecord",
                                                "ProducerIdsRecord",
                                                "NoOpRecord",
                                                "AccessControlEntryRecord",
                                                "RemoveAccessControlEntryRecord",
                                                "ClientQuotaRecord"};
  static_assert(std::size(kNames) == std::variant_size_v<MetadataRecord>);
  return kNames[record.index()];
}

PartitionRegistration merge(PartitionRegistration p, const PartitionChangeRecord& c) {
  if (c.has_isr) p.isr = c.isr;
  if (c.has_replicas) p.replicas = c.replicas;
  if (c.has_adding) p.adding = c.adding;
  if (c.has_removing) p.removing = c.removing;
  if (c.has_elr) p.elr = c.elr;
  if (c.has_last_known_elr) p.last_known_elr = c.last_known_elr;
  if (c.has_recovery_state) p.recovery_state = c.recovery_state;
  if (c.has_directories) p.directories = c.directories;
  if (c.has_leader) {
    p.leader = c.leader;
    if (!sim::mutant("leader-epoch-not-bumped")) p.leader_epoch = p.leader_epoch.next();
  }
  ++p.partition_epoch;
  return p;
}

bool BrokerRegistration::has_online_dir(DirectoryId dir) const {
  return dir == kUnassigned || log_dirs.empty() || std::find(log_dirs.begin(), log_dirs.end(), dir) != log_dirs.end();
}

DirectoryId PartitionRegistration::directory(BrokerId replica) const {
  for (int i = 0; i < replicas.size() && i < directories.size(); ++i)
    if (replicas[i] == replica) return directories[i];
  return kUnassigned;
}

namespace {
template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;
}  // namespace

MetadataImage::MetadataImage() : state_(std::make_shared<State>()) {}

/// Iterative, because the destructor may destroy a long chain of successors.
MetadataImage::State::~State() {
  std::shared_ptr<const Successor> next = successor.exchange(nullptr);
  while (next != nullptr && next.use_count() == 1) {
    const std::shared_ptr<State> state = next->state;
    next = state.use_count() == 2 ? state->successor.exchange(nullptr) : nullptr;
  }
}

void MetadataImage::State::apply(const MetadataRecord& record) {
  std::visit(
      Overloaded{
          [](const LeaderChangeMessage&) {},
          [](const NoOpRecord&) {},
          [&](const RegisterBrokerRecord& r) {
            brokers.change()[r.broker_id] = {r.broker_id, r.incarnation_id, r.broker_epoch,           r.endpoint,
                                             r.rack,      r.fenced,         r.in_controlled_shutdown, r.log_dirs};
          },
          [&](const UnregisterBrokerRecord& r) { brokers.change().erase_key(r.broker_id); },
          [&](const BrokerRegistrationChangeRecord& r) {
            if (!brokers->contains(r.broker_id)) return;
            BrokerRegistration& broker = brokers.change()[r.broker_id];
            if (r.fenced != 0) broker.fenced = r.fenced > 0;
            if (r.in_controlled_shutdown != 0) broker.in_controlled_shutdown = true;
            if (!r.log_dirs.empty()) broker.log_dirs = r.log_dirs;
          },
          [&](const TopicRecord& r) {
            // A broker in ZooKeeper mode may learn of a later topic first; the ids in between are reserved.
            while (static_cast<TopicId>(topics.size()) <= r.topic_id)
              topics.push_back({"", static_cast<TopicId>(topics.size()), true, {}});
            topics.edit(static_cast<std::size_t>(r.topic_id)) = {r.name, r.topic_id, false, {}};
            names.change()[r.name] = r.topic_id;
          },
          [&](const RemoveTopicRecord& r) {
            TopicImage& t = topics.edit(static_cast<std::size_t>(r.topic_id));
            names.change().erase(t.name);
            configs.change().erase("topic:" + t.name);
            t.removed = true;
            t.partitions.clear();
          },
          [&](const PartitionRecord& r) {
            auto& partitions = topics.edit(static_cast<std::size_t>(r.partition.topic)).partitions;
            const auto index = static_cast<std::size_t>(r.partition.partition);
            if (partitions.size() <= index) partitions.resize(index + 1);
            partitions.edit(index) = {r.replicas,       r.isr,    r.adding,         r.removing,     r.elr,
                                      r.last_known_elr, r.leader, r.recovery_state, r.leader_epoch, r.partition_epoch,
                                      r.directories};
          },
          [&](const PartitionChangeRecord& r) {
            PartitionRegistration& p = topics.edit(static_cast<std::size_t>(r.partition.topic))
                                           .partitions.edit(static_cast<std::size_t>(r.partition.partition));
            p = merge(p, r);
          },
          [&](const ConfigRecord& r) {
            if (r.deleted) {
              configs.change()[r.resource].erase(r.name);
            } else {
              configs.change()[r.resource][r.name] = r.value;
            }
          },
          [&](const FeatureLevelRecord& r) { features.change()[r.name] = r.level; },
          [&](const ProducerIdsRecord& r) { next_producer_id = r.next_producer_id; },
          [&](const AccessControlEntryRecord& r) { acls.change()[r.id] = r.entry; },
          [&](const RemoveAccessControlEntryRecord& r) {
            if (!sim::mutant("removed-acl-stays")) acls.change().erase(r.id);
          },
          [&](const ClientQuotaRecord& r) {
            if (r.remove) {
              auto& limits = quotas.change()[r.entity];
              limits.erase(r.key);
              if (limits.empty()) quotas.change().erase(r.entity);
            } else {
              quotas.change()[r.entity][r.key] = r.value_ppm;
            }
          },
      },
      record);
}

void MetadataImage::apply(Offset first, LeaderEpoch epoch, const std::vector<MetadataRecord>& records) {
  std::vector<const MetadataRecord*> run;
  run.reserve(records.size());
  for (const MetadataRecord& record : records) run.push_back(&record);
  apply(first, epoch, run);
}

void MetadataImage::apply(Offset first, LeaderEpoch epoch, std::span<const MetadataRecord* const> records) {
  if (first != last_offset_ + 1) throw std::logic_error("metadata records are applied in order, one by one");
  if (records.empty()) return;
  last_offset_ = first + (static_cast<std::int64_t>(records.size()) - 1);
  last_epoch_ = epoch;
  const auto says_nothing = [](const MetadataRecord* r) {
    return std::holds_alternative<LeaderChangeMessage>(*r) || std::holds_alternative<NoOpRecord>(*r);
  };
  const auto same = [](const MetadataRecord& a, const MetadataRecord* b) { return a == *b; };
  if (std::all_of(records.begin(), records.end(), says_nothing)) return;
  // The same records may have been applied before, possibly decision by decision: each application leaves its resulting
  // state behind.
  std::shared_ptr<const Successor> known = state_->successor.load();
  while (known != nullptr && known->first == first && known->records.size() <= records.size() &&
         std::equal(known->records.begin(), known->records.end(), records.begin(), same)) {
    state_ = known->state;
    records = records.subspan(known->records.size());
    if (records.empty()) return;
    first = first + static_cast<std::int64_t>(known->records.size());
    known = state_->successor.load();
  }
  if (state_.use_count() == 1) {  // no other image shares the state
    state_->successor.store(nullptr);
    for (const MetadataRecord* record : records) state_->apply(*record);
    return;
  }
  auto next = std::make_shared<State>(*state_);
  for (const MetadataRecord* record : records) next->apply(*record);
  if (known == nullptr) {
    Successor left{first, {}, next};
    for (const MetadataRecord* record : records) left.records.push_back(*record);
    state_->successor.store(std::make_shared<const Successor>(std::move(left)));
  }
  state_ = std::move(next);
}

const BrokerRegistration* MetadataImage::broker(BrokerId id) const {
  const auto it = state_->brokers->find(id);
  return it == state_->brokers->end() ? nullptr : &it->second;
}
TopicId MetadataImage::topic_id(std::string_view name) const {
  const auto it = state_->names->find(name);
  return it == state_->names->end() ? kNoTopic : it->second;
}
const TopicImage* MetadataImage::topic(TopicId id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= state_->topics.size()) return nullptr;
  const TopicImage& t = state_->topics[static_cast<std::size_t>(id)];
  return t.removed ? nullptr : &t;
}
std::int32_t MetadataImage::partition_count(std::string_view topic_name) const {
  const TopicImage* t = topic(topic_id(topic_name));
  return t == nullptr ? 0 : static_cast<std::int32_t>(t->partitions.size());
}
const PartitionRegistration* MetadataImage::partition(TopicPartition p) const {
  const TopicImage* t = topic(p.topic);
  if (!t || p.partition < 0 || static_cast<std::size_t>(p.partition) >= t->partitions.size()) return nullptr;
  return &t->partitions[static_cast<std::size_t>(p.partition)];
}
const std::map<std::string, std::string>& MetadataImage::config(std::string_view resource) const {
  static const std::map<std::string, std::string> kNone;
  const auto it = state_->configs->find(resource);
  return it == state_->configs->end() ? kNone : it->second;
}
std::optional<std::int64_t> MetadataImage::quota_ppm(std::string_view entity, std::string_view key) const {
  const auto of = state_->quotas->find(entity);
  if (of == state_->quotas->end()) return std::nullopt;
  const auto it = of->second.find(key);
  return it == of->second.end() ? std::nullopt : std::optional(it->second);
}
std::int16_t MetadataImage::feature(std::string_view name) const {
  const auto it = state_->features->find(name);
  return it == state_->features->end() ? std::int16_t{0} : it->second;
}

}  // namespace kafkascope::protocol
