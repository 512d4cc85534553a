import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.GroupSpec;
import org.apache.kafka.coordinator.group.api.assignor.MemberAssignment;
import org.apache.kafka.coordinator.group.api.assignor.MemberSubscription;
import org.apache.kafka.coordinator.group.api.assignor.PartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.apache.kafka.coordinator.group.assignor.RangeAssignor;
import org.apache.kafka.coordinator.group.assignor.SimpleAssignor;
import org.apache.kafka.coordinator.group.assignor.UniformAssignor;
import org.apache.kafka.server.common.TopicIdPartition;

/**
 * Random groups and what Kafka's own assignors make of them, one case a line (tests/oracle/README.md has the columns).
 *
 * Where Kafka walks a hash table, the simulator goes by member id and by topic and partition. So the cases are such that Java's tables have
 * that order, too: ids of members are drawn until their hashes ascend, ids of topics are made so, and a case whose table is out of order all
 * the same is left out.
 */
public class Assignors {
  static final Random random = new Random(20250902);

  static class Member {
    String instance = "";
    TreeSet<Integer> topics = new TreeSet<>();
    TreeMap<Integer, TreeSet<Integer>> has = new TreeMap<>();
    int generation = -1;
  }

  static class Group {
    TreeMap<Integer, Integer> topics = new TreeMap<>();
    TreeMap<String, Member> members = new TreeMap<>();
    TreeMap<Integer, TreeSet<Integer>> withheld = new TreeMap<>();  // share groups: not initialized yet
    boolean mixed;  // members subscribe to different topics

    boolean homogeneous() {
      return members.values().stream().map(m -> m.topics).distinct().count() <= 1;
    }
  }

  // ---- a group's life: members and topics come and go

  static Group begin(boolean mixed) {
    Group g = new Group();
    g.mixed = mixed;
    int topics = 1 + random.nextInt(mixed ? 4 : 3);
    for (int t = 1; t <= topics; t++) g.topics.put(t, 1 + random.nextInt(9));
    int members = 1 + random.nextInt(6);
    for (int m = 0; m < members; m++) join(g);
    return g;
  }

  static void join(Group g) {
    Member m = new Member();
    if (random.nextInt(5) == 0) m.instance = "i" + random.nextInt(100) + "-" + g.members.size();
    for (int t : g.topics.keySet()) if (!g.mixed || random.nextInt(3) > 0) m.topics.add(t);
    if (m.topics.isEmpty()) m.topics.add(g.topics.firstKey());
    for (int tries = 0; tries < 100000; tries++) {
      String id = "m" + Integer.toString(random.nextInt(36 * 36 * 36), 36);
      if (g.members.containsKey(id)) continue;
      g.members.put(id, m);
      if (hashOrderIsOurs(g.members.keySet())) return;
      g.members.remove(id);
    }
  }

  static boolean hashOrderIsOurs(Set<String> ids) {
    Map<String, Integer> plain = new HashMap<>();
    for (String id : ids) plain.put(id, 0);
    return new ArrayList<>(plain.keySet()).equals(new ArrayList<>(ids));
  }

  static void disturb(Group g) {
    int what = random.nextInt(10);
    if (what < 4 && g.members.size() < 9) join(g);
    else if (what < 7 && g.members.size() > 1) g.members.remove(new ArrayList<>(g.members.keySet()).get(random.nextInt(g.members.size())));
    else if (what == 7) g.topics.merge(1 + random.nextInt(g.topics.size()), 1 + random.nextInt(3), Integer::sum);
    else if (what == 8 && g.mixed) {
      Member m = new ArrayList<>(g.members.values()).get(random.nextInt(g.members.size()));
      int t = 1 + random.nextInt(g.topics.size());
      if (!m.topics.remove(t) || m.topics.isEmpty()) m.topics.add(t);
    } else if (g.members.size() < 9) join(g);
    // A member gone may leave the table of names smaller, and so in another order.
    if (!hashOrderIsOurs(g.members.keySet())) throw new IllegalStateException("order of members");
  }

  // ---- the coordinator's assignors

  static class Spec implements GroupSpec, SubscribedTopicDescriber {
    final Group g;
    final TreeMap<Integer, Uuid> ids = new TreeMap<>();

    /** Ids by which a hash table has topics in order, or, for share groups, their partitions: 31 * hash + partition ascends. */
    Spec(Group g, boolean partitionsInOrder) {
      this.g = g;
      int before = 0;
      for (Map.Entry<Integer, Integer> t : g.topics.entrySet()) {
        ids.put(t.getKey(), new Uuid(0, partitionsInOrder ? (before * -1108378657) & 0xffffffffL : t.getKey()));  // 31 * -1108378657 = 1
        before += t.getValue();
      }
    }

    Uuid id(int topic) {
      return ids.get(topic);
    }

