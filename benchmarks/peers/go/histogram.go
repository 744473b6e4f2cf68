// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math/bits"
	"sync/atomic"
	"time"
)

const (
	fineBits = 5
	fine     = 1 << fineBits
)

// histogram counts durations in buckets that are 3 % wide, as benchmarks/common/histogram.hpp does.
type histogram struct {
	buckets [50 * fine]uint64
}

type bar struct {
	fromUS, toUS float64
	count        uint64
}

func bucketOf(ns uint64) uint64 {
	if ns < fine {
		return ns
	}
	shift := uint64(bits.Len64(ns)) - 1 - fineBits
	return shift*fine + ns>>shift
}

func beginOf(bucket uint64) float64 {
	if bucket < 2*fine {
		return float64(bucket) * 1e-3
	}
	shift := bucket/fine - 1
	return float64((fine+bucket%fine)<<shift) * 1e-3
}

func (h *histogram) record(d time.Duration) {
	if d < 0 {
		d = 0
	}
	atomic.AddUint64(&h.buckets[bucketOf(uint64(d))], 1)
}

func (h *histogram) bars() []bar {
	var out []bar
	for i, n := range h.buckets {
		if n > 0 {
			out = append(out, bar{beginOf(uint64(i)), beginOf(uint64(i) + 1), n})
		}
	}
	return out
}

func (h *histogram) count() uint64 {
	var all uint64
	for _, n := range h.buckets {
		all += n
	}
	return all
}

func (h *histogram) percentileUS(part float64) float64 {
	wanted := part * float64(h.count())
	passed, us := 0.0, 0.0
	for _, b := range h.bars() {
		us = (b.fromUS + b.toUS) / 2
		passed += float64(b.count)
		if passed >= wanted {
			break
		}
	}
	return us
}
