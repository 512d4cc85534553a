// The reasons that facts give. Their sentences are in assets/words, under "reason.<family>.<name>". The numbers are in
// every trace hash: a new reason takes the next one of its family, and no number is reused.
#pragma once
#include "sim/reason.h"

namespace kafkascope::fact {

// clang-format off
/// Why a quorum node has a new state.
KAFKASCOPE_REASONS(QuorumReason, "quorum",
                   Formation = 1, Started = 2, StartedWithNewerLog = 3, OnlyVoter = 4, MajorityWouldVote = 5, MajorityVoted = 6,
                   MajorityWouldNotVote = 7, NoLeaderInTime = 8, NoMajorityInTime = 9, PreVoteUnanswered = 10,
                   MajorityDoesNotFetch = 11, FetchTimeout = 12, StandsAgain = 13, ResignedLeader = 14, AskedToResign = 15,
                   VoteInNewerEpoch = 16, ToldByNewLeader = 17, ToldByResigningLeader = 18, ToldByAnswer = 19,
                   AnswerNamedLeader = 20)
/// Why a controller is no longer the active one.
KAFKASCOPE_REASONS(ResignationReason, "resignation", LostQuorum = 1, AnotherController = 2, SessionExpired = 3)
/// Which setting caused a snapshot of the metadata log.
KAFKASCOPE_REASONS(SnapshotReason, "snapshot", BytesBetween = 1, Interval = 2)
/// Which setting moved the start of the metadata log.
KAFKASCOPE_REASONS(MetadataRetentionReason, "metadata_retention", Bytes = 1, Time = 2)
KAFKASCOPE_REASONS(FencingReason, "fencing", SessionTimeout = 1, BrokerAsked = 2, ShuttingDown = 3)

/// Why a ZooKeeper server has a new state.
KAFKASCOPE_REASONS(ZkStateReason, "zk",
                   Formation = 1, Started = 2, LostLeader = 3, QuorumVotesForIt = 4, QuorumVotesForAnother = 5, Standalone = 6,
                   EpochAccepted = 7, HistoryAccepted = 8, EpochTold = 9, UpToDate = 10,
                   FollowersTooLate = 11, FollowersTooFew = 12, EpochOver = 13, NotUpToDateInTime = 14, LeaderSilent = 15)

/// Why a replica cuts records off the end of its log.
KAFKASCOPE_REASONS(TruncationReason, "truncation",
                   EpochUnknown = 1, LeadersLogEnds = 2, Diverged = 3, OwnHighWatermark = 4, LeadersLogShorter = 5,
                   BehindLeadersStart = 6, LeadersStartInsideBatch = 7)
KAFKASCOPE_REASONS(DirFailureReason, "dir_failure", Full = 1, Failing = 2)
KAFKASCOPE_REASONS(SegmentDeletionReason, "segment_deletion", LogStartOffset = 1, Size = 2, Time = 3)
KAFKASCOPE_REASONS(LogStartReason, "log_start", SegmentsDeleted = 1, RecordsDeleted = 2, LeadersLogStart = 3)
/// Why a follower's partition has failed.
KAFKASCOPE_REASONS(ReplicaFailureReason, "replica_failure", OffsetOutOfOrder = 1, LargerThanSegment = 2)

/// Why a consumer's position was set.
KAFKASCOPE_REASONS(PositionReason, "position", Committed = 1, Reset = 2, Seek = 3, Again = 4, OutOfRange = 5, Truncated = 6)
/// Why a consumer reads from this replica.
KAFKASCOPE_REASONS(ReadReplicaReason, "read_replica",
                   NamedByLeader = 1, MetadataAge = 2, ReplicaGone = 3, ConnectionLost = 4, OutOfRange = 5, Error = 6)
/// The outcome in a row of the response to an administrator's request.
KAFKASCOPE_REASONS(AnswerReason, "answer", NothingToDo = 1, LowWatermark = 2, OffsetSet = 3)
KAFKASCOPE_REASONS(CallFailureReason, "call", TimedOut = 1, ConnectionLost = 2)

/// Why a group rebalances, changes its state, or loses a member.
KAFKASCOPE_REASONS(GroupReason, "group",
                   Joined = 1, JoinedAgain = 2, LeaderJoinedAgain = 3, NewMetadata = 4, NewSubscription = 5,
                   StaticNewProtocol = 6, StaticCameBack = 7, OverMaxSize = 8, NoSyncFromSome = 9, NoSyncInTime = 10,
                   NoRejoinInTime = 11, ParkedTooLong = 12, SessionTimeout = 13, TopicChanged = 14, RegexChanged = 15,
                   NotStoredAsClassic = 16, NotRevokedInTime = 17, NewerProtocol = 18, MaxSizeReached = 19, Left = 20,
                   ClassicAgain = 21, Replaced = 22, AssignmentNotStored = 23, AssignmentStored = 24, Loaded = 25,
                   FirstRecordNotStored = 26, LastOffsetExpired = 27, Deleted = 28, PartitionsReady = 29, NewerMemberJoined = 30)
/// Why a lock on records of a share group ends.
KAFKASCOPE_REASONS(SettlementReason, "settlement",
                   Accepted = 1, Released = 2, Rejected = 3, LockOver = 4, SessionClosed = 5, ConnectionGone = 6)
/// Why the start offset of a share group was set.
KAFKASCOPE_REASONS(ShareStartReason, "share_start",
                   Stored = 1, ResetPolicy = 2, LogStartPassed = 3, NoRecords = 4, LocksOver = 5, RecordsSettled = 6)
// clang-format on

}  // namespace kafkascope::fact