    int topic(Uuid id) {
      for (Map.Entry<Integer, Uuid> e : ids.entrySet()) if (e.getValue().equals(id)) return e.getKey();
      throw new IllegalStateException("no such topic");
    }

    Map<Uuid, Set<Integer>> byUuid(Map<Integer, TreeSet<Integer>> has) {
      Map<Uuid, Set<Integer>> map = new LinkedHashMap<>();
      has.forEach((t, ps) -> map.put(id(t), ps));
      return Collections.unmodifiableMap(map);
    }

    /** Does SimpleAssignor.currentAssignment go through the partitions in order? */
    boolean partitionsAreInOrder() {
      Map<TopicIdPartition, Integer> table = new HashMap<>();
      TreeMap<Integer, TopicIdPartition> order = new TreeMap<>();
      for (Member m : g.members.values())
        m.has.forEach((t, ps) -> ps.forEach(p -> order.put(t * 1000 + p, new TopicIdPartition(id(t), p))));
      for (Member m : g.members.values()) m.has.forEach((t, ps) -> ps.forEach(p -> table.put(new TopicIdPartition(id(t), p), 0)));
      return new ArrayList<>(table.keySet()).equals(new ArrayList<>(order.values()));
    }

    public Collection<String> memberIds() {
      return g.members.keySet();
    }

    public SubscriptionType subscriptionType() {
      return g.homogeneous() ? SubscriptionType.HOMOGENEOUS : SubscriptionType.HETEROGENEOUS;
    }

    public boolean isPartitionAssigned(Uuid topicId, int partition) {
      return g.members.values().stream().anyMatch(m -> m.has.getOrDefault(topic(topicId), new TreeSet<>()).contains(partition));
    }

    public boolean isPartitionAssignable(Uuid topicId, int partition) {
      return !g.withheld.getOrDefault(topic(topicId), new TreeSet<>()).contains(partition);
    }

    public MemberSubscription memberSubscription(String memberId) {
      Member m = g.members.get(memberId);
      return new MemberSubscription() {
        public Optional<String> rackId() {
          return Optional.empty();
        }

        public Optional<String> instanceId() {
          return m.instance.isEmpty() ? Optional.empty() : Optional.of(m.instance);
        }

        public Set<Uuid> subscribedTopicIds() {
          return m.topics.stream().map(t -> id(t)).collect(Collectors.toCollection(LinkedHashSet::new));
        }
      };
    }

    public MemberAssignment memberAssignment(String memberId) {
      return () -> byUuid(g.members.get(memberId).has);
    }

    public int numPartitions(Uuid topicId) {
      return g.topics.getOrDefault(topic(topicId), -1);
    }

    public Set<String> racksForPartition(Uuid topicId, int partition) {
      return Set.of();
    }
  }

  static TreeMap<String, TreeMap<Integer, TreeSet<Integer>>> run(PartitionAssignor assignor, Group g) {
    Spec spec = new Spec(g, assignor instanceof SimpleAssignor);
    TreeMap<String, TreeMap<Integer, TreeSet<Integer>>> out = new TreeMap<>();
    for (String m : g.members.keySet()) out.put(m, new TreeMap<>());
    assignor.assign(spec, spec).members().forEach((m, a) -> a.partitions().forEach((t, ps) -> {
      if (!ps.isEmpty()) out.get(m).put(spec.topic(t), new TreeSet<>(ps));
    }));
    return out;
  }

  // ---- the client's

  static String name(int topic) {
    return "t" + topic;
  }

  static List<TopicPartition> list(TreeMap<Integer, TreeSet<Integer>> has) {
    List<TopicPartition> all = new ArrayList<>();
    has.forEach((t, ps) -> ps.forEach(p -> all.add(new TopicPartition(name(t), p))));
    return all;
  }

