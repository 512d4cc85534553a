// Core<Msg>: the kernel with its messages. Roles use it through Context, the cluster through World.
#pragma once
#include <cstdint>
#include <optional>
#include <utility>

#include "sim/kernel.h"
#include "sim/message_store.h"
#include "sim/observer.h"

namespace kafkascope::sim {

template <class Msg>
class Core final : public Kernel {
 public:
  explicit Core(const WorldOptions& options) : Kernel(options) {}

  // ---- the functions of Context beyond the Kernel's public part
  void send(NodeId self, ConnectionId c, Msg&& message) {
    const std::uint32_t packet = enqueue(self, c, wire_size(message), trace_code(message));
    if (packet != kNone) messages_.put(packet, std::move(message));
  }
  void trace(NodeId self, TraceLine&& line, const typename Msg::Subject* subject) { emit(self, line, subject); }

  // ---- for World
  using Kernel::begin_command;
  using Kernel::boot;
  using Kernel::die;
  using Kernel::exit_how;
  using Kernel::next_event;
  using Kernel::next_exit;
  using Kernel::next_time;
  using Kernel::restart_wanted;
  using Kernel::take;
  using Kernel::take_rare;
  using Kernel::untidy;
  using Kernel::upcoming;
  using Kernel::upcoming_after;
  using Kernel::visit_flushes;
  using Kernel::visit_timers;
  using Kernel::want_restart;
  using Kernel::Work;

  void attach(Observer<Msg>* observer) {
    observer_ = observer;
    watched_ = observer != nullptr;
  }
  /// Prefetches the memory that handling this event will read.
  [[gnu::always_inline]] void prefetch(const Event* next) const {
    Kernel::prefetch(next);
    if (next->kind == EventKind::Stream) messages_.prefetch(next->packet);
  }
  /// Returns the message of a delivery, and adds its payload to the hash.
  std::optional<Msg>& open_message(std::uint32_t packet) {
    std::optional<Msg>& message = messages_.slot(packet);
    hash_payload(hash_, *message);
    return message;
  }
  /// Called after the callback: frees the payload and the packet number.
  void close_message(std::uint32_t packet, std::optional<Msg>& message) {
    message.reset();
    give_back_packet(packet);
  }
  /// Called at the end of an event or command: frees the connections and packets that it ended.
  void sweep() {
    if (untidy()) Kernel::sweep([this](std::uint32_t packet) { messages_.erase(packet); });
  }
  void report(const Work& work, const Msg* message) {
    if (observer_ != nullptr) observer_->on_event_executed(executed_info(work), message);
  }
  template <class F>
  void visit_messages(F&& f) const {
    visit_packets([&](std::uint32_t packet, const PendingPacket& view) { f(view, messages_[packet]); });
  }

 private:
  void observe(const TraceLine& line, const void* subject) override {
    observer_->on_trace(line, static_cast<const typename Msg::Subject*>(subject));
  }
  void observe_stop(std::uint64_t order) override { observer_->on_message_stopped(order, last_seq()); }

  MessageStore<Msg> messages_;
  Observer<Msg>* observer_ = nullptr;  // not owned; a copy of the world keeps the pointer until another observer is
                                       // attached
};

}  // namespace kafkascope::sim
