// The table of verbs, one row each. A new verb has its own file (verbs.h) instead and is appended at the end.
#include <algorithm>

#include "cluster/acts.h"
#include "cluster/verbs.h"
#include "words/catalogue.h"

namespace kafkascope::cluster {

// Verbs with a file of their own, declared as VerbInfo <name>();

namespace {

using T = FieldType;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// Fields that several verbs share; A is the struct of the verb.
Field node() { return field<&Command::node>("node", T::Node); }
Field any_node() { return node_field(Who::Anybody); }
Field server() { return node_field(Who::Servers); }
Field client() { return node_field(Who::Clients); }
Field producer() { return node_field(Who::Producers); }
Field consumer() { return node_field(Who::Consumers); }
template <class A>
Field from() {
  return field<&A::from>("from", T::Nodes);
}
template <class A>
Field to() {
  return field<&A::to>("to", T::Nodes);
}
template <class A>
Field one_way() {
  return field<&A::one_way>("one_way", T::Flag);
}
template <class A>
Field api() {
  return field<&A::api>("api", T::Api);
}
template <class A>
Field count() {
  return field<&A::count>("count", T::Count);
}
template <class A>
Field dir() {
  return field<&A::dir>("dir", T::LogDir);
}
template <class A>
Field topic() {
  return field<&A::topic>("topic", T::Topic);
}
template <class A>
Field topics() {
  return field<&A::topics>("topics", T::Topics);
}
template <class A>
Field group() {
  return field<&A::group>("group", T::Group);
}
template <class A>
Field partition() {
  return field<&A::partition>("partition", T::Partition);
}
template <class A>
Field partitions() {
  return field<&A::partitions>("partitions", T::Partitions);
}
// Kafka refuses zero and negative numbers itself (INVALID_PARTITIONS).
template <class A>
Field partition_count() {
  return field<&A::partition_count>("partitions", T::Integer).between(-1, 200000);
}
template <class A>
Field assignments() {
  return field<&A::assignments>("assignments", T::Assignments);
}
template <class A>
Field config() {
  return field<&A::config>("config", T::ConfigEntries);
}
template <class A>
Field offsets() {
  return field<&A::offsets>("offsets", T::Offsets);
}
template <class A>
Field principal() {
  return field<&A::principal>("principal", T::Principal);
}
template <class A>
Field remove() {
  return field<&A::remove>("remove", T::Flag);
}
template <class A>
Field broker_id() {
  return field<&A::id>("id", T::Integer).between(0, kFirstControllerId - 1).must();
}
Field real_client() { return field<&act::RealClient::client>("client", T::Text).must(); }
Field what() { return field<&act::Messages::what>("what", T::Word).either("request", "response"); }
Field sender() { return from<act::Messages>().shown("broker-2"); }
Field receiver() { return to<act::Messages>().shown("broker-1"); }

Rule exclude(std::vector<std::string_view> fields) { return {Rule::Kind::Exclude, std::move(fields), {}, {}}; }
Rule any_of(std::vector<std::string_view> fields, words::Key says, words::Key remedy = {}) {
  return {Rule::Kind::AnyOf, std::move(fields), says, remedy};
}

std::vector<VerbInfo> make_verbs() {
  return {
      {Verb::Crash, "crash", kFault | kLoses, {any_node()}},
      {Verb::PowerOff, "power_off", kFault | kLoses, {any_node()}},
      {Verb::Restart,
       "restart",
       kRepair,
       {server(), config<act::Restart>().shown("advertised.listeners=PLAINTEXT://broker-1:9092")}},
      {Verb::Shutdown, "shutdown", kFault | kLoses, {server()}},
      {Verb::Pause, "pause", kFault | kLoses, {any_node()}},
      {Verb::Resume, "resume", kRepair, {any_node()}},
      {Verb::Partition,
       "partition",
       kFault | kLoses,
       {from<act::Partition>().must(), to<act::Partition>().must().shown("broker-2, broker-3"),
        one_way<act::Partition>()}},
      {Verb::Isolate, "isolate", kFault | kLoses, {any_node()}},
      {Verb::Heal,
       "heal",
       kRepair,
       {node(), from<act::Partition>(), to<act::Partition>()},
       {exclude({"node", "from"})}},
      {Verb::Link,
       "link",
       kLoses,
       {from<act::Link>().must(), to<act::Link>().must().shown("broker-2, broker-3"), one_way<act::Link>(),
        field<&act::Link::latency>("latency", T::Latency).shown("200ms", "5ms..20ms|200ms|2s"),
        field<&act::Link::bandwidth_bytes_per_s>("bandwidth", T::Bandwidth).shown("20KB/s", "20KB/s|1Mbps|1Gbps"),
        field<&act::Link::loss_ppm>("loss", T::Fraction).shown("0.05", "0|0.05|0.3")},
       {any_of({"latency", "bandwidth", "loss"}, "problem.link_changes_nothing"_w)}},
      {Verb::Lose,
       "lose",
       kFault | kLoses,
       {sender().must(), receiver(), api<act::Messages>(), what(), count<act::Messages>()}},
      {Verb::Hold,
       "hold",
       kFault | kLoses,
       {sender().must(), receiver(), api<act::Messages>(), what(), count<act::Messages>()}},
      {Verb::Release, "release", kRepair, {sender(), receiver(), api<act::Messages>(), what(), count<act::Messages>()}},
      {Verb::Answer,
       "answer",
       kFault | kLoses,
       {server(), from<act::Answer>(), api<act::Answer>().shown("Produce", "@apis", "Produce"), count<act::Answer>(),
        field<&act::Answer::error>("error", T::ErrorCode)
            .must()
            .shown(
                "NOT_ENOUGH_REPLICAS",
                "NOT_ENOUGH_REPLICAS|NOT_LEADER_OR_FOLLOWER|REQUEST_TIMED_OUT|KAFKA_STORAGE_ERROR|COORDINATOR_NOT_AVAILABLE|REBALANCE_IN_PROGRESS",
                "NOT_ENOUGH_REPLICAS")}},
      {Verb::Deliver, "deliver", 0, {field<&act::Deliver::event>("event", T::EventKey).must()}},
      {Verb::Disk,
       "disk",
       kLoses,
       {server().shown("broker-1", "@nodes"), dir<act::Disk>(),
        field<&act::Disk::write_bytes_per_s>("write", T::Bandwidth).shown("50KB/s", "50KB/s|1MB/s|200MB/s"),
        field<&act::Disk::flush>("flush", T::Duration).shown("2s", "4ms|200ms|2s"),
        field<&act::Disk::capacity_bytes>("capacity", T::Size).shown("1MB"), field<&act::Disk::fail>("fail", T::Flag)},
       {any_of({"write", "flush", "capacity", "fail"}, "problem.disk_changes_nothing"_w)}},
      {Verb::WipeDisk, "wipe_disk", kLoses, {server(), dir<act::WipeDisk>()}},
      {Verb::SkewClock,
       "skew_clock",
       kLoses,
       {any_node(), field<&act::SkewClock::by>("by", T::Duration)
                        .between(-1, kMost)
                        .must()
                        .shown("10m", "0s|1s|10m|-10m|2h", "10m")}},
      {Verb::CreateTopic,
       "create_topic",
       kAdmin,
       {field<&act::CreateTopic::topic>("topic", T::NewTopic).must(),
        partition_count<act::CreateTopic>().shown("3", "1|3|6|12", "3"),
        field<&act::CreateTopic::replication_factor>("replication_factor", T::Integer)
            .between(-1, 32767)
            .shown("3", "1|2|3", "3"),
        assignments<act::CreateTopic>().shown(R"({"0": [1, 2, 3]})"),
        config<act::CreateTopic>().shown("min.insync.replicas=2",
                                         "min.insync.replicas=2|cleanup.policy=compact|retention.ms=60000")}},
      {Verb::DeleteTopic, "delete_topic", kLoses | kAdmin, {topic<act::DeleteTopic>().must()}},
      {Verb::DeleteRecords,
       "delete_records",
       kLoses | kAdmin,
       {partition<act::DeleteRecords>().must(),
        field<&act::DeleteRecords::before>("before", T::Integer).between(-1, kMost).must().shown("100", "-1")}},
      {Verb::AddPartitions,
       "add_partitions",
       kAdmin,
       {topic<act::AddPartitions>().must(), partition_count<act::AddPartitions>().must().shown("6"),
        assignments<act::AddPartitions>().shown(R"({"3": [1, 2, 3]})")}},
      {Verb::Configure,
       "configure",
       kAdmin,
       {topic<act::Configure>(), node(), group<act::Configure>(),
        config<act::Configure>().must().shown(
            "retention.ms=60000",
            "retention.ms=60000|min.insync.replicas=2|cleanup.policy=compact|unclean.leader.election.enable=true")},
       {exclude({"topic", "node", "group"})}},
      {Verb::Feature,
       "feature",
       kAdmin,
       {field<&act::Feature::name>("name", T::Text)
            .must()
            .shown("eligible.leader.replicas.version", "eligible.leader.replicas.version|transaction.version",
                   "eligible.leader.replicas.version"),
        field<&act::Feature::level>("level", T::Integer).between(0, 1000).must().shown("1", "0|1|2", "1")}},
      {Verb::Reassign,
       "reassign",
       kAdmin,
       {topic<act::Reassign>(), partition<act::Reassign>(),
        field<&act::Reassign::replicas>("replicas", T::BrokerIds).shown("2, 3, 4"),
        field<&act::Reassign::all>("all", T::Flag).shown("true", "true"),
        field<&act::Reassign::brokers>("brokers", T::BrokerIds),
        field<&act::Reassign::throttle_bytes_per_s>("throttle", T::Bandwidth).shown("50KB/s", "20KB/s|1MB/s|50MB/s"),
        field<&act::Reassign::cancel>("cancel", T::Flag).shown("true", "true")},
       {exclude({"cancel", "all"}), exclude({"partition", "all"}), exclude({"cancel", "replicas"}),
        any_of({"cancel", "all", "replicas"}, "problem.reassign_moves_nothing"_w, "remedy.reassign"_w)}},
      {Verb::ElectLeaders,
       "elect_leaders",
       kAdmin,
       {partitions<act::ElectLeaders>(), field<&act::ElectLeaders::unclean>("type", T::Word)
                                             .either("preferred", "unclean")
                                             .always()
                                             .shown("preferred", "preferred|unclean", "preferred")}},
      {Verb::AddBroker,
       "add_broker",
       kAdmin,
       {config<act::AddBroker>().shown("log.retention.ms=60000"), broker_id<act::AddBroker>().shown("4"),
        field<&act::AddBroker::rack>("rack", T::Text).shown("a"),
        field<&act::AddBroker::host>("host", T::Text).shown("node-a")}},
      {Verb::RemoveBroker, "remove_broker", kLoses | kAdmin, {broker_id<act::RemoveBroker>()}},
      {Verb::ResetOffsets,
       "reset_offsets",
       kLoses | kAdmin,
       {topic<act::GroupOffsets>(), group<act::GroupOffsets>().must(), partitions<act::GroupOffsets>(),
        field<&act::GroupOffsets::position>("to", T::ResetTo).must().shown("earliest", "earliest|latest|0", "earliest"),
        topics<act::GroupOffsets>()}},
      {Verb::DeleteOffsets,
       "delete_offsets",
       kLoses | kAdmin,
       {topic<act::GroupOffsets>(), group<act::GroupOffsets>().must(), partitions<act::GroupOffsets>(),
        topics<act::GroupOffsets>()}},
      {Verb::DeleteGroup, "delete_group", kLoses | kAdmin, {group<act::DeleteGroup>().must()}},
      {Verb::AbortHanging,
       "abort_hanging",
       kAdmin,
       {partition<act::AbortHanging>().must(),
        field<&act::AbortHanging::start_offset>("start_offset", T::Integer).shown("3")}},
      {Verb::TerminateTransaction,
       "terminate_transaction",
       kFault | kAdmin,
       {field<&act::TerminateTransaction::transactional_id>("transactional_id", T::Text).must().shown("tx-1")}},
      {Verb::Acl,
       "acl",
       kAdmin,
       {principal<act::Acl>().must(),
        field<&act::Acl::operation>("operation", T::Operation)
            .must()
            .shown("Read", "Read|Write|Create|Delete|Alter|Describe|DescribeConfigs|AlterConfigs|All", "Read"),
        field<&act::Acl::resource>("resource", T::Resource).must(),
        field<&act::Acl::allow>("allow", T::Flag).shown("true", "true|false", "true"),
        field<&act::Acl::prefixed>("pattern", T::Word).either("literal", "prefixed"), remove<act::Acl>()}},
      {Verb::Quota,
       "quota",
       kAdmin,
       {field<&act::Quota::client>("client", T::Client), principal<act::Quota>(), remove<act::Quota>(),
        field<&act::Quota::producer_byte_rate>("producer_byte_rate", T::ByteRate).shown("5KB/s", "1KB/s|5KB/s|1MB/s"),
        field<&act::Quota::consumer_byte_rate>("consumer_byte_rate", T::ByteRate).shown("5KB/s", "1KB/s|5KB/s|1MB/s"),
        field<&act::Quota::request_percentage_ppm>("request_percentage", T::Positive),
        field<&act::Quota::controller_mutation_rate_ppm>("controller_mutation_rate", T::Positive)},
       {exclude({"principal", "client"}),
        any_of({"principal", "client"}, "problem.quota_for_nobody"_w, "remedy.principal_or_client"_w)}},
      {Verb::Start, "start", kRepair, {client()}},
      {Verb::Stop, "stop", kFault | kLoses, {client()}},
      {Verb::Kill, "kill", kFault | kLoses, {client()}},
      {Verb::Behave,
       "behave",
       0,
       {client(), field<&act::Behave::rate>("rate", T::Rate), field<&act::Behave::work>("work", T::Work),
        field<&act::Behave::send>("send", T::Send), field<&act::Behave::commit>("commit", T::Commit),
        field<&act::Behave::handoff_threads>("handoff", T::Handoff),
        field<&act::Behave::acknowledge>("acknowledge", T::Acknowledge), field<&act::Behave::calls>("calls", T::Calls),
        field<&act::Behave::partitioner>("partitioner", T::Partitioner)},
       {any_of({"rate", "work", "send", "commit", "handoff", "acknowledge", "calls", "partitioner"},
               "problem.behave_changes_nothing"_w)}},
      {Verb::Produce, "produce", 0, {producer(), field<&act::Produce::records>("records", T::Records).must()}},
      {Verb::Commit, "commit", 0, {consumer(), offsets<act::Commit>()}},
      {Verb::Seek,
       "seek",
       0,
       {consumer(), partition<act::Seek>().must(), field<&act::Seek::position>("offset", T::SeekOffset),
        field<&act::Seek::position>("to", T::SeekTo)},
       {exclude({"offset", "to"}), any_of({"offset", "to"}, "problem.seek_goes_nowhere"_w, "remedy.seek"_w)}},
      {Verb::Subscribe, "subscribe", 0, {consumer(), topics<act::Subscribe>().must()}},
      {Verb::Unsubscribe, "unsubscribe", kLoses, {consumer()}},
      {Verb::PausePartitions, "pause_partitions", kLoses, {consumer(), partitions<act::PausePartitions>().must()}},
      {Verb::ResumePartitions, "resume_partitions", 0, {consumer(), partitions<act::PausePartitions>().must()}},
      {Verb::BeginTransaction, "begin_transaction", 0, {producer()}},
      {Verb::CommitTransaction, "commit_transaction", 0, {producer()}},
      {Verb::AbortTransaction, "abort_transaction", 0, {producer()}},
      {Verb::SendOffsetsToTransaction,
       "send_offsets_to_transaction",
       0,
       {producer(), group<act::SendOffsets>().must(), offsets<act::SendOffsets>().must()}},
      {Verb::Request,
       "request",
       kNoEngine,
       {real_client(), to<act::RealClient>(), field<&act::RealClient::from_file>("from_file", T::Text),
        field<&act::RealClient::offset>("offset", T::Integer).always(),
        field<&act::RealClient::bytes>("bytes", T::Integer).always()}},
      {Verb::Connect, "connect", kNoEngine, {real_client(), to<act::RealClient>()}},
      {Verb::Disconnect, "disconnect", kNoEngine, {real_client(), to<act::RealClient>()}},
      {Verb::AddClient, "add_client", 0, {field<&act::AddClient::added>("client", T::NewClient).must()}},
  };
}

}  // namespace

Field node_field(Who who) { return node().must().for_whom(who); }

std::span<const VerbInfo> verbs() {
  static const std::vector<VerbInfo> kAll = [] {
    std::vector<VerbInfo> all = make_verbs();
    // Append verbs with a file of their own here: all.push_back(<name>()); their numbers follow the enum's.
    for (std::size_t i = 0; i < all.size(); ++i)
      if (i >= static_cast<std::size_t>(Verb::FirstOwn)) all[i].verb = static_cast<Verb>(i);
      else
        for (Field& field : all[i].fields) field.by_name = false;
    return all;
  }();
  return kAll;
}

const VerbInfo& info(Verb verb) { return verbs()[static_cast<std::size_t>(verb)]; }

std::span<const std::string_view> verb_names() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names;
    for (const VerbInfo& v : verbs()) names.push_back(v.name);
    return names;
  }();
  return kNames;
}

const Field* VerbInfo::find(std::string_view field) const {
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == field; });
  return it == fields.end() ? nullptr : &*it;
}

words::Key VerbInfo::words(std::string_view what) const {
  std::string key = "verb.";
  key.append(name).append(".").append(what);
  return words::Key(key);
}

bool VerbInfo::is_told() const { return words::catalogue(words::Lang::En).find(words("done")) != nullptr; }

std::string_view to_string(Verb verb) { return info(verb).name; }

std::optional<Verb> parse_verb(std::string_view name) {
  for (const VerbInfo& v : verbs())
    if (v.name == name) return v.verb;
  return std::nullopt;
}

bool is_said(const Field& field, const Command& command) {
  static const Command kPlain;
  const ConstPlace plain = field.view(kPlain);
  return std::visit(
      [&](const auto* value) {
        if constexpr (requires { value->has_value(); }) return value->has_value();
        else if constexpr (requires { value->empty(); }) return !value->empty();
        else return field.always_written || *value != *std::get<decltype(value)>(plain);
      },
      field.view(command));
}

}  // namespace kafkascope::cluster