  static TreeMap<String, TreeMap<Integer, TreeSet<Integer>>> run(ConsumerPartitionAssignor assignor, Group g) {
    List<PartitionInfo> infos = new ArrayList<>();
    g.topics.forEach((t, n) -> {
      for (int p = 0; p < n; p++) infos.add(new PartitionInfo(name(t), p, Node.noNode(), new Node[0], new Node[0]));
    });
    Cluster cluster = new Cluster("c", List.of(), infos, Set.of(), Set.of());
    Map<String, ConsumerPartitionAssignor.Subscription> subscriptions = new LinkedHashMap<>();
    g.members.forEach((id, m) -> {
      Set<String> names = m.topics.stream().map(Assignors::name).collect(Collectors.toCollection(LinkedHashSet::new));
      ByteBuffer data = null;
      if (m.generation >= 0) {  // as the member itself would write it when it joins again
        if (assignor instanceof StickyAssignor) {
          StickyAssignor own = new StickyAssignor();
          own.onAssignment(new ConsumerPartitionAssignor.Assignment(list(m.has)), new ConsumerGroupMetadata("g", m.generation, id, Optional.empty()));
          data = own.subscriptionUserData(names);
        } else if (assignor instanceof CooperativeStickyAssignor) {
          CooperativeStickyAssignor own = new CooperativeStickyAssignor();
          own.onAssignment(new ConsumerPartitionAssignor.Assignment(list(m.has)), new ConsumerGroupMetadata("g", m.generation, id, Optional.empty()));
          data = own.subscriptionUserData(names);
        }
      }
      boolean eager = assignor instanceof StickyAssignor;
      ConsumerPartitionAssignor.Subscription s = new ConsumerPartitionAssignor.Subscription(
          new ArrayList<>(names), data, eager ? List.of() : list(m.has), eager ? -1 : m.generation, Optional.empty());
      if (!m.instance.isEmpty()) s.setGroupInstanceId(Optional.of(m.instance));
      subscriptions.put(id, s);
    });
    TreeMap<String, TreeMap<Integer, TreeSet<Integer>>> out = new TreeMap<>();
    assignor.assign(cluster, new ConsumerPartitionAssignor.GroupSubscription(subscriptions)).groupAssignment().forEach((m, a) -> {
      TreeMap<Integer, TreeSet<Integer>> has = new TreeMap<>();
      for (TopicPartition p : a.partitions())
        has.computeIfAbsent(Integer.parseInt(p.topic().substring(1)), t -> new TreeSet<>()).add(p.partition());
      out.put(m, has);
    });
    return out;
  }

  // ---- writing

  static String text(Map<Integer, TreeSet<Integer>> has) {
    return has.entrySet().stream().map(e -> e.getKey() + ":" + e.getValue().stream().map(String::valueOf).collect(Collectors.joining(".")))
        .collect(Collectors.joining(","));
  }

  static void print(String assignor, Group g, TreeMap<String, TreeMap<Integer, TreeSet<Integer>>> out) {
    StringBuilder line = new StringBuilder(assignor + "\t");
    line.append(g.topics.entrySet().stream().map(e -> e.getKey() + ":" + e.getValue()).collect(Collectors.joining(","))).append("\t");
    line.append(text(g.withheld)).append("\t");
    line.append(g.members.entrySet().stream().map(e -> {
      Member m = e.getValue();
      return e.getKey() + "/" + m.instance + "/" + m.topics.stream().map(String::valueOf).collect(Collectors.joining(",")) + "/" + m.generation + "/"
          + text(m.has);
    }).collect(Collectors.joining(" "))).append("\t");
    line.append(out.entrySet().stream().map(e -> e.getKey() + "/" + text(e.getValue())).collect(Collectors.joining(" ")));
    System.out.println(line);
  }

  /** Some of what nobody has read yet is not initialized; what has been read is. */
  static void withhold(Group g) {
    g.withheld.clear();
    if (random.nextInt(3) > 0) return;
    g.topics.forEach((t, n) -> {
      for (int p = 0; p < n; p++) {
        int partition = p;
        boolean read = g.members.values().stream().anyMatch(m -> m.has.getOrDefault(t, new TreeSet<>()).contains(partition));
        if (!read && random.nextInt(3) == 0) g.withheld.computeIfAbsent(t, x -> new TreeSet<>()).add(p);
      }
    });
  }

  interface Run {
    TreeMap<String, TreeMap<Integer, TreeSet<Integer>>> of(Group g);
  }

  static void cases(String name, int lives, int length, boolean share, Run assignor) {
    for (int life = 0; life < lives; life++) {
      Group g = begin(life % 2 == 1);
      for (int step = 0; step < length; step++) {
        if (share) withhold(g);
        TreeMap<String, TreeMap<Integer, TreeSet<Integer>>> out = assignor.of(g);
        if (!share || new Spec(g, true).partitionsAreInOrder()) print(name, g, out);
        int generation = step + 1;
        out.forEach((id, has) -> {
          Member m = g.members.get(id);
          m.has = has;
          m.generation = generation;
        });
        disturb(g);
      }
    }
  }

  public static void main(String[] args) {
    cases("simple", 30, 5, true, g -> run(new SimpleAssignor(), g));
    cases("uniform", 20, 6, false, g -> run(new UniformAssignor(), g));
    cases("server-range", 15, 3, false, g -> run(new RangeAssignor(), g));
    cases("range", 15, 3, false, g -> run(new org.apache.kafka.clients.consumer.RangeAssignor(), g));
    cases("roundrobin", 15, 3, false, g -> run(new RoundRobinAssignor(), g));
    cases("sticky", 20, 6, false, g -> run(new StickyAssignor(), g));
    cases("cooperative-sticky", 20, 6, false, g -> run(new CooperativeStickyAssignor(), g));
  }
}
