import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/** Every key of Kafka's ConfigDefs with its type and default, and what it says of values at and beyond its limits (tests/oracle/README.md). */
public class Configs {
  static String text(Object value) {
    if (value == ConfigDef.NO_DEFAULT_VALUE) return "<none>";
    if (value == null) return "<null>";
    if (value instanceof Class) return ((Class<?>) value).getName();
    if (value instanceof List) {
      List<String> parts = new ArrayList<>();
      for (Object one : (List<?>) value) parts.add(text(one));
      return String.join(",", parts);
    }
    return String.valueOf(value);
  }

  /** Numbers in the validator's own words and their neighbours, and what no number is. */
  static Set<String> probes(ConfigDef.ConfigKey key) {
    Set<String> all = new LinkedHashSet<>();
    boolean whole = key.type == ConfigDef.Type.INT || key.type == ConfigDef.Type.LONG;
    if (whole || key.type == ConfigDef.Type.DOUBLE) {
      for (String n : new String[] {"-5", "-1", "0", "1"}) all.add(n);
      Matcher m = Pattern.compile("-?\\d+").matcher(String.valueOf(key.validator));
      while (m.find()) {
        long n = Long.parseLong(m.group());
        for (long d = -1; d <= 1; d++) all.add(String.valueOf(n + d));
      }
      all.add(whole ? "2147483648" : "0.5");
      if (whole) all.add("9223372036854775808");
      all.add("x");
    } else if (key.type == ConfigDef.Type.BOOLEAN) {
      for (String b : new String[] {"true", "TRUE", "maybe", "1"}) all.add(b);
    } else if (key.type == ConfigDef.Type.STRING || key.type == ConfigDef.Type.LIST) {
      for (String s : new String[] {"zz", "ALL", "EARLIEST", "compact,delete", "0:1,*", "by_duration:PT1H", "by_duration:-PT1H"}) all.add(s);
    }
    return all;
  }

  static final Set<String> printed = new HashSet<>();

  static void print(String scope, ConfigDef defs) {
    for (ConfigDef.ConfigKey key : new TreeMap<>(defs.configKeys()).values()) {
      if (!printed.add(scope + key.name)) continue;  // 2.5: the dynamic ones are the static ones and a few more
      if (key.name.startsWith("sasl.") || key.name.startsWith("ssl.")) continue;  // nobody logs in here
      StringBuilder line = new StringBuilder(scope + "\t" + key.name + "\t" + key.type + "\t" + text(key.defaultValue));
      for (String probe : probes(key)) {
        String said = "";
        try {
          Object value = ConfigDef.parseType(key.name, probe, key.type);
          if (key.validator != null) key.validator.ensureValid(key.name, value);
        } catch (ConfigException e) {
          // What nearly every one begins with is left out.
          said = e.getMessage().replace("Invalid value " + probe + " for configuration " + key.name + ": ", "~ ");
        }
        line.append("\t").append(probe).append("\t").append(said);
      }
      System.out.println(line);
    }
  }

  /** By a static method, or a field: a static one, or (2.5) one of a Scala object. */
  static ConfigDef of(String name, String member) throws Exception {
    Class<?> type = Class.forName(name);
    for (Method method : type.getMethods()) if (method.getName().equals(member) && Modifier.isStatic(method.getModifiers())) return (ConfigDef) method.invoke(null);
    for (Field field : type.getDeclaredFields()) {
      if (!field.getName().equals(member) && !field.getName().endsWith("$" + member)) continue;
      field.setAccessible(true);
      return (ConfigDef) field.get(Modifier.isStatic(field.getModifiers()) ? null : type.getField("MODULE$").get(null));
    }
    throw new IllegalStateException(name + "." + member);
  }

  public static void main(String[] args) throws Exception {
    if (args[0].equals("4.1")) {
      print("B", of("org.apache.kafka.server.config.AbstractKafkaConfig", "CONFIG_DEF"));
      print("B", of("org.apache.kafka.server.config.QuotaConfig", "brokerQuotaConfigs"));
      print("T", of("org.apache.kafka.storage.internals.log.LogConfig", "configDefCopy"));
      print("G", of("org.apache.kafka.coordinator.group.GroupConfig", "configDef"));
    } else {
      print("B", of("kafka.server.KafkaConfig$", "configDef"));
      print("B", of("kafka.server.DynamicConfig$Broker$", "brokerConfigDef"));
      print("T", of("kafka.log.LogConfig$", "configDef"));
    }
    print("P", of("org.apache.kafka.clients.producer.ProducerConfig", "configDef"));
    print("C", of("org.apache.kafka.clients.consumer.ConsumerConfig", args[0].equals("4.1") ? "configDef" : "CONFIG"));
    print("A", of("org.apache.kafka.clients.admin.AdminClientConfig", "configDef"));
  }
}
