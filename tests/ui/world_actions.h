// Which actions reach the world: what no key may do while a list, a form or a text field is open.
#pragma once
#include "ui/action.h"

namespace kafkascope::ui {

/// Whether the action changes the world, or moves it in time.
inline bool reaches_world(ActionKind kind) {
  switch (kind) {
    case ActionKind::Fault:
    case ActionKind::DoStep:
    case ActionKind::DoItForMe:
    case ActionKind::SetConfig:
    case ActionKind::RestartClient:
    case ActionKind::Undo:
    case ActionKind::Run:
    case ActionKind::Pause:
    case ActionKind::StepEvent:
    case ActionKind::StepBack:
    case ActionKind::NextChange:
    case ActionKind::PreviousChange:
    case ActionKind::NextStep:
    case ActionKind::PreviousStep:
    case ActionKind::FromStart:
    case ActionKind::Seek:
    case ActionKind::SetSpeed:
    case ActionKind::NextSeed:
    case ActionKind::ReturnFromDetour: return true;
    default: return false;
  }
}

}  // namespace kafkascope::ui
