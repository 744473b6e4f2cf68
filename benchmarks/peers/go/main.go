// SPDX-License-Identifier: Apache-2.0

// The scenarios of leasehold-bench on etcd's own Go client, for comparison: the same flags, the same report.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"go.etcd.io/etcd/version"
)

type scenario struct {
	run     func(*driver)
	seconds float64
}

var scenarios = map[string]scenario{
	"uncontended": {uncontended, 3},
	"local":       {local, 3},
	"handoff":     {handoff, 3},
	"timeout":     {timeout, 3},
	"hold":        {hold, 3},
	"sessions":    {sessions, 3},
	"watch":       {watch, 3},
	"churn":       {churn, 60},
}

func main() {
	var s settings
	endpoints := flag.String("endpoints", "http://127.0.0.1:2379", "etcd's endpoints, separated by commas")
	name := flag.String("scenario", "uncontended", "what to run")
	flag.IntVar(&s.n, "n", 100, "goroutines, sessions, locks, watches or attempts")
	threads := flag.Int("threads", 0, "GOMAXPROCS (default: Go's own choice)")
	flag.Float64Var(&s.seconds, "seconds", 0, "how long (default: 3; churn: 60)")
	flag.IntVar(&s.clients, "clients", 0, "handoff: clients that share the sessions (default: one for each)")
	timeoutMS := flag.Int("timeout-ms", 200, "timeout, churn: of a bounded attempt")
	flag.IntVar(&s.ttl, "ttl", 15, "handoff, sessions, churn: time to live in seconds")
	flag.IntVar(&s.writes, "writes", 0, "writes a second of another client, meanwhile")
	etcd := flag.String("etcd", "", "the server's version, for the report")
	asJSON := flag.Bool("json", false, "report as one JSON object")
	tellVersion := flag.Bool("version", false, "tell the versions and exit")
	flag.Parse()
	if *tellVersion {
		fmt.Printf("%s, Go client %s\n", runtime.Version(), version.Version)
		return
	}

	chosen, ok := scenarios[*name]
	if !ok || s.n < 1 {
		fmt.Fprintf(os.Stderr, "leasehold-bench-go: no scenario %q with n=%d\n", *name, s.n)
		os.Exit(64)
	}
	if s.seconds == 0 {
		s.seconds = chosen.seconds
	}
	s.endpoints = strings.Split(*endpoints, ",")
	s.timeout = time.Duration(*timeoutMS) * time.Millisecond
	runtime.GOMAXPROCS(*threads)

	d := newDriver(s)
	chosen.run(d)
	d.result.print(*name, *etcd, s.n, *asJSON)
	if d.result.errors > 0 {
		os.Exit(1)
	}
}
