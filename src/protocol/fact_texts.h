// Texts of trace lines that hold several values: they are composed and parsed only here. kForm is the name of such a text in
// a line's JSON, if the field's name does not say it.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/ids.h"
#include "sim/text.h"

namespace kafkascope::fact {

using sim::Text;

/// "[1,2,3]"
struct IdsText {
  Text text;
  IdsText() = default;
  IdsText(const protocol::IdList& ids) : text(ids.text()) {}
  protocol::IdList ids() const;
  friend bool operator==(const IdsText&, const IdsText&) = default;
};

/// "[1,2] -> [1,2,3]"
struct IdsChangeText {
  Text text;
  IdsChangeText() = default;
  IdsChangeText(const protocol::IdList& before, const protocol::IdList& after)
      : text(before.text() + " -> " + after.text()) {}
  protocol::IdList before() const;
  protocol::IdList after() const;
  friend bool operator==(const IdsChangeText&, const IdsChangeText&) = default;
};

/// "[orders-0, orders-1]", or the same without brackets.
struct PartitionsText {
  Text text;
  PartitionsText() = default;
  PartitionsText(const std::string& list) : text(list) {}
  PartitionsText(const char* list) : text(list) {}
  std::vector<std::string> names() const;
  friend bool operator==(const PartitionsText&, const PartitionsText&) = default;
};

/// "first: rest"
struct PairText {
  Text text;
  PairText() = default;
  explicit PairText(Text whole) : text(std::move(whole)) {}
  PairText(std::string_view first, std::string_view rest) : text(joined(first, ": ", rest)) {}
  /// Whether the text starts with that name. A group's id may contain a blank or a colon, so the name is compared, not
  /// cut out.
  bool tells_of(std::string_view name) const {
    return text.view().starts_with(name) &&
           (text.view().size() == name.size() || text.view()[name.size()] == ' ' || text.view()[name.size()] == ':');
  }
  /// Whether the text ends with that reason.
  bool because(std::string_view reason) const {
    const std::string_view all = text.view();
    return all.size() >= reason.size() + 2 && all.ends_with(reason) &&
           all.substr(all.size() - reason.size() - 2, 2) == ": ";
  }
  friend bool operator==(const PairText&, const PairText&) = default;

 protected:
  static Text joined(std::string_view first, std::string_view between, std::string_view second);
  std::string_view first() const { return text.view().substr(0, text.view().find(": ")); }
  std::string_view rest() const {
    const std::size_t colon = text.view().find(": ");
    return colon == std::string_view::npos ? std::string_view() : text.view().substr(colon + 2);
  }
};
struct GroupAndReason : PairText {
  using PairText::PairText;
  static constexpr std::string_view kForm = "group: reason";
  std::string_view group() const { return first(); }
  std::string_view reason() const { return rest(); }
};
struct GroupAndAssignor : PairText {
  using PairText::PairText;
  static constexpr std::string_view kForm = "group: assignor";
  std::string_view group() const { return first(); }
  std::string_view assignor() const { return rest(); }
};
struct ServiceAndReason : PairText {
  using PairText::PairText;
  static constexpr std::string_view kForm = "service: reason";
  std::string_view service() const { return first(); }
  std::string_view reason() const { return rest(); }
};

/// "group member" or "group member: rest"; the member is "client-uuid" or "client/id".
struct MemberText : PairText {
  MemberText() = default;
  MemberText(std::string_view group, std::string_view member) : PairText(joined(group, " ", member)) {}
  MemberText(std::string_view group, std::string_view member, std::string_view rest)
      : PairText(joined(group, " ", member).view(), rest) {}
  std::string_view group() const { return first().substr(0, first().find(' ')); }
  std::string_view member() const {
    const std::size_t space = first().find(' ');
    return space == std::string_view::npos ? std::string_view() : first().substr(space + 1);
  }
  /// "group member"
  std::string_view group_and_member() const { return first(); }
};
struct GroupMember : MemberText {
  using MemberText::MemberText;
  static constexpr std::string_view kForm = "group member";
};
struct GroupMemberReason : MemberText {
  using MemberText::MemberText;
  static constexpr std::string_view kForm = "group member: reason";
  std::string_view reason() const { return rest(); }
};
struct GroupMemberState : MemberText {
  using MemberText::MemberText;
  static constexpr std::string_view kForm = "group member: state";
  std::string_view state() const { return rest(); }
};
struct ShareMember : MemberText {
  using MemberText::MemberText;
  static constexpr std::string_view kForm = "group client/member";
};
struct ShareMemberReason : MemberText {
  using MemberText::MemberText;
  static constexpr std::string_view kForm = "group client/member: why";
  std::string_view reason() const { return rest(); }
};

}  // namespace kafkascope::fact
