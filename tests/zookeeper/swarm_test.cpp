// Random faults over many seeds, and a history checker: all answers to the clients must fit one sequence of
// transactions.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

#include "protocol/facts_of_zookeeper.h"
#include "sim/facts_of_kernel.h"
#include "sim/mutant.h"
#include "zookeeper/support.h"

using namespace kafkascope;
using namespace kafkascope::zookeeper;

namespace {

constexpr int kKeys = 3;
std::string key(std::uint64_t k) { return "/k" + std::to_string(k); }

struct Swarm {
  Ensemble e;
  sim::Random random;
  std::string broken;
  std::map<std::int64_t, protocol::SharedZkTxn> committed;  // applied by any serving server, by zxid
  std::map<std::int64_t, std::int64_t> leaders;             // by epoch
  std::vector<Zxid> looked_at;                              // per server
  std::map<std::pair<int, Token>, Instant> asked_at;
  std::size_t lines_read = 0;
  int deaths = 0, values = 0;
  DataTree at_first;

  explicit Swarm(std::uint64_t seed, std::int32_t session_timeout_ms = 6000)
      : e(seed % 4 == 0 ? 5 : 3, 4, seed, true, session_timeout_ms),
        random(seed, sim::Stream::Swarm),
        looked_at(static_cast<std::size_t>(e.servers)),
        at_first(e.server(1).tree()) {
    for (int i = 0; i < e.clients; ++i) e.app(i).opens_again = true;
    leaders[1] = 1;
    e.recorder.after_event = [this] { look(); };
  }

  void fail(const std::string& what) {
    if (broken.empty()) broken = what + " at " + std::to_string(e.world.now().us) + " us";
  }

  // ---- after every event: the servers' committed transactions

  void look() {
    for (; lines_read < e.recorder.lines.size(); ++lines_read) {
      const auto& l = e.recorder.lines[lines_read];
      if (const auto fault = fact_if<fact::EngineFault>(l)) fail("engine fault: " + fault->what.str());
      const auto elected = fact_if<fact::ZkElected>(l);
      if (!elected) continue;
      const auto [it, fresh] = leaders.emplace(elected->epoch, elected->leader);
      if (!fresh && l.time.us > 0 && it->second != elected->leader) fail("two leaders in one epoch");
    }
    for (int sid = 1; sid <= e.servers; ++sid) {
      const Server& server = e.server(sid);
      Zxid& from = looked_at[static_cast<std::size_t>(sid - 1)];
      if (!e.world.alive(e.server_node(sid)) || !server.serving()) {
        from = {};
        continue;
      }
      if (server.committed_zxid() == from) continue;
      for (const auto& txn : server.log()) {
        if (txn->zxid <= from) continue;
        if (txn->zxid > server.committed_zxid()) break;
        judge(sid, txn);
      }
      from = server.committed_zxid();
    }
  }

  void judge(int sid, const protocol::SharedZkTxn& txn) {
    const auto it = committed.find(txn->zxid.value);
    if (it != committed.end()) {
      if (it->second != txn)
        fail("server " + std::to_string(sid) + " has committed another transaction of the same zxid");
      return;
    }
    if (!committed.empty() && txn->zxid.value < committed.rbegin()->first)
      return fail("server " + std::to_string(sid) + " has committed what the others have passed over");
    committed.emplace(txn->zxid.value, txn);
    int disks = 0;
    for (int s = 1; s <= e.servers; ++s) {
      const Server& other = e.server(s);
      if (other.flushed_zxid() < txn->zxid) continue;
      bool has = other.log().empty() || other.log().front()->zxid > txn->zxid;  // in a snapshot
      for (std::size_t i = other.log().size(); i > 0 && !has; --i) has = other.log()[i - 1] == txn;
      disks += has;
    }
    if (disks <= e.servers / 2) fail("committed without a quorum of disks: " + protocol::zxid_text(txn->zxid));
  }

