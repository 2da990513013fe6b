// Package harness asks a policy engine the questions of one scenario and
// measures it, by the commands that bench/peers/rolegate.cc describes.
package harness

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"
)

const (
	batchNanoseconds = 2000 // a clock reading costs some 40
	largestBatch     = 16
	leastBatches     = 32
	leastNanoseconds = 5e8
	mostNanoseconds  = 2e9
)

// Question is a line of questions.jsonl.
type Question struct {
	Action    string `json:"action"`
	Kind      string `json:"kind"`
	Container string `json:"container"`
	Object    string `json:"object"`
	IP        string `json:"ip"`
	Secure    bool   `json:"secure"`
	Team      string `json:"team"`
}

// Engine answers question i: Decide from what was made ready beforehand, Whole
// from its texts.
type Engine interface {
	Decide(i int) bool
	Whole(i int) bool
}

// Questions reads the questions of a scenario.
func Questions(dir string) []Question {
	file, err := os.Open(filepath.Join(dir, "questions.jsonl"))
	Check(err)
	defer file.Close()
	var questions []Question
	for decoder := json.NewDecoder(file); decoder.More(); {
		var question Question
		Check(decoder.Decode(&question))
		questions = append(questions, question)
	}
	return questions
}

// Check ends the program if something failed.
func Check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Version is that of a module this program was built with.
func Version(module string) string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return dependency.Version
		}
	}
	return "unknown"
}

// Measure asks all questions in their order, again and again, in batches that
// are just long enough for the clock, and returns the median, the 99th
// percentile and the mean of one question's time.
func Measure(count int, least float64, ask func(int) bool) (p50, p99, mean float64) {
	next, allowed := 0, 0
	batchOf := func(size int) float64 {
		begin := time.Now()
		for range size {
			if ask(next) {
				allowed++
			}
			if next++; next == count {
				next = 0
			}
		}
		return float64(time.Since(begin).Nanoseconds()) / float64(size)
	}
	one := batchOf(largestBatch)
	if one < batchNanoseconds {
		one = batchOf(count)
	}
	size := min(int(batchNanoseconds/one)+1, largestBatch)
	var times []float64
	total := 0.0
	for total < least ||
		len(times) < leastBatches && total < mostNanoseconds {
		took := batchOf(size)
		times = append(times, took)
		total += took * float64(size)
	}
	if allowed == 0 {
		log.Fatal("nothing was allowed")
	}
	slices.Sort(times)
	return times[len(times)/2], times[len(times)*99/100],
		total / float64(size*len(times))
}

// Answers is an A or a D for each question.
func Answers(count int, ask func(int) bool) string {
	answers := make([]byte, count)
	for i := range answers {
		answers[i] = 'D'
		if ask(i) {
			answers[i] = 'A'
		}
	}
	return string(answers)
}

// Serve does what is asked on standard input.
func Serve(version string, count int, engine Engine) {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var command, form string
		fmt.Sscan(lines.Text(), &command, &form)
		ask := engine.Decide
		if form == "whole" {
			ask = engine.Whole
		}
		switch command {
		case "version":
			fmt.Println(version)
		case "answers":
			fmt.Println(Answers(count, ask))
		case "measure":
			p50, p99, mean := Measure(count, leastNanoseconds, ask)
			fmt.Printf("{\"p50\":%g,\"p99\":%g,\"mean\":%g}\n", p50, p99, mean)
		default:
			log.Fatalf("unknown command `%s`", command)
		}
	}
}
