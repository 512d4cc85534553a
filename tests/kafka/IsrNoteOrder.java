// In which order Kafka 2.5.1 writes the partitions of a set into an ISR change notification, as lines for tests/controller/scala_order_test.cpp
// (isr_note_order.txt): the set in the order in which it was filled, and what IsrChangeNotificationSequenceZNode.encode makes of it.
// To make the file anew, with the libraries of kafka_2.12 2.5.1 in lib/:
//   javac -cp 'lib/*' IsrNoteOrder.java && java -cp '.:lib/*' IsrNoteOrder > isr_note_order.txt
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.regex.*;
import java.util.stream.Collectors;
import kafka.zk.IsrChangeNotificationSequenceZNode;
import org.apache.kafka.common.TopicPartition;

public class IsrNoteOrder {
  static final Pattern PARTITION = Pattern.compile("\\{\"topic\":\"([^\"]*)\",\"partition\":(\\d+)\\}");

  static void order(Collection<TopicPartition> partitions) {
    scala.collection.mutable.HashSet<TopicPartition> changed = new scala.collection.mutable.HashSet<>();
    for (TopicPartition p : partitions) changed.add(p);
    String note = new String(IsrChangeNotificationSequenceZNode.encode(changed), StandardCharsets.UTF_8);
    List<String> out = new ArrayList<>();
    for (Matcher m = PARTITION.matcher(note); m.find();) out.add(m.group(1) + "-" + m.group(2));
    System.out.println(partitions.stream().map(Object::toString).collect(Collectors.joining(",")) + " " + String.join(",", out));
  }

  public static void main(String[] args) {
    order(List.of(new TopicPartition("orders", 0), new TopicPartition("pinned", 0), new TopicPartition("two", 0)));
    Random random = new Random(251);
    String[] topics = {"orders", "two", "pinned", "logs", "__consumer_offsets", "payments", "a.b", "clicks"};
    for (int i = 0; i < 200; ++i) {
      Set<TopicPartition> partitions = new LinkedHashSet<>();
      for (int n = 1 + random.nextInt(i % 4 == 0 ? 60 : 9); n > 0; --n)
        partitions.add(new TopicPartition(topics[random.nextInt(topics.length)], random.nextInt(i % 2 == 0 ? 4 : 50)));
      order(partitions);
    }
  }
}