  // ---- faults and work

  void disturb() {
    const NodeId server = e.server_node(1 + static_cast<int>(random.below(static_cast<std::uint64_t>(e.servers))));
    const NodeId other = e.server_node(1 + static_cast<int>(random.below(static_cast<std::uint64_t>(e.servers))));
    const NodeId client = e.client_node(static_cast<int>(random.below(static_cast<std::uint64_t>(e.clients))));
    switch (random.below(16)) {
      case 0: deaths += e.world.kill(server, Death::Crash); break;
      case 1:
      case 2: deaths += e.world.kill(server, Death::PowerOff); break;
      case 3: deaths += e.world.kill(server, Death::Stop); break;
      case 4:
      case 5:
      case 6: start_dead(700000); break;
      case 7: e.world.network().isolate(server); break;
      case 8: e.world.network().partition({server}, {other}); break;
      case 9: e.world.network().cut(server, other); break;
      case 10: e.world.network().partition({client}, {server}); break;
      case 11:
      case 12: e.world.network().heal_all(); break;
      case 13:
      case 14: {
        const NodeId n = random.chance_ppm(500000) ? server : client;
        if (e.world.state(n) == sim::NodeState::Paused) e.world.resume(n);
        else e.world.pause(n);
        break;
      }
      case 15: deaths += e.world.kill(client, Death::Crash); break;
    }
  }
  void start_dead(std::uint64_t chance_ppm) {
    for (int i = 0; i < e.servers + e.clients; ++i)
      if (!e.world.alive({i}) && random.chance_ppm(chance_ppm)) e.world.restart({i});
  }

  void work() {
    const int i = static_cast<int>(random.below(static_cast<std::uint64_t>(e.clients)));
    if (!e.world.alive(e.client_node(i)) || e.world.state(e.client_node(i)) == sim::NodeState::Paused) return;
    if (e.app(i).client.state() == SessionState::Closed) return;
    const std::string path = key(random.below(kKeys));
    const std::string value = std::to_string(++values);
    const bool watch = random.chance_ppm(400000);
    ZkOperation op;
    switch (random.below(9)) {
      case 0: op = create(path, value); break;
      case 1:
      case 2: op = set_data(path, value); break;
      case 3: op = set_data(path, value, static_cast<std::int32_t>(random.below(4))); break;
      case 4: op = zookeeper::remove(path); break;
      case 5: op = random.chance_ppm(500000) ? get_data(path, watch) : exists(path, watch); break;
      case 6: op = get_children("/", watch); break;
      case 7: op = create("/brokers/ids/" + std::to_string(i), value, true); break;
      case 8: op = multi({check(path, 0), set_data(path, value), create("/brokers/ids/s_", value, true, true)}); break;
    }
    const Instant now = e.world.now();
    asked_at[{i, e.ask(i, std::move(op))}] = now;
  }

  // ---- the history

  /// The history of the committed transactions: each znode's states and changes in order of zxid.
  struct Truth {
    struct State {
      bool exists = false;
      std::string data;
      std::int32_t version = 0;
    };
    std::map<std::string, std::map<std::int64_t, State>> states;  // by path, by the zxid of the change
    std::map<std::string, std::vector<std::int64_t>> data_changes, child_changes;
    std::map<std::int64_t, std::vector<std::string>> roots;  // children of "/", by the zxid of the change
    State at(const std::string& path, Zxid zxid) const {
      const auto it = states.find(path);
      if (it == states.end()) return {};
      auto state = it->second.upper_bound(zxid.value);
      return state == it->second.begin() ? State{} : std::prev(state)->second;
    }
  };

