// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/clientv3"
	"go.etcd.io/etcd/clientv3/concurrency"
	"go.etcd.io/etcd/pkg/logutil"
	"go.uber.org/zap"
)

type settings struct {
	endpoints []string
	n         int
	seconds   float64
	clients   int
	timeout   time.Duration
	ttl       int
	writes    int
}

// driver is one run of one scenario, as benchmarks/driver.hpp is: goroutines that are spawned, and waited for.
type driver struct {
	settings
	client       *clientv3.Client
	session      *concurrency.Session
	running      sync.WaitGroup
	begin        time.Time
	end          int64 // in Unix nanoseconds; not before measure
	last         int64
	cpuBefore    float64
	stopped      sync.Once
	memoryBefore float64
	result       result
}

func newDriver(s settings) *driver {
	d := &driver{settings: s, end: math.MaxInt64}
	d.result.extra = map[string]interface{}{}
	d.client = d.makeClient()
	d.session = d.openSession(d.client)
	return d
}

// must ends a run that cannot even be prepared.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func (d *driver) makeClient() *clientv3.Client {
	// Without a line for every attempt that ends in vain: writing those would be measured too.
	logs := logutil.DefaultZapLoggerConfig
	logs.Level = zap.NewAtomicLevelAt(zap.ErrorLevel)
	c, err := clientv3.New(clientv3.Config{Endpoints: d.endpoints, DialTimeout: 10 * time.Second, LogConfig: &logs})
	must(err)
	return c
}

func (d *driver) openSession(c *clientv3.Client) *concurrency.Session {
	s, err := concurrency.NewSession(c, concurrency.WithTTL(d.ttl))
	must(err)
	return s
}

// spawn starts a goroutine. Should it end with an error, that is counted.
func (d *driver) spawn(body func() error) {
	d.running.Add(1)
	go func() {
		defer d.running.Done()
		if err := body(); err != nil {
			d.result.fail(err)
		}
	}()
}

// spawnEach does body(0) to body(n-1), so many of them at a time. An error ends only its own.
func (d *driver) spawnEach(n, atATime int, body func(int) error) {
	next := int64(-1)
	for i := 0; i < n && i < atATime; i++ {
		d.spawn(func() error {
			for k := atomic.AddInt64(&next, 1); k < int64(n); k = atomic.AddInt64(&next, 1) {
				if err := body(int(k)); err != nil {
					d.result.fail(err)
				}
			}
			return nil
		})
	}
}

// prepare waits for what was spawned. Memory per item counts from there on.
func (d *driver) prepare() {
	d.running.Wait()
	giveBackFreeMemory()
	d.memoryBefore = residentBytes()
}

// measure runs the body and waits for what it spawned, measured: time and processor.
func (d *driver) measure(body func()) {
	d.cpuBefore = cpuSeconds()
	d.begin = time.Now()
	atomic.StoreInt64(&d.end, d.begin.Add(d.givenTime()).UnixNano())
	body()
	d.running.Wait()
	d.stopMeasuring()
}

// stopMeasuring, within measure: what follows is cleaning up, and not measured.
func (d *driver) stopMeasuring() {
	d.stopped.Do(func() {
		d.result.seconds = time.Duration(atomic.LoadInt64(&d.last)).Seconds()
		d.result.cpuSeconds = cpuSeconds() - d.cpuBefore
	})
}

func (d *driver) givenTime() time.Duration { return time.Duration(d.seconds * float64(time.Second)) }
func (d *driver) over() bool               { return time.Now().UnixNano() >= atomic.LoadInt64(&d.end) }

// record: one operation of the measured part has ended.
func (d *driver) record(begin time.Time) { d.recordAt(begin, time.Now()) }

func (d *driver) recordAt(begin, now time.Time) {
	d.result.latencies.record(now.Sub(begin))
	atomic.StoreInt64(&d.last, int64(now.Sub(d.begin)))
}

// lookAtProcess: call it where a scenario uses most threads and memory.
func (d *driver) lookAtProcess() {
	if n := threadCount(); n > d.result.threadsSeen {
		d.result.threadsSeen = n
	}
	d.result.bytesPerItem = (residentBytes() - d.memoryBefore) / float64(d.n)
}

func (d *driver) partOfTime(part float64) {
	time.Sleep(time.Until(d.begin.Add(time.Duration(part * float64(d.givenTime())))))
}

// stayIdle: what does that which is there now cost, while nobody does anything with it?
func (d *driver) stayIdle(howLong time.Duration) {
	cpu, begin := cpuSeconds(), time.Now()
	time.Sleep(howLong)
	d.result.extra["idle_cpu_percent"] = 100 * (cpuSeconds() - cpu) / time.Since(begin).Seconds()
	giveBackFreeMemory()
	d.lookAtProcess()
}

func (d *driver) lookBeforeTheEnd() {
	d.spawn(func() error {
		d.partOfTime(0.9)
		d.lookAtProcess()
		return nil
	})
}

// writeMeanwhile: another client writes, as often as the settings say.
func (d *driver) writeMeanwhile() {
	if d.writes == 0 {
		return
	}
	writer := d.makeClient()
	d.spawn(func() error {
		for tick := time.NewTicker(time.Second / time.Duration(d.writes)); !d.over(); <-tick.C {
			go writer.Put(context.Background(), "bench-noise", "x")
		}
		return nil
	})
}
