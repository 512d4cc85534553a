#include "protocol/messages_zookeeper.h"

#include <fmt/format.h>

namespace kafkascope::protocol {

std::string zxid_text(Zxid zxid) { return fmt::format("{:#x}", zxid.value); }

std::string_view name(ZkError error) {
  switch (error) {
    case ZkError::OK: return "OK";
    case ZkError::RUNTIMEINCONSISTENCY: return "RUNTIMEINCONSISTENCY";
    case ZkError::CONNECTIONLOSS: return "CONNECTIONLOSS";
    case ZkError::BADARGUMENTS: return "BADARGUMENTS";
    case ZkError::NONODE: return "NONODE";
    case ZkError::BADVERSION: return "BADVERSION";
    case ZkError::NOCHILDRENFOREPHEMERALS: return "NOCHILDRENFOREPHEMERALS";
    case ZkError::NODEEXISTS: return "NODEEXISTS";
    case ZkError::NOTEMPTY: return "NOTEMPTY";
    case ZkError::SESSIONEXPIRED: return "SESSIONEXPIRED";
    case ZkError::SESSIONMOVED: return "SESSIONMOVED";
  }
  return "?";
}

std::string_view name(ZkOpCode code) {
  switch (code) {
    case ZkOpCode::Error: return "error";
    case ZkOpCode::Create: return "create";
    case ZkOpCode::Delete: return "delete";
    case ZkOpCode::Exists: return "exists";
    case ZkOpCode::GetData: return "getData";
    case ZkOpCode::SetData: return "setData";
    case ZkOpCode::GetChildren: return "getChildren";
    case ZkOpCode::Check: return "check";
    case ZkOpCode::Multi: return "multi";
    case ZkOpCode::CreateSession: return "createSession";
    case ZkOpCode::CloseSession: return "closeSession";
  }
  return "?";
}

std::string_view name(ZkEventType type) {
  switch (type) {
    case ZkEventType::NodeCreated: return "NodeCreated";
    case ZkEventType::NodeDeleted: return "NodeDeleted";
    case ZkEventType::NodeDataChanged: return "NodeDataChanged";
    case ZkEventType::NodeChildrenChanged: return "NodeChildrenChanged";
  }
  return "?";
}

std::string_view name(ZkServerState state) {
  switch (state) {
    case ZkServerState::Looking: return "LOOKING";
    case ZkServerState::Following: return "FOLLOWING";
    case ZkServerState::Leading: return "LEADING";
  }
  return "?";
}

std::string_view name(ZkSyncKind kind) {
  switch (kind) {
    case ZkSyncKind::Diff: return "DIFF";
    case ZkSyncKind::Trunc: return "TRUNC";
    case ZkSyncKind::Snap: return "SNAP";
  }
  return "?";
}

}  // namespace kafkascope::protocol
