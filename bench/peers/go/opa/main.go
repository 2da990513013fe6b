// Open Policy Agent as a library: a query that is prepared once, over whatever
// is fastest of the modules in a folder, with or without partial evaluation.
//
//	opa DIR FOLDER
package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"rolegate/bench/peers/harness"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

type engine struct {
	query     rego.PreparedEvalQuery
	questions []harness.Question
	ready     []ast.Value
}

func input(q *harness.Question) map[string]any {
	return map[string]any{
		"principal": map[string]any{"id": "session", "role": "app"},
		"action":    q.Action,
		"resource": map[string]any{"kind": q.Kind, "container": q.Container,
			"object": q.Object, "team": q.Team},
		"context": map[string]any{"ip": q.IP, "secure": q.Secure},
	}
}

func (e *engine) eval(option rego.EvalOption) bool {
	results, err := e.query.Eval(context.Background(), option)
	harness.Check(err)
	return results.Allowed()
}

// Decide takes an input that is OPA's own value already.
func (e *engine) Decide(i int) bool {
	return e.eval(rego.EvalParsedInput(e.ready[i]))
}

func (e *engine) Whole(i int) bool {
	return e.eval(rego.EvalInput(input(&e.questions[i])))
}

func read(name string) string {
	text, err := os.ReadFile(name)
	harness.Check(err)
	return string(text)
}

func prepare(dir, module string, partial bool) rego.PreparedEvalQuery {
	options := []func(*rego.Rego){
		rego.Query("data.authz.allow"),
		rego.Module(module, read(filepath.Join(dir, module))),
	}
	if module == "data.rego" {
		var data map[string]any
		harness.Check(json.Unmarshal(
			[]byte(read(filepath.Join(dir, "data.json"))), &data))
		options = append(options, rego.Store(inmem.NewFromObjectWithOpts(data,
			inmem.OptReturnASTValuesOnRead(true))))
	}
	var prepared []rego.PrepareOption
	if partial {
		prepared = append(prepared, rego.WithPartialEval())
	}
	query, err := rego.New(options...).PrepareForEval(
		context.Background(), prepared...)
	harness.Check(err)
	return query
}

// forms are the modules that hold the same statements, in words.
var forms = map[string]string{
	"sets.rego":  "rules",
	"split.rego": "rules by action",
	"data.rego":  "data",
}

func main() {
	dir, folder := os.Args[1], filepath.Join(os.Args[1], os.Args[2])
	best := &engine{questions: harness.Questions(dir)}
	for i := range best.questions {
		value, err := ast.InterfaceToValue(input(&best.questions[i]))
		harness.Check(err)
		best.ready = append(best.ready, value)
	}
	count, fastest, version := len(best.questions), 0.0, ""
	for module, form := range forms {
		if _, err := os.Stat(filepath.Join(folder, module)); err != nil {
			continue
		}
		for _, partial := range []bool{false, true} {
			try := *best
			try.query = prepare(folder, module, partial)
			p50, _, _ := harness.Measure(count, 1e8, try.Decide)
			if version == "" || p50 < fastest {
				fastest, version, best = p50, ", "+form, &try
				if partial {
					version += ", partially evaluated"
				}
			}
		}
	}
	harness.Serve(harness.Version("github.com/open-policy-agent/opa")+version,
		count, best)
}
