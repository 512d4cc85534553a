// The table of verbs, one row each. A new verb has its own file (verbs.h) instead and is appended at the end.
#include <algorithm>

#include "cluster/verbs.h"
#include "words/catalogue.h"

namespace kafkascope::cluster {

// Verbs with a file of their own, declared as VerbInfo <name>();

namespace {

using C = Command;
using B = BehaviorChange;
using T = FieldType;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// Fields that several verbs share.
Field node() { return field<&C::node>("node", T::Node); }
Field any_node() { return node_field(Who::Anybody); }
Field server() { return node_field(Who::Servers); }
Field client() { return node_field(Who::Clients); }
Field producer() { return node_field(Who::Producers); }
Field consumer() { return node_field(Who::Consumers); }
Field from() { return field<&C::from>("from", T::Nodes); }
Field to() { return field<&C::to>("to", T::Nodes); }
Field one_way() { return field<&C::one_way>("one_way", T::Flag); }
Field api() { return field<&C::api>("api", T::Api); }
Field what() { return field<&C::what>("what", T::Word).either("request", "response"); }
Field count() { return field<&C::count>("count", T::Count); }
Field sender() { return from().shown("broker-2"); }
Field receiver() { return to().shown("broker-1"); }
Field dir() { return field<&C::dir>("dir", T::LogDir); }
Field topic() { return field<&C::topic>("topic", T::Topic); }
Field topics() { return field<&C::topics>("topics", T::Topics); }
Field group() { return field<&C::group>("group", T::Group); }
Field partition() { return field<&C::partition>("partition", T::Partition); }
Field partitions() { return field<&C::partitions>("partitions", T::Partitions); }
// Kafka refuses zero and negative numbers itself (INVALID_PARTITIONS).
Field partition_count() { return field<&C::partition_count>("partitions", T::Integer).between(-1, 200000); }
Field assignments() { return field<&C::assignments>("assignments", T::Assignments); }
Field config() { return field<&C::config>("config", T::ConfigEntries); }
Field offsets() { return field<&C::offsets>("offsets", T::Offsets); }
Field remove() { return field<&C::remove>("remove", T::Flag); }
Field broker_id() { return field<&C::id>("id", T::Integer).between(0, kFirstControllerId - 1).must(); }
Field real_client() { return field<&C::client>("client", T::Text).must(); }

Rule exclude(std::vector<std::string_view> fields) { return {Rule::Kind::Exclude, std::move(fields), {}, {}}; }
Rule any_of(std::vector<std::string_view> fields, words::Key says, words::Key remedy = {}) {
  return {Rule::Kind::AnyOf, std::move(fields), says, remedy};
}

std::vector<VerbInfo> make_verbs() {
  return {
      {Verb::Crash, "crash", kFault | kLoses, {any_node()}},
      {Verb::PowerOff, "power_off", kFault | kLoses, {any_node()}},
      {Verb::Restart, "restart", kRepair, {server(), config().shown("advertised.listeners=PLAINTEXT://broker-1:9092")}},
      {Verb::Shutdown, "shutdown", kFault | kLoses, {server()}},
      {Verb::Pause, "pause", kFault | kLoses, {any_node()}},
      {Verb::Resume, "resume", kRepair, {any_node()}},
      {Verb::Partition,
       "partition",
       kFault | kLoses,
       {from().must(), to().must().shown("broker-2, broker-3"), one_way()}},
      {Verb::Isolate, "isolate", kFault | kLoses, {any_node()}},
      {Verb::Heal, "heal", kRepair, {node(), from(), to()}, {exclude({"node", "from"})}},
      {Verb::Link,
       "link",
       kLoses,
       {from().must(), to().must().shown("broker-2, broker-3"), one_way(),
        field<&C::latency>("latency", T::Latency).shown("200ms", "5ms..20ms|200ms|2s"),
        field<&C::bandwidth_bytes_per_s>("bandwidth", T::Bandwidth).shown("20KB/s", "20KB/s|1Mbps|1Gbps"),
        field<&C::loss_ppm>("loss", T::Fraction).shown("0.05", "0|0.05|0.3")},
       {any_of({"latency", "bandwidth", "loss"}, "problem.link_changes_nothing"_w)}},
      {Verb::Lose, "lose", kFault | kLoses, {sender().must(), receiver(), api(), what(), count()}},
      {Verb::Hold, "hold", kFault | kLoses, {sender().must(), receiver(), api(), what(), count()}},
      {Verb::Release, "release", kRepair, {sender(), receiver(), api(), what(), count()}},
      {Verb::Answer,
       "answer",
       kFault | kLoses,
       {server(), from(), api().shown("Produce", "@apis", "Produce"), count(),
        field<&C::error>("error", T::ErrorCode)
            .must()
            .shown(
                "NOT_ENOUGH_REPLICAS",
                "NOT_ENOUGH_REPLICAS|NOT_LEADER_OR_FOLLOWER|REQUEST_TIMED_OUT|KAFKA_STORAGE_ERROR|COORDINATOR_NOT_AVAILABLE|REBALANCE_IN_PROGRESS",
                "NOT_ENOUGH_REPLICAS")}},
      {Verb::Deliver, "deliver", 0, {field<&C::event>("event", T::EventKey).must()}},
      {Verb::Disk,
       "disk",
       kLoses,
       {server().shown("broker-1", "@nodes"), dir(),
        field<&C::write_bytes_per_s>("write", T::Bandwidth).shown("50KB/s", "50KB/s|1MB/s|200MB/s"),
        field<&C::flush>("flush", T::Duration).shown("2s", "4ms|200ms|2s"),
        field<&C::capacity_bytes>("capacity", T::Size).shown("1MB"), field<&C::fail>("fail", T::Flag)},
       {any_of({"write", "flush", "capacity", "fail"}, "problem.disk_changes_nothing"_w)}},
      {Verb::WipeDisk, "wipe_disk", kLoses, {server(), dir()}},
      {Verb::SkewClock,
       "skew_clock",
       kLoses,
       {any_node(),
        field<&C::by>("by", T::Duration).between(-1, kMost).must().shown("10m", "0s|1s|10m|-10m|2h", "10m")}},
      {Verb::CreateTopic,
       "create_topic",
       kAdmin,
       {field<&C::topic>("topic", T::NewTopic).must(), partition_count().shown("3", "1|3|6|12", "3"),
        field<&C::replication_factor>("replication_factor", T::Integer).between(-1, 32767).shown("3", "1|2|3", "3"),
        assignments().shown(R"({"0": [1, 2, 3]})"),
        config().shown("min.insync.replicas=2", "min.insync.replicas=2|cleanup.policy=compact|retention.ms=60000")}},
      {Verb::DeleteTopic, "delete_topic", kLoses | kAdmin, {topic().must()}},
      {Verb::DeleteRecords,
       "delete_records",
       kLoses | kAdmin,
       {partition().must(), field<&C::before>("before", T::Integer).between(-1, kMost).must().shown("100", "-1")}},
      {Verb::AddPartitions,
       "add_partitions",
       kAdmin,
       {topic().must(), partition_count().must().shown("6"), assignments().shown(R"({"3": [1, 2, 3]})")}},
      {Verb::Configure,
       "configure",
       kAdmin,
       {topic(), node(), group(),
        config().must().shown(
            "retention.ms=60000",
            "retention.ms=60000|min.insync.replicas=2|cleanup.policy=compact|unclean.leader.election.enable=true")},
       {exclude({"topic", "node", "group"})}},
      {Verb::Feature,
       "feature",
       kAdmin,
       {field<&C::name>("name", T::Text)
            .must()
            .shown("eligible.leader.replicas.version", "eligible.leader.replicas.version|transaction.version",
                   "eligible.leader.replicas.version"),
        field<&C::level>("level", T::Integer).between(0, 1000).must().shown("1", "0|1|2", "1")}},
      {Verb::Reassign,
       "reassign",
       kAdmin,
       {topic(), partition(), field<&C::replicas>("replicas", T::BrokerIds).shown("2, 3, 4"),
        field<&C::all>("all", T::Flag).shown("true", "true"), field<&C::brokers>("brokers", T::BrokerIds),
        field<&C::throttle_bytes_per_s>("throttle", T::Bandwidth).shown("50KB/s", "20KB/s|1MB/s|50MB/s"),
        field<&C::cancel>("cancel", T::Flag).shown("true", "true")},
       {exclude({"cancel", "all"}), exclude({"partition", "all"}), exclude({"cancel", "replicas"}),
        any_of({"cancel", "all", "replicas"}, "problem.reassign_moves_nothing"_w, "remedy.reassign"_w)}},
      {Verb::ElectLeaders,
       "elect_leaders",
       kAdmin,
       {partitions(), field<&C::unclean>("type", T::Word)
                          .either("preferred", "unclean")
                          .always()
                          .shown("preferred", "preferred|unclean", "preferred")}},
      {Verb::AddBroker,
       "add_broker",
       kAdmin,
       {config().shown("log.retention.ms=60000"), broker_id().shown("4"), field<&C::rack>("rack", T::Text).shown("a"),
        field<&C::host>("host", T::Text).shown("node-a")}},
      {Verb::RemoveBroker, "remove_broker", kLoses | kAdmin, {broker_id()}},
      {Verb::ResetOffsets,
       "reset_offsets",
       kLoses | kAdmin,
       {topic(), group().must(), partitions(),
        field<&C::position>("to", T::ResetTo).must().shown("earliest", "earliest|latest|0", "earliest"), topics()}},
      {Verb::DeleteOffsets, "delete_offsets", kLoses | kAdmin, {topic(), group().must(), partitions(), topics()}},
      {Verb::DeleteGroup, "delete_group", kLoses | kAdmin, {group().must()}},
      {Verb::AbortHanging,
       "abort_hanging",
       kAdmin,
       {partition().must(), field<&C::start_offset>("start_offset", T::Integer).shown("3")}},
      {Verb::TerminateTransaction,
       "terminate_transaction",
       kFault | kAdmin,
       {field<&C::name>("transactional_id", T::Text).must().shown("tx-1")}},
      {Verb::Acl,
       "acl",
       kAdmin,
       {field<&C::principal>("principal", T::Principal).must(),
        field<&C::operation>("operation", T::Operation)
            .must()
            .shown("Read", "Read|Write|Create|Delete|Alter|Describe|DescribeConfigs|AlterConfigs|All", "Read"),
        field<&C::resource>("resource", T::Resource).must(),
        field<&C::allow>("allow", T::Flag).shown("true", "true|false", "true"),
        field<&C::prefixed>("pattern", T::Word).either("literal", "prefixed"), remove()}},
      {Verb::Quota,
       "quota",
       kAdmin,
       {field<&C::client>("client", T::Client), field<&C::principal>("principal", T::Principal), remove(),
        field<&C::producer_byte_rate>("producer_byte_rate", T::ByteRate).shown("5KB/s", "1KB/s|5KB/s|1MB/s"),
        field<&C::consumer_byte_rate>("consumer_byte_rate", T::ByteRate).shown("5KB/s", "1KB/s|5KB/s|1MB/s"),
        field<&C::request_percentage_ppm>("request_percentage", T::Positive),
        field<&C::controller_mutation_rate_ppm>("controller_mutation_rate", T::Positive)},
       {exclude({"principal", "client"}),
        any_of({"principal", "client"}, "problem.quota_for_nobody"_w, "remedy.principal_or_client"_w)}},
      {Verb::Start, "start", kRepair, {client()}},
      {Verb::Stop, "stop", kFault | kLoses, {client()}},
      {Verb::Kill, "kill", kFault | kLoses, {client()}},
      {Verb::Behave,
       "behave",
       0,
       {client(), field<&B::rate>("rate", T::Rate), field<&B::work>("work", T::Work), field<&B::send>("send", T::Send),
        field<&B::commit>("commit", T::Commit), field<&B::handoff_threads>("handoff", T::Handoff),
        field<&B::acknowledge>("acknowledge", T::Acknowledge), field<&B::calls>("calls", T::Calls),
        field<&B::partitioner>("partitioner", T::Partitioner)},
       {any_of({"rate", "work", "send", "commit", "handoff", "acknowledge", "calls", "partitioner"},
               "problem.behave_changes_nothing"_w)}},
      {Verb::Produce, "produce", 0, {producer(), field<&C::records>("records", T::Records).must()}},
      {Verb::Commit, "commit", 0, {consumer(), offsets()}},
      {Verb::Seek,
       "seek",
       0,
       {consumer(), partition().must(), field<&C::position>("offset", T::SeekOffset),
        field<&C::position>("to", T::SeekTo)},
       {exclude({"offset", "to"}), any_of({"offset", "to"}, "problem.seek_goes_nowhere"_w, "remedy.seek"_w)}},
      {Verb::Subscribe, "subscribe", 0, {consumer(), topics().must()}},
      {Verb::Unsubscribe, "unsubscribe", kLoses, {consumer()}},
      {Verb::PausePartitions, "pause_partitions", kLoses, {consumer(), partitions().must()}},
      {Verb::ResumePartitions, "resume_partitions", 0, {consumer(), partitions().must()}},
      {Verb::BeginTransaction, "begin_transaction", 0, {producer()}},
      {Verb::CommitTransaction, "commit_transaction", 0, {producer()}},
      {Verb::AbortTransaction, "abort_transaction", 0, {producer()}},
      {Verb::SendOffsetsToTransaction,
       "send_offsets_to_transaction",
       0,
       {producer(), group().must(), offsets().must()}},
      {Verb::Request,
       "request",
       kNoEngine,
       {real_client(), to(), field<&C::from_file>("from_file", T::Text),
        field<&C::offset>("offset", T::Integer).always(), field<&C::bytes>("bytes", T::Integer).always()}},
      {Verb::Connect, "connect", kNoEngine, {real_client(), to()}},
      {Verb::Disconnect, "disconnect", kNoEngine, {real_client(), to()}},
      {Verb::AddClient, "add_client", 0, {field<&C::added>("client", T::NewClient).must()}},
  };
}

}  // namespace

Field node_field(Who who) { return node().must().for_whom(who); }

std::span<const VerbInfo> verbs() {
  static const std::vector<VerbInfo> kAll = [] {
    std::vector<VerbInfo> all = make_verbs();
    // Append verbs with a file of their own here: all.push_back(<name>()); their numbers follow the enum's.
    for (std::size_t i = static_cast<std::size_t>(Verb::FirstOwn); i < all.size(); ++i)
      all[i].verb = static_cast<Verb>(i);
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
