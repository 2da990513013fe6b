// Casbin as a library: roles, deny over allow where a scenario denies, and the
// conditions as a function in the matcher.  Without its cache, which would
// answer the second round of questions without deciding.
//
//	casbin DIR FOLDER
package main

import (
	"net/netip"
	"os"
	"path/filepath"

	"rolegate/bench/peers/harness"

	"github.com/casbin/casbin/v2"
)

var network = netip.MustParsePrefix("10.0.0.0/8")

// facts is what the conditions ask about.
type facts struct {
	ip     netip.Addr
	secure bool
	team   string
}

func holds(arguments ...any) (any, error) {
	about := arguments[1].(*facts)
	switch arguments[0].(string) {
	case "secure":
		return about.secure, nil
	case "team":
		return about.team == "payments", nil
	case "outside":
		return !network.Contains(about.ip), nil
	}
	return true, nil
}

type ready struct {
	object string
	facts  *facts
}

type engine struct {
	enforcer  *casbin.Enforcer
	questions []harness.Question
	ready     []ready
}

func prepare(q *harness.Question) ready {
	address, err := netip.ParseAddr(q.IP)
	harness.Check(err)
	return ready{q.Kind + "/" + q.Container + "/" + q.Object,
		&facts{address, q.Secure, q.Team}}
}

func (e *engine) ask(action string, r ready) bool {
	allowed, err := e.enforcer.Enforce("session", action, r.object, r.facts)
	harness.Check(err)
	return allowed
}

func (e *engine) Decide(i int) bool {
	return e.ask(e.questions[i].Action, e.ready[i])
}

func (e *engine) Whole(i int) bool {
	return e.ask(e.questions[i].Action, prepare(&e.questions[i]))
}

func main() {
	dir, folder := os.Args[1], filepath.Join(os.Args[1], os.Args[2])
	enforcer, err := casbin.NewEnforcer(
		filepath.Join(folder, "model.conf"),
		filepath.Join(folder, "policy.csv"))
	harness.Check(err)
	enforcer.AddFunction("holds", holds)
	e := &engine{enforcer: enforcer, questions: harness.Questions(dir)}
	for i := range e.questions {
		e.ready = append(e.ready, prepare(&e.questions[i]))
	}
	harness.Serve(harness.Version("github.com/casbin/casbin/v2"),
		len(e.questions), e)
}
