// The operations that access control entries allow. Source: StandardAuthorizerData.authorize, findResult; KIP-11,
// KIP-290, KIP-679.
#include <doctest/doctest.h>

#include "protocol/acl.h"
#include "protocol/config.h"

using namespace kafkascope::protocol;

namespace {

Config with_authorizer(const char* super_users = "", bool without_acl = false) {
  Config config;
  config.set("authorizer.class.name", std::string("org.apache.kafka.metadata.authorizer.StandardAuthorizer"));
  config.set("super.users", std::string(super_users));
  config.set("allow.everyone.if.no.acl.found", without_acl);
  return config;
}

AccessControlEntry entry(std::string principal, AclOperation operation, std::string topic, bool allow = true,
                         PatternType pattern = PatternType::Literal) {
  return {ResourceType::Topic, std::move(topic), pattern, std::move(principal), "*", operation, allow};
}

struct Fixture {
  Authorizer authorizer{with_authorizer(), {}};
  Acls acls;
  bool allows(const char* principal, AclOperation operation, const char* topic) const {
    return authorizer.allows(acls, principal, "somewhere", operation, ResourceType::Topic, topic);
  }
};

}  // namespace

TEST_CASE("ACLs: without an authorizer everything is allowed; with an authorizer and no ACL nothing is") {
  const Authorizer none;
  CHECK_FALSE(none.enabled());
  CHECK(none.allows({}, "User:kim", "h", AclOperation::Read, ResourceType::Topic, "t"));
  const Fixture f;
  CHECK(f.authorizer.enabled());
  CHECK_FALSE(f.allows("User:kim", AclOperation::Read, "t"));
}

TEST_CASE("ACLs: principal, operation, resource and host must all match; * matches any of them") {
  Fixture f;
  f.acls[1] = entry("User:kim", AclOperation::Read, "t");
  CHECK(f.allows("User:kim", AclOperation::Read, "t"));
  CHECK_FALSE(f.allows("User:lee", AclOperation::Read, "t"));
  CHECK_FALSE(f.allows("User:kim", AclOperation::Write, "t"));
  CHECK_FALSE(f.allows("User:kim", AclOperation::Read, "t2"));
  CHECK_FALSE(f.authorizer.allows(f.acls, "User:kim", "h", AclOperation::Read, ResourceType::Group, "t"));
  f.acls[1].host = "elsewhere";
  CHECK_FALSE(f.allows("User:kim", AclOperation::Read, "t"));
  f.acls[1].host = "somewhere";
  CHECK(f.allows("User:kim", AclOperation::Read, "t"));
  f.acls[1] = entry("User:*", AclOperation::All, "*");
  CHECK(f.allows("User:lee", AclOperation::AlterConfigs, "anything"));
}

TEST_CASE("ACLs: a prefixed ACL covers all names with that prefix, a literal one only its own name") {
  Fixture f;
  f.acls[1] = entry("User:kim", AclOperation::Read, "pay-", true, PatternType::Prefixed);
  f.acls[2] = entry("User:kim", AclOperation::Read, "sal");
  CHECK(f.allows("User:kim", AclOperation::Read, "pay-in"));
  CHECK(f.allows("User:kim", AclOperation::Read, "pay-"));
  CHECK_FALSE(f.allows("User:kim", AclOperation::Read, "pay"));
  CHECK_FALSE(f.allows("User:kim", AclOperation::Read, "salary"));
}

TEST_CASE("ACLs: an ACL that denies overrides all that allow, in any order") {
  for (const std::int64_t at : {0, 9}) {
    Fixture f;
    f.acls[5] = entry("User:kim", AclOperation::Read, "t");
    f.acls[at] = entry("User:*", AclOperation::Read, "*", false);
    CHECK_FALSE(f.allows("User:kim", AclOperation::Read, "t"));
  }
}

