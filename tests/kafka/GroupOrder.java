// In which order Scala 2.12 goes through replicas.groupBy(_.replica), as lines for tests/controller/scala_order_test.cpp (group_order.txt).
// To make the file anew:
//   javac -cp scala-library-2.12.10.jar GroupOrder.java && java -cp .:scala-library-2.12.10.jar GroupOrder > group_order.txt
import java.util.*;
import java.util.stream.Collectors;
import scala.Function1;
import scala.collection.JavaConverters;

public class GroupOrder {
  static String text(Collection<?> ids) { return ids.stream().map(Object::toString).collect(Collectors.joining(",")); }

  @SuppressWarnings({"unchecked", "rawtypes"})
  static void order(List<Integer> ids) {
    Function1<Object, Object> same = id -> id;
    scala.collection.immutable.Map<Object, Object> groups = (scala.collection.immutable.Map) JavaConverters.asScalaBuffer((List) ids).groupBy(same);
    List<Object> keys = new ArrayList<>(JavaConverters.mapAsJavaMap(groups).keySet());
    System.out.println(text(ids) + " " + text(keys));
  }

  public static void main(String[] args) {
    order(List.of(1, 2, 3, 4));
    Random random = new Random(212);
    for (int i = 0; i < 300; ++i) {
      Set<Integer> ids = new LinkedHashSet<>();
      int most = i % 3 == 0 ? 12 : i % 3 == 1 ? 100 : 3000;
      for (int n = 1 + random.nextInt(i % 2 == 0 ? 5 : 12); n > 0; --n) ids.add(random.nextInt(most));
      order(new ArrayList<>(ids));
    }
  }
}
