// The engine of SeaweedFS for IAM policies, as a library.  Reads the same JSON
// as Rolegate.
//
//	seaweedfs DIR FOLDER
package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"rolegate/bench/peers/harness"

	"github.com/seaweedfs/seaweedfs/weed/s3api/policy_engine"
)

const session = "arn:aws:sts::123456789012:assumed-role/app/session"

type engine struct {
	policies  *policy_engine.PolicyEngine
	questions []harness.Question
	ready     []*policy_engine.PolicyEvaluationArgs
}

func prepare(q *harness.Question) *policy_engine.PolicyEvaluationArgs {
	service, _, _ := strings.Cut(q.Action, ":")
	return &policy_engine.PolicyEvaluationArgs{
		Action: q.Action,
		Resource: "arn:aws:" + service + ":eu-central-1:123456789012:" +
			q.Kind + "/" + q.Container + "/" + q.Object,
		Principal: session,
		Conditions: map[string][]string{
			"aws:SourceIp":         {q.IP},
			"aws:SecureTransport":  {strconv.FormatBool(q.Secure)},
			"aws:ResourceTag/team": {q.Team},
		},
	}
}

func (e *engine) ask(arguments *policy_engine.PolicyEvaluationArgs) bool {
	return e.policies.EvaluatePolicy("app", arguments) ==
		policy_engine.PolicyResultAllow
}

func (e *engine) Decide(i int) bool { return e.ask(e.ready[i]) }

func (e *engine) Whole(i int) bool { return e.ask(prepare(&e.questions[i])) }

func main() {
	dir, folder := os.Args[1], os.Args[2]
	text, err := os.ReadFile(filepath.Join(dir, folder, "policy.json"))
	harness.Check(err)
	e := &engine{policies: policy_engine.NewPolicyEngine(),
		questions: harness.Questions(dir)}
	harness.Check(e.policies.SetBucketPolicy("app", string(text)))
	for i := range e.questions {
		e.ready = append(e.ready, prepare(&e.questions[i]))
	}
	harness.Serve(harness.Version("github.com/seaweedfs/seaweedfs"),
		len(e.questions), e)
}
