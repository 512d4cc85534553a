// In which order Kafka 2.5.1 goes through partitions where a hash table decides it, as lines for tests/controller/scala_order_test.cpp
// (partition_order.txt). "new": a topic's partitions as the controller has them that reads what TopicZNode.encode has written. "offline":
// all partitions in the order in which they were made, those that have lost their leaders, and the latter as
// ControllerContext.partitionsInStates gives them. "broker": all partitions, topic by topic as they were made, those of one broker, and the
// latter as partitionsOnBroker gives them. "topic": a topic's partitions, those without a leader, and the latter as partitionsInStates(topic)
// gives them. "rebalance": all partitions, their preferred leaders, and the partitions as checkAndTriggerAutoLeaderRebalance's groupBy has them,
// leader by leader. "states": partitions as they come to ReplicaStateMachine.doRemoveReplicasFromIsr, and as its
// map has them.
// To make the file anew, with the libraries of kafka_2.12 2.5.1 in lib/:
//   javac -cp 'lib/*' PartitionOrder.java && java -cp '.:lib/*' PartitionOrder > partition_order.txt
import java.util.*;
import java.util.stream.Collectors;
import kafka.controller.*;
import kafka.zk.TopicZNode;
import org.apache.kafka.common.TopicPartition;
import scala.Tuple2;
import scala.collection.JavaConverters;
import scala.runtime.AbstractFunction1;

public class PartitionOrder {
  static String text(Collection<TopicPartition> all) { return all.stream().map(Object::toString).collect(Collectors.joining(",")); }
  static List<TopicPartition> listed(scala.collection.Iterable<TopicPartition> all) {
    List<TopicPartition> out = new ArrayList<>();
    for (scala.collection.Iterator<TopicPartition> i = all.iterator(); i.hasNext();) out.add(i.next());
    return out;
  }
  static ReplicaAssignment assigned() {
    return ReplicaAssignment.apply(JavaConverters.asScalaBuffer(List.<Object>of(1, 2)).toList());
  }

  static void fresh(String topic, int count) {
    scala.collection.mutable.HashMap<TopicPartition, ReplicaAssignment> made = new scala.collection.mutable.HashMap<>();
    List<TopicPartition> all = new ArrayList<>();
    for (int p = 0; p < count; ++p) {
      all.add(new TopicPartition(topic, p));
      made.put(all.get(p), assigned());
    }
    System.out.println("new " + text(all) + " " + text(listed(TopicZNode.decode(topic, TopicZNode.encode(made)).keySet())));
  }

  static void offline(List<TopicPartition> all, Set<TopicPartition> lost) {
    ControllerContext context = new ControllerContext();
    for (TopicPartition p : all) {
      context.updatePartitionFullReplicaAssignment(p, assigned());
      context.putPartitionStateIfNotExists(p, NonExistentPartition$.MODULE$);
      context.putPartitionState(p, NewPartition$.MODULE$);
      context.putPartitionState(p, lost.contains(p) ? OfflinePartition$.MODULE$ : OnlinePartition$.MODULE$);
    }
    scala.collection.immutable.Set<PartitionState> states = new scala.collection.immutable.Set.Set1<>(OfflinePartition$.MODULE$);
    List<TopicPartition> in = all.stream().filter(lost::contains).collect(Collectors.toList());
    System.out.println("offline " + text(all) + " " + text(in) + " " + text(listed(context.partitionsInStates(states))));
  }

  // Topics made one after the other, as processTopicChange puts them into the context; preferred leaders and followers at random.
  static ControllerContext filled(List<String> topics, List<Integer> counts, int brokers, Random random, List<TopicPartition> all) {
    ControllerContext context = new ControllerContext();
    for (int i = 0; i < topics.size(); ++i) {
      scala.collection.mutable.HashMap<TopicPartition, ReplicaAssignment> made = new scala.collection.mutable.HashMap<>();
      for (int p = 0; p < counts.get(i); ++p) {
        int first = random.nextInt(brokers);
        all.add(new TopicPartition(topics.get(i), p));
        made.put(all.get(all.size() - 1), ReplicaAssignment.apply(JavaConverters.asScalaBuffer(
            List.<Object>of(1 + first, 1 + (first + 1 + random.nextInt(brokers - 1)) % brokers)).toList()));
      }
      scala.collection.Map<TopicPartition, ReplicaAssignment> read = TopicZNode.decode(topics.get(i), TopicZNode.encode(made));
      for (scala.collection.Iterator<TopicPartition> p = read.keySet().iterator(); p.hasNext();) {
        TopicPartition at = p.next();
        context.updatePartitionFullReplicaAssignment(at, read.apply(at));
        context.putPartitionState(at, OnlinePartition$.MODULE$);
      }
    }
    return context;
  }

