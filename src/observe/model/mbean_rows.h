// The notation of metrics: a name, its description, and the function that computes its value. For mbeans.cpp and
// client_mbeans.cpp.
#pragma once
#include <cmath>
#include <concepts>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "observe/model/mbeans.h"

namespace kafkascope::observe::mbean_rows {

inline constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();  // the node reports no such value now

double number(std::integral auto v) { return static_cast<double>(v); }

/// A name, and its value for a broker, a request, a replica …
template <class Of>
struct Row {
  MBeanKind kind;
  double (*value)(const Of& of);
  bool newer = false;  // not in 2.5
};

inline constexpr bool kCounts = true, kNewer = true;

/// The pattern with its placeholders replaced by `values`, in order.
std::string full_name(std::string_view pattern, std::initializer_list<std::string_view> values);
bool matches(std::string_view pattern, std::string_view name);

/// The requested names, and the receiver of their values.
struct Out {
  std::string_view only;
  const MBeanVisitor& visit;
  bool of_2_5 = false;
  bool wants(std::string_view name) const { return only.empty() || name == only; }
  bool wants_kind(const MBeanKind& kind) const { return only.empty() || matches(kind.name, only); }
  void give(std::string_view name, const MBeanKind& kind, double value) const {
    if (wants(name) && !std::isnan(value)) visit(name, kind, value);
  }
  template <class Of, std::size_t N>
  bool wants_one_of(const Row<Of> (&rows)[N]) const {
    for (const Row<Of>& row : rows)
      if (wants_kind(row.kind)) return true;
    return false;
  }
  template <class Of, std::size_t N>
  void give_all(const Row<Of> (&rows)[N], const Of& of) const {
    for (const Row<Of>& row : rows)
      if (wants(row.kind.name) && !(of_2_5 && row.newer)) give(row.kind.name, row.kind, row.value(of));
  }
  template <class Of, std::size_t N>
  void give_all(const Row<Of> (&rows)[N], const Of& of, std::initializer_list<std::string_view> names) const {
    for (const Row<Of>& row : rows)
      if (wants_kind(row.kind) && !(of_2_5 && row.newer))
        give(full_name(row.kind.name, names), row.kind, row.value(of));
  }
};

/// Metrics of producers and consumers; `partitions`: whether to include those of single partitions.
void clients_of(const cluster::Cluster& cluster, sim::NodeId node, const Out& out, bool partitions);
void add_client_kinds(std::vector<const MBeanKind*>& kinds);

}  // namespace kafkascope::observe::mbean_rows
