// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/clientv3"
	"go.etcd.io/etcd/clientv3/concurrency"
)

const lockName = "bench-handoff"

// relay is what the sessions of one hand-off share.
type relay struct {
	sessions []*concurrency.Session
	ctx      context.Context
	giveUp   context.CancelFunc
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
	r.ctx, r.giveUp = context.WithCancel(context.Background())
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
	m := concurrency.NewMutex(self, lockName)
	for !d.over() {
		if err := m.Lock(r.ctx); err != nil {
			if r.ctx.Err() != nil {
				return nil
			}
			return err
		}
		if d.over() {
			break
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

// queueOf waits until the queue of the lock is as long as that, or somebody has failed to join it.
func (d *driver) queueOf(length int) {
	for waiting := 0; waiting < length && atomic.LoadUint64(&d.result.errors) == 0; time.Sleep(20 * time.Millisecond) {
		answer, err := d.client.Get(context.Background(), lockName+"/", clientv3.WithPrefix(), clientv3.WithCountOnly())
		must(err)
		waiting = int(answer.Count)
	}
}

// closeRelayAtTheEnd makes everybody stop waiting when the time is over, and closes the sessions.
func (d *driver) closeRelayAtTheEnd(r *relay) {
	d.spawn(func() error {
		d.partOfTime(1)
		d.stopMeasuring()
		r.giveUp()
		d.spawnEach(len(r.sessions), 100, func(i int) error { return r.sessions[i].Close() })
		return nil
	})
}

func handoff(d *driver) {
	r := d.openRelay(d.n, d.clients)
	gate := concurrency.NewMutex(d.session, lockName)
	must(gate.Lock(context.Background()))
	d.prepare()

	// Everybody is in the queue when the time begins.
	d.spawnRelay(r)
	d.queueOf(1 + d.n)

	d.result.withDistribution = true
	d.measure(func() {
		d.writeMeanwhile()
		d.lookBeforeTheEnd()
		d.closeRelayAtTheEnd(r)
		d.spawn(func() error { return gate.Unlock(context.Background()) })
	})
}
