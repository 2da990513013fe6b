// What the client costs over the bare stub that it is made of, in turns; see
// client/conformance/README.md.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	rolegate "github.com/rolegate/rolegate/client/go"
	pb "github.com/rolegate/rolegate/client/go/rolegatev1"
)

const (
	rounds   = 7
	action   = "s3:GetObject"
	resource = "arn:aws:s3:::example-bucket/a"
)

// figures are medians of rounds.
type figures struct {
	StubP50     float64 `json:"stub_p50_us"`
	ClientP50   float64 `json:"client_p50_us"`
	StubCalls   float64 `json:"stub_calls_per_s"`
	ClientCalls float64 `json:"client_calls_per_s"`
}

// measure asks from so many goroutines.
func measure(inFlight int, seconds time.Duration, ask func() error) (p50, callsPerSecond float64) {
	times := make([][]float64, inFlight)
	end := time.Now().Add(seconds)
	var all sync.WaitGroup
	for i := range times {
		all.Add(1)
		go func() {
			defer all.Done()
			for begin := time.Now(); begin.Before(end); {
				if err := ask(); err != nil {
					log.Fatal(err)
				}
				now := time.Now()
				times[i] = append(times[i], float64(now.Sub(begin))/float64(time.Microsecond))
				begin = now
			}
		}()
	}
	all.Wait()
	together := slices.Concat(times...)
	return median(together), float64(len(together)) / seconds.Seconds()
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func main() {
	target, token := os.Args[1], os.Args[2]
	seconds, err := strconv.ParseFloat(os.Args[3], 64)
	if err != nil {
		log.Fatal(err)
	}
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	stub := pb.NewAuthorizationServiceClient(connection)
	client, err := rolegate.New(target, rolegate.WithPlaintext(true), rolegate.WithSessionToken(token))
	if err != nil {
		log.Fatal(err)
	}
	session := client.Caller()
	byStub := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
		_, err := stub.Authorize(ctx, &pb.AuthorizeRequest{Action: action, Resource: resource})
		return err
	}
	byClient := func() error {
		_, err := session.Authorize(context.Background(), action, resource, nil)
		return err
	}
	answer := map[string]any{"client": "go"}
	round := time.Duration(seconds * float64(time.Second))
	for _, inFlight := range []int{1, 64} {
		var stubP50, stubRate, clientP50, clientRate []float64
		for i := range rounds {
			for _, ours := range []bool{i%2 == 0, i%2 != 0} {
				if ours {
					p50, rate := measure(inFlight, round, byClient)
					clientP50, clientRate = append(clientP50, p50), append(clientRate, rate)
				} else {
					p50, rate := measure(inFlight, round, byStub)
					stubP50, stubRate = append(stubP50, p50), append(stubRate, rate)
				}
			}
		}
		answer[strconv.Itoa(inFlight)] = figures{
			median(stubP50), median(clientP50), median(stubRate), median(clientRate)}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		log.Fatal(err)
	}
}
