// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
)

type result struct {
	seconds          float64
	cpuSeconds       float64
	latencies        histogram
	errors           uint64
	threadsSeen      int
	bytesPerItem     float64
	withDistribution bool
	extra            map[string]interface{}
}

// fail counts an error; the first one is told on standard error.
func (r *result) fail(err error) {
	if atomic.AddUint64(&r.errors, 1) == 1 {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
	}
}

func (r *result) figures(scenario, etcd string, n int) map[string]interface{} {
	ops := float64(r.latencies.count())
	per := func(a, b float64) float64 {
		if b > 0 {
			return a / b
		}
		return 0
	}
	o := map[string]interface{}{
		"scenario":           scenario,
		"peer":               "go",
		"etcd":               etcd,
		"n":                  n,
		"threads":            runtime.GOMAXPROCS(0),
		"ops_per_second":     per(ops, r.seconds),
		"p50_us":             r.latencies.percentileUS(0.5),
		"p99_us":             r.latencies.percentileUS(0.99),
		"p999_us":            r.latencies.percentileUS(0.999),
		"cpu_us_per_op":      per(r.cpuSeconds*1e6, ops),
		"rss_bytes_per_item": r.bytesPerItem,
		"errors":             r.errors,
		"threads_seen":       r.threadsSeen,
	}
	for key, value := range r.extra {
		o[key] = value
	}
	if r.withDistribution {
		bars := [][3]float64{}
		for _, b := range r.latencies.bars() {
			bars = append(bars, [3]float64{b.fromUS, b.toUS, float64(b.count)})
		}
		o["distribution_us"] = bars
	}
	return o
}

func (r *result) print(scenario, etcd string, n int, asJSON bool) {
	o := r.figures(scenario, etcd, n)
	if asJSON {
		line, err := json.Marshal(o)
		if err != nil {
			r.fail(err)
		}
		fmt.Println(string(line))
		return
	}
	fmt.Printf("%-11s %-9s n=%-6d %9.0f/s  p50 %9.0f us  p99 %9.0f us  p99.9 %9.0f us  cpu %7.1f us/op  "+
		"%7.0f B each  threads %d  errors %d", scenario, "go", n, o["ops_per_second"], o["p50_us"], o["p99_us"],
		o["p999_us"], o["cpu_us_per_op"], r.bytesPerItem, r.threadsSeen, r.errors)
	for key, value := range r.extra {
		fmt.Printf("  %s %v", key, value)
	}
	fmt.Println()
}
