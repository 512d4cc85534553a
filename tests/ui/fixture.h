// Moments of the lesson leader-failover built by hand: what the dashboard's tests and pictures draw.
#pragma once
#include "observe/model/snapshot.h"
#include "ui/models.h"

namespace kafkascope::ui::fixture {

enum class Moment { Before, Waiting, Elected, Returned };

observe::Snapshot world(Moment moment);
/// A larger cluster: `brokers` brokers, `partitions` partitions of one topic, `messages` in flight.
observe::Snapshot large_world(int brokers, int partitions, int producers, int consumers, int messages);
/// No topic, no client: the empty states.
observe::Snapshot empty_world();

enum class Scene { First, Ask, Votes, Turn, Glide, Held, Differed, Detour, End, Free };
LessonModel lesson(Scene scene);
TimelineModel timeline(Moment moment);
/// What passed between the nodes shortly before the moment: among it a lost, a delayed and a held message.
SpaceTime space_time(Moment moment);
LogModel log(Moment moment);
/// With the chain of causes of the election.
LogModel log_with_chain();
/// A script, a detour from it, the script by another seed.
std::vector<Branch> three_runs();

}  // namespace kafkascope::ui::fixture
