// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	"go.etcd.io/etcd/clientv3"
	"go.etcd.io/etcd/clientv3/concurrency"
)

// relay is what the sessions of one hand-off share.
type relay struct {
	sessions []*concurrency.Session
	// The rest belongs to whoever holds the lock.
	released time.Time
	from     *concurrency.Session
}

// openRelay spawns the opening of n sessions, spread over so many clients (0: each on its own).
func (d *driver) openRelay(n, clients int) *relay {
	if clients == 0 || clients > n {
		clients = n
	}
	made := make([]*clientv3.Client, clients)
	for i := range made {
		made[i] = d.makeClient()
	}
	r := &relay{sessions: make([]*concurrency.Session, n)}
	d.spawnEach(n, 100, func(i int) error {
		r.sessions[i] = d.openSession(made[i%clients])
		return nil
	})
	return r
}

func (d *driver) spawnRelay(r *relay) {
	for _, s := range r.sessions {
		s := s
		d.spawn(func() error { return d.takeTurns(r, s) })
	}
}

func (d *driver) takeTurns(r *relay, self *concurrency.Session) error {
	// Bounded, so that the end does not wait for everybody's turn.
	ctx, cancel := context.WithDeadline(context.Background(), d.end)
	defer cancel()
	m := concurrency.NewMutex(self, "bench-handoff")
	for !d.over() {
		if err := m.Lock(ctx); err != nil {
			if timedOut(ctx, err) {
				return nil
			}
			return err
		}
		if r.from != nil && r.from != self {
			d.record(r.released)
		}
		r.from, r.released = self, time.Now()
		if err := m.Unlock(context.Background()); err != nil {
			return err
		}
	}
	return nil
}

func (d *driver) closeRelay(r *relay) {
	d.spawnEach(len(r.sessions), 100, func(i int) error { return r.sessions[i].Close() })
	d.running.Wait()
}

func handoff(d *driver) {
	r := d.openRelay(d.n, d.clients)
	d.prepare()
	d.result.withDistribution = true
	d.measure(func() {
		d.writeMeanwhile()
		d.lookBeforeTheEnd()
		d.spawnRelay(r)
	})
	d.closeRelay(r)
}
