// Hand-made moments of the lesson leader-failover, for the dashboard's tests and pictures.
#pragma once
#include "observe/model/snapshot.h"
#include "ui/models.h"

namespace kafkascope::ui::fixture {

enum class Moment { Before, Waiting, Elected, Returned };

observe::Snapshot world(Moment moment);
/// A larger cluster: `brokers` brokers, `partitions` partitions of one topic, `messages` in flight.
observe::Snapshot large_world(int brokers, int partitions, int producers, int consumers, int messages);
/// No topic, no client: for the empty states.
observe::Snapshot empty_world();

enum class Scene { First, Ask, Votes, Turn, Glide, Held, Differed, Detour, End, Free };
LessonModel lesson(Scene scene);
TimelineModel timeline(Moment moment);
/// The messages between the nodes shortly before that moment, among them a lost, a delayed and a held one.
SpaceTime space_time(Moment moment);
LogModel log(Moment moment);
/// The log with the chain of causes of the election.
LogModel log_with_chain();
/// A script, a detour from it, and the script with another seed.
std::vector<Branch> three_runs();

}  // namespace kafkascope::ui::fixture
