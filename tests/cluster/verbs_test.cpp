// The table of verbs, and the commands that a verb with a struct of its own needs.
#include "cluster/verbs.h"
#include "words/catalogue.h"

#include <doctest/doctest.h>

#include <set>

using namespace kafkascope;
using namespace kafkascope::cluster;

namespace {

struct Toy {
  std::optional<std::int64_t> loss_ppm;
  std::optional<sim::Duration> delay;
  friend bool operator==(const Toy&, const Toy&) = default;
};

}  // namespace

TEST_CASE(
    "the table of verbs is in the order of the enum, with unique verb names and unique field names within each verb") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < verbs().size(); ++i) {
    const VerbInfo& verb = verbs()[i];
    CAPTURE(verb.name);
    CHECK(static_cast<std::size_t>(verb.verb) == i);
    CHECK(names.insert(verb.name).second);
    CHECK(parse_verb(verb.name) == verb.verb);
    CHECK(to_string(verb.verb) == verb.name);
    std::set<std::string_view> fields;
    for (const Field& field : verb.fields) {
      CAPTURE(field.name);
      CHECK(fields.insert(field.name).second);
      CHECK(verb.find(field.name) == &field);
    }
    for (const Rule& rule : verb.rules)
      for (const std::string_view field : rule.fields) CHECK(fields.contains(field));
  }
  CHECK_FALSE(parse_verb("explode").has_value());
}

TEST_CASE("the catalogues have each verb's name, all tenses of verbs that are narrated, and no other verb") {
  const words::Catalogue& catalogue = words::catalogue(words::Lang::Ko);
  std::set<words::Key> known;
  for (const VerbInfo& verb : verbs()) {
    CAPTURE(verb.name);
    for (const char* what : {"name", "does"}) CHECK(catalogue.find(verb.words(what)) != nullptr);
    for (const char* tense : {"to_do", "past"}) CHECK((catalogue.find(verb.words(tense)) != nullptr) == verb.is_told());
    for (const char* what :
         {"name", "does", "to_do", "past", "done", "order", "said", "said_all", "said_cancel", "said_cancel_all"})
      known.insert(verb.words(what));
    for (const Field& field : verb.fields)
      if (field.by_name) known.insert(verb.words(field.name));
  }
  for (const words::Row& row : catalogue.rows()) {
    CAPTURE(row.key);
    if (std::string_view(row.key).starts_with("verb.")) CHECK(known.contains(words::Key(std::string_view(row.key))));
  }
}

TEST_CASE("the struct of a verb's own fields is copied on write and compared by value") {
  Command a;
  CHECK_FALSE(a.get<Toy>().loss_ppm.has_value());
  a.edit<Toy>().loss_ppm = 7;
  Command b = a;
  CHECK(b == a);
  CHECK(&b.get<Toy>() == &a.get<Toy>());
  b.edit<Toy>().loss_ppm = 8;
  CHECK(a.get<Toy>().loss_ppm == 7);
  CHECK_FALSE(b == a);
  b.edit<Toy>().loss_ppm = 7;
  CHECK(b == a);
  CHECK_FALSE(Command() == a);
}

TEST_CASE("a field finds its place in a command and says whether a value is set there") {
  Command c;
  const Field own = field<&Toy::delay>("delay", FieldType::Duration);
  CHECK(own.by_name);
  CHECK_FALSE(is_said(own, c));
  *std::get<std::optional<sim::Duration>*>(own.edit(c)) = sim::milliseconds(3);
  CHECK(c.get<Toy>().delay == sim::milliseconds(3));
  CHECK(is_said(own, c));
  CHECK(value_text(own, c) == "3000 us");
  const Field flag = field<&act::Partition::one_way>("one_way", FieldType::Flag);
  Command cut;
  CHECK_FALSE(is_said(flag, cut));
  CHECK(is_said(flag.always(), cut));
  cut.edit<act::Partition>().one_way = true;
  CHECK(is_said(flag, cut));
  Command behave;
  const Field rate = field<&act::Behave::rate>("rate", FieldType::Rate);
  *std::get<std::optional<Rate>*>(rate.edit(behave)) = Rate{5};
  CHECK(behave.get<act::Behave>().rate == Rate{5});
}

TEST_CASE("an act without fields equals one whose fields all have their defaults, and no other") {
  Command plain, touched;
  touched.edit<act::ElectLeaders>();
  CHECK(plain == touched);
  CHECK(touched == plain);
  touched.edit<act::ElectLeaders>().unclean = true;
  CHECK_FALSE(plain == touched);
  CHECK_FALSE(touched == plain);
  CHECK(touched.get_if<act::ElectLeaders>()->unclean);
  CHECK(touched.get_if<act::Reassign>() == nullptr);
  CHECK(plain.get_if<act::ElectLeaders>() == nullptr);
}

TEST_CASE("a field is found by its name and type, and only if the verb has it") {
  Command c;
  c.verb = Verb::CreateTopic;
  c.edit<act::CreateTopic>().topic = "orders";
  c.edit<act::CreateTopic>().partition_count = 3;
  REQUIRE(value_of<std::string>(c, "topic") != nullptr);
  CHECK(*value_of<std::string>(c, "topic") == "orders");
  CHECK(value_of<bool>(c, "topic") == nullptr);
  CHECK(value_of<std::string>(c, "group") == nullptr);
  CHECK(to_text(c) == "create_topic orders partitions 3");
}
