package rolegate

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/rolegate/rolegate/client/go/rolegatev1"
)

// Context has the condition keys of a question with their values.
type Context map[string][]string

// Check is one question of many.
type Check struct {
	// Action is "service:Name" without wildcards.
	Action string
	// Resource is an ARN, or "*" for an action that has none.
	Resource string
	// Context is added to the common one, and replaces keys that are in both.
	Context Context
}

// Decision is an answer. The zero value denies.
type Decision struct {
	// Allowed: the session may.
	Allowed bool
	// Explicit: a statement denies. Without it nothing allowed.
	Explicit bool
	// Reason is the decision in a sentence.
	Reason string
	// DecisionID is its name in the audit log.
	DecisionID string
	// RegistryRevision is what decided.
	RegistryRevision string
	// EncodedMessage is a denial's record, sealed for administrators.
	EncodedMessage string
	// CacheableFor is how long an equal question may be answered from a cache;
	// nil: not at all.
	CacheableFor *time.Duration
	// ContextKeysRead is what the answer depends on.
	ContextKeysRead []string
	// Explanation says why, where it was asked for.
	Explanation *pb.Explanation
}

// answer is what single answers and those of batches have in common.
type answer interface {
	GetDecision() pb.Decision
	GetReason() string
	GetDecisionId() string
	GetEncodedMessage() string
	GetExplanation() *pb.Explanation
}

func decisionOf(from answer, revision string) Decision {
	return Decision{
		Allowed:          from.GetDecision() == pb.Decision_DECISION_ALLOW,
		Explicit:         from.GetDecision() == pb.Decision_DECISION_EXPLICIT_DENY,
		Reason:           from.GetReason(),
		DecisionID:       from.GetDecisionId(),
		RegistryRevision: revision,
		EncodedMessage:   from.GetEncodedMessage(),
		Explanation:      from.GetExplanation(),
	}
}

func durationOf(from *durationpb.Duration) *time.Duration {
	if from == nil {
		return nil
	}
	duration := from.AsDuration()
	return &duration
}

func contextOf(from Context) map[string]*pb.ContextValues {
	if len(from) == 0 {
		return nil
	}
	result := make(map[string]*pb.ContextValues, len(from))
	for key, values := range from {
		result[key] = &pb.ContextValues{Values: values}
	}
	return result
}