  Truth truth() {
    Truth t;
    DataTree tree = at_first;
    const auto note_root = [&](std::int64_t zxid) {
      for (const auto& [name, child] : tree.root().children) t.roots[zxid].push_back(name);
    };
    note_root(0);
    for (const auto& [zxid, txn] : committed) {
      std::vector<ZnodeChange> changes;
      tree.apply(*txn, changes);
      if (std::any_of(changes.begin(), changes.end(),
                      [](const ZnodeChange& c) { return c.type == ZkEventType::NodeChildrenChanged && c.path == "/"; }))
        note_root(zxid);
      for (const ZnodeChange& change : changes) {
        if (change.type == ZkEventType::NodeChildrenChanged) {
          t.child_changes[change.path].push_back(zxid);
          continue;
        }
        t.data_changes[change.path].push_back(zxid);
        const Znode* node = tree.find(change.path);
        t.states[change.path][zxid] =
            node == nullptr ? Truth::State{} : Truth::State{true, node->data, node->stat.version};
      }
      if (txn->type == ZkOpCode::CloseSession && holds_ephemeral(tree.root(), txn->session))
        fail("an ephemeral has outlived its session");
    }
    return t;
  }
  static bool holds_ephemeral(const Znode& node, ZkSessionId session) {
    if (node.stat.ephemeral_owner == session) return true;
    return std::any_of(node.children.begin(), node.children.end(),
                       [&](const auto& c) { return holds_ephemeral(*c.second, session); });
  }

  void check_history() {
    const Truth t = truth();
    struct Write {
      Instant asked, answered;
      std::int64_t zxid;
    };
    std::vector<Write> writes;
    for (int i = 0; i < e.clients; ++i) {
      Zxid newest;
      struct Watch {
        std::int64_t since = 0;  // changes from this zxid on must be reported
        bool absent = false;     // set on a znode that did not exist …
        bool moved = false;      // … and since then renewed by the client on another connection
      };
      std::map<std::string, Watch> data_watches, child_watches;  // by path
      for (const App::Seen& seen : e.app(i).seen) {
        if (const auto* change = std::get_if<SessionChanged>(&seen.event)) {
          if (change->state == SessionState::Expired || change->state == SessionState::Closed)
            newest = {}, data_watches.clear(), child_watches.clear();
          if (change->state == SessionState::Disconnected)
            for (auto& [path, watch] : data_watches) watch.moved = watch.absent;
        } else if (const auto* told = std::get_if<Watched>(&seen.event)) {
          const bool child = told->type == ZkEventType::NodeChildrenChanged;
          const std::size_t had =
              child ? child_watches.erase(told->path)
                    : data_watches.erase(told->path) +
                          (told->type == ZkEventType::NodeDeleted ? child_watches.erase(told->path) : 0);
          if (had == 0) fail("a watch fired that was not set");
        } else if (const auto* done = std::get_if<Completed>(&seen.event)) {
          if (done->result->error == ZkError::CONNECTIONLOSS || done->result->error == ZkError::SESSIONEXPIRED)
            continue;
          if (done->zxid < newest) fail("a client went back in time");
          newest = std::max(newest, done->zxid);
          for (auto* watches : {&data_watches, &child_watches}) {
            for (auto& [path, watch] : *watches) {
              const auto& changes = watches == &data_watches ? t.data_changes : t.child_changes;
              const auto of_path = changes.find(path);
              if (of_path == changes.end()) continue;
              // According to ZooKeeper's programmer's guide only one watch may be missed: the one for a znode that is created and removed
              // while the client is between two servers.
              if (watch.moved && !t.at(path, done->zxid).exists) watch = {done->zxid.value, true, false};
              const auto next = std::upper_bound(of_path->second.begin(), of_path->second.end(), watch.since);
              if (next != of_path->second.end() && *next <= done->zxid.value)
                return fail("a client saw a state before the watch of it fired: " + path);
            }
          }
          judge_answer(t, *done);
          const ZkOperation& op = *done->operation;
          if (op.watch && (done->result->error == ZkError::OK || op.code == ZkOpCode::Exists))
            (op.code == ZkOpCode::GetChildren ? child_watches : data_watches)[op.path] = {
                done->zxid.value, done->result->error == ZkError::NONODE};
          if (is_write(op.code)) writes.push_back({asked_at[{i, done->token}], seen.at, done->zxid.value});
        }
      }
    }
    // Real time: a request that was answered before another one was sent comes before it.
    for (const Write& a : writes)
      for (const Write& b : writes)
        if (a.answered < b.asked && a.zxid >= b.zxid) return fail("a later write stands before an earlier one");
  }