  static void broker(ControllerContext context, List<TopicPartition> all, int broker) {
    List<TopicPartition> here = all.stream().filter(p -> context.partitionReplicaAssignment(p).contains(broker)).collect(Collectors.toList());
    if (!here.isEmpty()) System.out.println("broker " + text(all) + " " + text(here) + " " + text(listed(context.partitionsOnBroker(broker))));
  }

  static void topic(ControllerContext context, List<TopicPartition> all, String topic, Random random) {
    List<TopicPartition> own = all.stream().filter(p -> p.topic().equals(topic)).collect(Collectors.toList());
    List<TopicPartition> lost = own.stream().filter(p -> random.nextInt(3) != 0).collect(Collectors.toList());
    for (TopicPartition p : lost) context.putPartitionState(p, OfflinePartition$.MODULE$);
    scala.collection.immutable.Set<PartitionState> states = new scala.collection.immutable.Set.Set1<>(OfflinePartition$.MODULE$);
    if (!lost.isEmpty()) System.out.println("topic " + text(own) + " " + text(lost) + " " + text(listed(context.partitionsInStates(topic, states))));
  }

  @SuppressWarnings("unchecked")
  static void rebalance(ControllerContext context, List<TopicPartition> all) {
    scala.collection.immutable.Map<TopicPartition, Object> assigned = scala.collection.immutable.Map$.MODULE$.<TopicPartition, Object>empty();
    for (TopicPartition p : listed(context.allPartitions()))
      assigned = assigned.$plus(new Tuple2<TopicPartition, Object>(p, context.partitionReplicaAssignment(p).head()));
    List<TopicPartition> out = new ArrayList<>();
    scala.collection.Iterator<?> groups =
        assigned.groupBy(new AbstractFunction1<Tuple2<TopicPartition, Object>, Object>() {
          public Object apply(Tuple2<TopicPartition, Object> p) { return p._2(); }
        }).valuesIterator();
    while (groups.hasNext()) out.addAll(listed(((scala.collection.immutable.Map<TopicPartition, Object>) groups.next()).keySet()));
    String leaders = all.stream().map(p -> context.partitionReplicaAssignment(p).head().toString()).collect(Collectors.joining(","));
    System.out.println("rebalance " + text(all) + " " + leaders + " " + text(out));
  }

  static void states(List<TopicPartition> read) {
    scala.collection.mutable.HashMap<TopicPartition, Integer> result = new scala.collection.mutable.HashMap<>();
    for (TopicPartition p : read) result.put(p, 1);
    scala.collection.immutable.Map<TopicPartition, Integer> map =
        result.toMap(scala.Predef$.MODULE$.<scala.Tuple2<TopicPartition, Integer>>$conforms());
    System.out.println("states " + text(read) + " " + text(listed(map.keySet())));
  }

  public static void main(String[] args) {
    String[] topics = {"orders", "two", "pinned", "logs", "__consumer_offsets", "payments", "a.b", "clicks"};
    for (String topic : topics)
      for (int count : new int[] {1, 2, 3, 4, 5, 6, 9, 12, 13, 30}) fresh(topic, count);
    Random random = new Random(251);
    for (int i = 0; i < 120; ++i) {
      Set<TopicPartition> partitions = new LinkedHashSet<>();
      for (int n = 1 + random.nextInt(i % 3 == 0 ? 60 : 11); n > 0; --n)
        partitions.add(new TopicPartition(topics[random.nextInt(topics.length)], random.nextInt(i % 2 == 0 ? 4 : 50)));
      List<TopicPartition> all = new ArrayList<>(partitions);
      List<TopicPartition> mixed = new ArrayList<>(all);
      Collections.shuffle(mixed, random);
      offline(all, new HashSet<>(mixed.subList(0, 1 + random.nextInt(Math.min(i % 4 == 0 ? 20 : 4, mixed.size())))));
      states(mixed.subList(0, 1 + random.nextInt(Math.min(i % 4 == 0 ? 20 : 4, mixed.size()))));
    }
    for (int i = 0; i < 120; ++i) {
      List<String> names = new ArrayList<>(List.of(topics));
      Collections.shuffle(names, random);
      names = names.subList(0, 1 + random.nextInt(i % 3 == 0 ? 1 : 4));
      List<Integer> counts = new ArrayList<>();
      for (String name : names) counts.add(1 + random.nextInt(i % 4 == 0 ? 40 : i % 2 == 0 ? 12 : 2));
      List<TopicPartition> all = new ArrayList<>();
      int brokers = i % 4 == 0 ? 20 : 3 + random.nextInt(4);
      ControllerContext context = filled(names, counts, brokers, random, all);
      for (int broker = 1; broker <= (i % 4 == 0 ? 4 : 2); ++broker) broker(context, all, broker);
      topic(context, all, names.get(0), random);
      rebalance(context, all);
    }
  }
}