TEST_CASE(
    "ACLs: allowing Read, Write, Delete or Alter implies Describe, and AlterConfigs implies DescribeConfigs; denying implies nothing") {
  for (const AclOperation operation :
       {AclOperation::Read, AclOperation::Write, AclOperation::Delete, AclOperation::Alter}) {
    Fixture f;
    f.acls[1] = entry("User:kim", operation, "t");
    CHECK(f.allows("User:kim", AclOperation::Describe, "t"));
    CHECK_FALSE(f.allows("User:kim", AclOperation::DescribeConfigs, "t"));
    f.acls[2] = entry("User:kim", AclOperation::Read, "t", false);
    CHECK(f.allows("User:kim", AclOperation::Describe, "t"));
  }
  Fixture f;
  f.acls[1] = entry("User:kim", AclOperation::AlterConfigs, "t");
  CHECK(f.allows("User:kim", AclOperation::DescribeConfigs, "t"));
  CHECK_FALSE(f.allows("User:kim", AclOperation::Describe, "t"));
  f.acls[1] = entry("User:kim", AclOperation::Create, "t");
  CHECK_FALSE(f.allows("User:kim", AclOperation::Describe, "t"));
}

TEST_CASE("super.users: the users in this list, separated by semicolons, are allowed everything, even what ACLs deny") {
  Fixture f;
  f.authorizer = Authorizer(with_authorizer("User:CN=kim,O=x; User:root"), {"User:operator"});
  f.acls[1] = entry("User:*", AclOperation::All, "*", false);
  CHECK(f.allows("User:root", AclOperation::Write, "t"));
  CHECK(f.allows("User:CN=kim,O=x", AclOperation::Write, "t"));
  CHECK(f.allows("User:operator", AclOperation::Write, "t"));
  CHECK_FALSE(f.allows("User:kim", AclOperation::Write, "t"));
}

TEST_CASE("allow.everyone.if.no.acl.found: everything is allowed until an ACL for any principal names the resource") {
  Fixture f;
  f.authorizer = Authorizer(with_authorizer("", true), {});
  CHECK(f.allows("User:kim", AclOperation::Write, "t"));
  f.acls[1] = entry("User:lee", AclOperation::Read, "t");
  CHECK_FALSE(f.allows("User:kim", AclOperation::Write, "t"));
  CHECK(f.allows("User:kim", AclOperation::Write, "other"));
}

TEST_CASE("KIP-679: a principal may write to any topic if at least one of its allowed names is not fully denied") {
  Fixture f;
  const auto any = [&] {
    return f.authorizer.allows_any(f.acls, "User:kim", "somewhere", AclOperation::Write, ResourceType::Topic);
  };
  CHECK_FALSE(any());
  f.acls[1] = entry("User:kim", AclOperation::Write, "t");
  CHECK(any());
  f.acls[2] = entry("User:kim", AclOperation::Write, "t", false);
  CHECK_FALSE(any());
  f.acls[3] = entry("User:kim", AclOperation::Write, "pay-", true, PatternType::Prefixed);
  CHECK(any());  // a literal entry does not deny a prefix
  f.acls[4] = entry("User:kim", AclOperation::Write, "p", false, PatternType::Prefixed);
  CHECK_FALSE(any());
  f.acls[5] = entry("User:kim", AclOperation::Write, "*");
  CHECK(any());
  f.acls[6] = entry("User:*", AclOperation::All, "*", false);
  CHECK_FALSE(any());
}

TEST_CASE("Each resource type has its operations") {
  CHECK(fits(AclOperation::Write, ResourceType::Topic));
  CHECK_FALSE(fits(AclOperation::Write, ResourceType::Group));
  CHECK(fits(AclOperation::IdempotentWrite, ResourceType::Cluster));
  CHECK_FALSE(fits(AclOperation::IdempotentWrite, ResourceType::Topic));
  CHECK(fits(AclOperation::Describe, ResourceType::TransactionalId));
  CHECK(parse_acl_operation("Read") == AclOperation::Read);
  CHECK_FALSE(parse_acl_operation("read").has_value());
}