  void judge_answer(const Truth& t, const Completed& done) {
    const ZkOperation& op = *done.operation;
    const ZkResult& r = *done.result;
    if (is_write(op.code)) {
      const auto txn = committed.find(done.zxid.value);
      if (txn == committed.end())
        return fail("an acknowledged write is not in the history: " + protocol::zxid_text(done.zxid));
      return judge_write(t, op, r, done.zxid);
    }
    if (op.code == ZkOpCode::GetChildren) {
      if (r.error != ZkError::OK || r.children != std::prev(t.roots.upper_bound(done.zxid.value))->second)
        fail("a read saw other children than those of its zxid");
      return;
    }
    const auto now = t.at(op.path, done.zxid);
    if (now.exists != (r.error == ZkError::OK)) return fail("a read saw what was not at its zxid: " + op.path);
    if (!now.exists) return;
    if (now.version != r.stat.version || (op.code == ZkOpCode::GetData && now.data != r.data))
      fail("a read saw another state than that of its zxid: " + op.path);
  }

  /// Checks that a write's answer matches its place in the order of writes: the znode's state just before it, and just after it (also for the setData of a
  /// multi).
  void judge_write(const Truth& t, const ZkOperation& op, const ZkResult& r, Zxid zxid) {
    if (op.code == ZkOpCode::Multi) {
      const bool all =
          r.error == ZkError::OK &&
          std::all_of(r.results.begin(), r.results.end(), [](const ZkResult& one) { return one.error == ZkError::OK; });
      const ZkOperation& write = op.ops[1];
      if (all && t.at(write.path, zxid).data != write.data) fail("a multi has not written");
      if (!all && t.at(write.path, zxid).data == write.data) fail("a multi that failed has written");
      return;
    }
    if (op.sequential || op.code == ZkOpCode::CloseSession) return;
    const auto now = t.at(op.path, zxid), before = t.at(op.path, {zxid.value - 1});
    const bool done = r.error == ZkError::OK;
    if (!done && (now.exists != before.exists || now.version != before.version || now.data != before.data))
      fail("a write that failed has written");
    if (op.code == ZkOpCode::Create) {
      if (!done && r.error != ZkError::NODEEXISTS) return;
      if (before.exists != (r.error == ZkError::NODEEXISTS)) fail("a create was answered against what was there");
      if (done && (!now.exists || now.data != op.data)) fail("a create has not created");
      return;
    }
    if (r.error == ZkError::NONODE && before.exists) fail("a write did not see what was there");
    if (r.error == ZkError::BADVERSION && before.version == op.version)
      fail("a write was refused with the right version");
    if (!done) return;
    if (!before.exists || (op.version >= 0 && before.version != op.version))
      fail("a write went through against another version");
    if (op.code == ZkOpCode::Delete && now.exists) fail("a delete has not deleted");
    if (op.code == ZkOpCode::SetData && (now.data != op.data || now.version != r.stat.version))
      fail("a write has not written");
  }

