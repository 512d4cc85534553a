// In which order Kafka 2.5.1 goes through partitions where a hash table decides it, as lines for tests/controller/scala_order_test.cpp
// (partition_order.txt). "new": a topic's partitions as the controller has them that reads what TopicZNode.encode has written. "offline":
// all partitions in the order in which they were made, those that have lost their leaders, and the latter as
// ControllerContext.partitionsInStates gives them. "states": partitions as they come to ReplicaStateMachine.doRemoveReplicasFromIsr, and as its
// map has them.
// To make the file anew, with the libraries of kafka_2.12 2.5.1 in lib/:
//   javac -cp 'lib/*' PartitionOrder.java && java -cp '.:lib/*' PartitionOrder > partition_order.txt
import java.util.*;
import java.util.stream.Collectors;
import kafka.controller.*;
import kafka.zk.TopicZNode;
import org.apache.kafka.common.TopicPartition;
import scala.collection.JavaConverters;

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
  }
}
