// A role's interface to the world, by name: for headers that only pass it on. message.h has the complete type.
#pragma once

namespace kafkascope::sim {
template <class Msg>
class Context;
}  // namespace kafkascope::sim

namespace kafkascope::protocol {

struct Message;
using Context = sim::Context<Message>;

}  // namespace kafkascope::protocol