  /// Without faults no session ends, and a watch that is not renewed fires once.
  void calm() {
    e.run(seconds(5));
    if (!e.recorder.of(Trace::ZkSessionExpired).empty()) return fail("a session of a client that pings has expired");
    if (e.await(0, create("/watched", "")).error != ZkError::OK) return fail("no write before any fault");
    sim::ConnectionId link;
    e.world.with_context(e.probe_node(), [&](Ctx& ctx) {
      link = ctx.connect(e.server_node(2));
      ctx.send(link, protocol::request(0, protocol::ZkConnectRequest{{}, 6000, 0, 0}));
    });
    e.run(milliseconds(200));
    e.world.with_context(e.probe_node(), [&](Ctx& ctx) {
      ctx.send(link, protocol::request(
                         1, protocol::ZkRequest{std::make_shared<const ZkOperation>(get_data("/watched", true))}));
    });
    e.run(milliseconds(200));
    for (int i = 0; i < 3; ++i) e.await(1, set_data("/watched", "x"));
    e.run(milliseconds(200));
    const auto told = std::count_if(e.probe().got.begin(), e.probe().got.end(), [](const Message& m) {
      return protocol::holds_alternative<protocol::ZkWatcherEvent>(m.body);
    });
    if (told != 1) fail("a watch fired " + std::to_string(told) + " times");
  }

  /// A leader that was paused continues until it checks its quorum. Clients that have met its successor return to it when they lose that one.
  void two_leaders() {
    calm();
    e.run(milliseconds(random.between(0, 2000)));  // it checks at every second ping
    const int old = e.leader();
    e.world.pause(e.server_node(old));
    if (!e.run_until(seconds(60), [&] { return e.leader() != old; }))
      return fail("nobody takes over from a leader that sleeps");
    e.run(seconds(2));
    const auto each_connected = [&](auto&& visit) {
      for (int i = 0; i < e.clients; ++i)
        if (e.app(i).client.state() == SessionState::Connected) visit(i, e.server_of(i) == old);
    };
    each_connected([&](int i, bool at_old) {
      if (!at_old) asked_at[{i, e.ask(i, create(key(0), std::to_string(++values)))}] = e.world.now();
    });
    e.run(milliseconds(300));
    e.world.resume(e.server_node(old));
    for (int sid = 1; sid <= e.servers; ++sid)
      if (sid != old) deaths += e.world.kill(e.server_node(sid), Death::Crash);
    for (int round = 0; round < 30 && e.server(old).serving(); ++round) {
      each_connected([&](int i, bool at_old) {
        if (at_old) asked_at[{i, e.ask(i, get_data(key(0)))}] = e.world.now();
      });
      e.run(milliseconds(100));
    }
    start_dead(1000000);
    if (!e.run_until(seconds(180), [&] { return e.all_serve() && e.all_connected(); }))
      return fail("not all serve and are connected again");
    for (int i = 0; i < e.clients; ++i) write_at_last(i);
    check_history();
  }

  /// Like an application, repeats the write after a lost connection: a server that was paused may have taken over the session with an old
  /// connect request (Leader.setOwner), and the first write is then refused with SESSIONMOVED.
  void write_at_last(int i) {
    ZkError error = ZkError::CONNECTIONLOSS;
    for (int tries = 0; tries < 2 && error == ZkError::CONNECTIONLOSS; ++tries) {
      error = e.await(i, create("/last-" + std::to_string(i), "")).error;
      e.run_until(seconds(60), [&] { return e.all_connected(); });
    }
    if (error != ZkError::OK)
      fail("client " + std::to_string(i) + " cannot write after healing: " + std::string(protocol::name(error)));
  }

  void run() {
    calm();
    for (int round = 0; round < 40 && broken.empty(); ++round) {
      disturb();
      const std::int64_t end = e.goal.us / 1000 + random.between(100, 6000);
      while (e.goal.us / 1000 < end && broken.empty()) {
        for (std::uint64_t n = random.below(4); n > 0; --n) work();
        e.run(milliseconds(random.between(2, 300)));
      }
    }
    if (!broken.empty()) return;
    e.world.network().heal_all();
    for (int i = 0; i < e.servers + e.clients; ++i) e.world.resume({i});
    start_dead(1000000);
    e.run(seconds(30));  // a server that was paused or cut off serves as before until it notices
    if (!e.run_until(seconds(180), [&] { return e.all_serve() && e.all_connected(); }))
      return fail("not all serve and are connected after healing");
    for (int i = 0; i < e.clients; ++i) write_at_last(i);
    e.run(seconds(5));
    for (int sid = 2; sid <= e.servers && broken.empty(); ++sid)
      if (dump(e.server(sid).tree()) != dump(e.server(1).tree())) fail("servers differ after healing");
    check_history();
  }
};

}  // namespace

