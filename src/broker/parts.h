// Names that the headers of a broker's parts share, and the declaration of BrokerServer, which is passed with each
// call.
#pragma once
#include "protocol/errors.h"
#include "protocol/ids.h"
#include "protocol/message.h"
#include "protocol/metadata_image.h"
#include "protocol/records.h"
#include "protocol/trace_kinds.h"
#include "sim/ids.h"

namespace kafkascope::broker {

/// The quorum's log is in the first directory (metadata.log.dir).
inline constexpr std::int32_t kMetadataDir = 0;

struct BrokerServer;
struct Connection;
using Ctx = protocol::Context;
using protocol::ApiKey;
using protocol::DirectoryId;
using protocol::ErrorCode;
using protocol::Message;
using protocol::MetadataEntry;
using protocol::MetadataImage;
using protocol::StoredBatch;
using protocol::TopicId;

}  // namespace kafkascope::broker
