// The cards of the stage: brokers with their replicas, controllers, clients, group frames. Local units.
#pragma once
#include "ui/stage/stage_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

struct NodeLook {
  words::Key word = "ui.star_crashed"_w;
  Icon icon = Icon::None;
  bool quiet = true;   // running: no text
  bool dead = false;   // solid vermilion head
  bool doubt = false;  // orange head
  bool dashed = false;
  bool walls = false;
};

/// The appearance of a node's state: shape and word besides colour.
NodeLook node_look(const observe::Node& node);
words::Key state_word(const observe::Node& node);
/// The text for a member whose process has ended and whose coordinator still counts it: "dead; counted {0} s more".
words::Key gone_word(const observe::Node& node);

/// A click selects, a right click opens the menu, a drag begins a link. Returns true if the pointer is over the card.
bool touch_card(Ui& ui, const observe::Node& node, const Rect& r);
/// `touched`: the caller handles clicks and records the place.
void draw_broker_card(Ui& ui, int node, const Rect& r, bool touched = false);
/// The active controller, or the leader of a ZooKeeper ensemble.
bool is_in_charge(const observe::Node& node);
/// For a ZooKeeper server: "follows, 0x100000007".
std::string ensemble_role(const Ui& ui, const observe::Node& node);
/// What a controller or a ZooKeeper server is now: its state, unless it runs, else its role: "candidate 1/3".
std::string role_in_quorum(const Ui& ui, const observe::Node& node);
void draw_controller_card(Ui& ui, int node, const Rect& r);
void draw_client_card(Ui& ui, int node, const Rect& r);
/// The fact on a client's card; if its belief about a leader is longer than `room` at that size of letters, that broker alone.
std::string fact_on_card(Ui& ui, const observe::Client& client, float em, float room);
inline constexpr float kTray = 21;  // height
/// At the right end of the tray are the records in flight: their memory is released when the response arrives.
void draw_tray(Ui& ui, const observe::Client& client, const Rect& r);
/// How long a batch has waited for more records; 0: it is not waiting.
std::int64_t lingers_us(const observe::Accumulator& a, const observe::QueuedBatches& q);
/// The record that send() holds while it is blocked: it is pending, but in no batch.
void blocked_record(Painter& p, const Rect& r);
/// Records held by a client: filled up to `level`, full ones in full colour.
void record_box(Painter& p, const Rect& r, Color color, float level, const std::string& words, bool doubt);
float record_box_width(Painter& p, const std::string& words);
/// The sequences of a partition's waiting records, if the producer has given them some, "seq 3–4"; else their number.
std::string waiting_words(const Ui& ui, const observe::QueuedBatches& q);
void draw_group_frame(Ui& ui, const StageGroup& frame);
/// The plate with the rack's name on the card's upper edge; `shown`: the name as it is shown. Empty: there is no plate.
Rect rack_plate(const Ui& ui, const observe::Node& node, const Rect& card, std::string* shown = nullptr);
/// The racks' names on the upper edges of the cards, if brokers are in several racks.
void draw_racks(Ui& ui, const StageView& view);
/// A frame around brokers that share a machine.
void draw_machines(Ui& ui, const StageView& view);
/// The mark of a replica's role, in every layout.
Icon role_icon(observe::ReplicaRole role);
/// For a replica added by a reassignment: its share of the log. For a removed one: that it is being removed.
std::string percent_joined(const observe::Replica& replica);
std::string moving_word(const Ui& ui, const observe::Replica& replica);
/// One replica; `hot`: just became leader.
void draw_chip(Ui& ui, const observe::Node& broker, const observe::Replica& replica, const Rect& r, bool hot);

}  // namespace kafkascope::ui