TEST_CASE("Swarm: an ensemble survives crashes, power failures, pauses and cuts") {
  const char* wanted = std::getenv("KAFKASCOPE_SWARM_SEEDS");
  const std::uint64_t seeds = wanted == nullptr ? 100 : std::strtoull(wanted, nullptr, 10);
  const char* first = std::getenv("KAFKASCOPE_SWARM_FIRST");
  const std::uint64_t from = first == nullptr ? 1 : std::strtoull(first, nullptr, 10);
  std::size_t elections = 0, transactions = 0, watches = 0, expired = 0, truncated = 0;
  int deaths = 0;
  for (std::uint64_t seed = from; seed < from + seeds; ++seed) {
    auto swarm = std::make_unique<Swarm>(seed);
    swarm->run();
    CAPTURE(seed);
    CHECK_MESSAGE(swarm->broken.empty(), swarm->broken);
    elections += swarm->leaders.size() - 1;
    transactions += swarm->committed.size();
    watches += swarm->e.recorder.of(Trace::ZkWatchFired).size();
    expired += swarm->e.recorder.of(Trace::ZkSessionExpired).size();
    truncated += swarm->e.recorder.of(Trace::ZkLogTruncated).size();
    deaths += swarm->deaths;
  }
  std::ostringstream report;
  report << seeds << " seeds: " << elections << " elections, " << deaths << " deaths, " << transactions
         << " transactions, " << watches << " watches fired, " << expired << " sessions expired, " << truncated
         << " logs truncated";
  MESSAGE(report.str());
  if (const char* path = std::getenv("KAFKASCOPE_SWARM_REPORT"))
    std::ofstream(path, std::ios::app) << report.str() << "\n";
  if (seeds < 20) return;
  CHECK(elections > seeds);  // the faults must have their intended effects
  CHECK(watches > seeds);
  CHECK(expired > seeds / 2);
  CHECK(truncated > 0);
}

constexpr std::int32_t kLongSession = 30000;  // longer than the pause

TEST_CASE("Swarm: clients that move between a paused leader and its successor see no inconsistency") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Swarm swarm(seed, kLongSession);
    swarm.two_leaders();
    CAPTURE(seed);
    CHECK_MESSAGE(swarm.broken.empty(), swarm.broken);
  }
}

#ifdef KAFKASCOPE_MUTANTS
TEST_CASE("mutants: every deliberate defect of an ensemble is caught by the swarm") {
  for (const char* defect :
       {"zk-acknowledges-before-its-disk", "zk-commits-without-a-quorum", "zk-votes-for-any-history",
        "zk-versions-unchecked", "zk-watch-stays", "zk-watches-forgotten-in-a-move",
        "zk-ephemerals-outlive-their-session", "zk-session-expires-early", "zk-serves-clients-from-the-past"}) {
    sim::chosen_mutant = defect;
    std::string caught;
    for (std::uint64_t seed = 1; seed <= 200 && caught.empty(); ++seed) {
      auto swarm = std::make_unique<Swarm>(seed);
      swarm->run();
      if (swarm->broken.empty()) {
        swarm = std::make_unique<Swarm>(seed, kLongSession);
        swarm->two_leaders();
      }
      if (!swarm->broken.empty()) caught = swarm->broken + " (seed " + std::to_string(seed) + ")";
    }
    sim::chosen_mutant = {};
    MESSAGE(std::string(defect), ": ", caught);
    CHECK_MESSAGE(!caught.empty(), std::string(defect));
  }
}
#endif
