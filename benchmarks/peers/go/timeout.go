// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/clientv3"
	"go.etcd.io/etcd/clientv3/concurrency"
)

const tolerated = 100 * time.Millisecond

var errNotExcluded = errors.New("got a lock that somebody holds")

// waiters bounds what goroutines of one session wait for: the session has one key in the queue, so only one of
// them may be in etcd's Lock (see spawnLocal). A channel, since a sync.Mutex cannot give up.
type waiters struct {
	turn chan struct{}
	m    *concurrency.Mutex
}

// The server knows the deadline too, and may notice it first.
func timedOut(ctx context.Context, err error) bool {
	return ctx.Err() != nil || strings.HasSuffix(err.Error(), context.DeadlineExceeded.Error())
}

func newWaiters(s *concurrency.Session, name string) *waiters {
	return &waiters{make(chan struct{}, 1), concurrency.NewMutex(s, name)}
}

// attempt reports nil when the time was over, as it has to be.
func (w *waiters) attempt(limit time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	select {
	case w.turn <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	defer func() { <-w.turn }()
	err := w.m.Lock(ctx)
	if err == nil {
		return errNotExcluded
	}
	if timedOut(ctx, err) {
		return nil
	}
	return err
}

func (d *driver) countLeftBehind(prefix string) int64 {
	var others int64 = 1
	for patience := time.Now().Add(5 * time.Second); others > 0 && time.Now().Before(patience); {
		answer, err := d.client.Get(context.Background(), prefix, clientv3.WithPrefix(), clientv3.WithCountOnly())
		must(err)
		others = answer.Count - 1 // without the holder
	}
	return others
}

func timeout(d *driver) {
	holder := newWaiters(d.session, "bench-timeout")
	must(holder.m.Lock(context.Background()))
	holder.turn <- struct{}{} // taken, as long as the lock is held
	other := newWaiters(d.openSession(d.makeClient()), "bench-timeout")
	d.prepare()

	var late int64
	d.measure(func() {
		for i := 0; i < d.n; i++ {
			w := []*waiters{other, holder}[i%2]
			d.spawn(func() error {
				begin := time.Now()
				err := w.attempt(d.timeout)
				now := time.Now()
				d.recordAt(begin, now)
				if now.Sub(begin) > d.timeout+tolerated {
					atomic.AddInt64(&late, 1)
				}
				return err
			})
		}
		d.lookAtProcess()
	})
	d.result.extra["late"] = late
	d.result.extra["left_behind"] = d.countLeftBehind("bench-timeout/")
	must(holder.m.Unlock(context.Background()))
}
