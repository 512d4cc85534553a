// What Kafka 2.5.1's own classes answer, as lines for tests/client/sticky_2_5_test.cpp (sticky_2_5.txt). To make the file anew:
//   javac -cp kafka-clients-2.5.1.jar:slf4j-api-1.7.30.jar StickyAssignor251.java
//   java -cp .:kafka-clients-2.5.1.jar:slf4j-api-1.7.30.jar StickyAssignor251 > sticky_2_5.txt
import java.util.*;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.*;
import org.apache.kafka.clients.consumer.internals.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.utils.LogContext;

public class StickyAssignor251 {
  static String text(Collection<TopicPartition> partitions) {
    return partitions.isEmpty() ? "-" : partitions.stream().map(TopicPartition::toString).collect(Collectors.joining(","));
  }

  /** order: in which order a consumer has what it is assigned (SubscriptionState.assignFromSubscribed). */
  static void order(Random random) {
    List<TopicPartition> assigned = new ArrayList<>();
    for (int t = 0; t < 1 + random.nextInt(3); ++t) {
      String topic = List.of("orders", "payments", "a.b", "t", "customer-events").get(random.nextInt(5)) + (random.nextBoolean() ? "" : t);
      int count = random.nextInt(random.nextInt(4) == 0 ? 60 : 8);
      for (int p = 0; p < count; ++p) if (random.nextInt(3) > 0) assigned.add(new TopicPartition(topic, p));
    }
    assigned = new ArrayList<>(new LinkedHashSet<>(assigned));
    SubscriptionState state = new SubscriptionState(new LogContext(), OffsetResetStrategy.NONE);
    state.subscribe(assigned.stream().map(TopicPartition::topic).collect(Collectors.toSet()), new NoOpConsumerRebalanceListener());
    state.assignFromSubscribed(new HashSet<>(assigned));
    System.out.println("order " + text(assigned) + " " + text(state.assignedPartitionsList()));
  }

  /** assign: topics, then a member a line: id, what it claims, what it gets. All subscribe to the same topics. */
  static void assign(Random random) {
    Map<String, Integer> topics = new HashMap<>();
    for (int t = 0; t <= random.nextInt(2); ++t) topics.put(t == 0 ? "orders" : "payments", 1 + random.nextInt(9));
    List<TopicPartition> all = new ArrayList<>();
    new TreeMap<>(topics).forEach((topic, count) -> { for (int p = 0; p < count; ++p) all.add(new TopicPartition(topic, p)); });
    Collections.shuffle(all, random);
    int members = 1 + random.nextInt(5), before = 1 + random.nextInt(members);
    List<List<TopicPartition>> claims = new ArrayList<>();
    for (int m = 0; m < members; ++m) claims.add(new ArrayList<>());
    int deal = random.nextInt(3);
    for (int i = 0; i < all.size(); ++i) if (deal > 0 || random.nextBoolean()) claims.get(deal == 1 ? i % before : random.nextInt(before)).add(all.get(i));
    Map<String, Subscription> subscriptions = new HashMap<>();
    Map<String, List<TopicPartition>> claimed = new TreeMap<>();
    for (int m = 0; m < members; ++m) {
      String id = (char) ('a' + m) + "-" + new UUID(random.nextLong(), random.nextLong());
      claimed.put(id, claims.get(m));
      subscriptions.put(id, new Subscription(new ArrayList<>(topics.keySet()), null, claims.get(m)));
    }
    Map<String, List<TopicPartition>> shares = new CooperativeStickyAssignor().assign(topics, subscriptions);
    System.out.println("assign " + new TreeMap<>(topics).entrySet().stream().map(e -> e.getKey() + ":" + e.getValue()).collect(Collectors.joining(",")));
    claimed.forEach((id, had) -> System.out.println("member " + id + " " + text(had) + " " + text(shares.get(id))));
  }

  public static void main(String[] args) {
    Random random = new Random(25);
    for (int i = 0; i < 120; ++i) order(random);
    for (int i = 0; i < 200; ++i) assign(random);
  }
}
