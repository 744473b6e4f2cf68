// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/etcd/clientv3/concurrency"
)

func lockAndUnlock(m *concurrency.Mutex) error {
	if err := m.Lock(context.Background()); err != nil {
		return err
	}
	return m.Unlock(context.Background())
}

func (d *driver) spawnUncontended(n int) {
	for i := 0; i < n; i++ {
		m := concurrency.NewMutex(d.session, fmt.Sprintf("bench-own-%d", i))
		d.spawn(func() error {
			for !d.over() {
				begin := time.Now()
				if err := lockAndUnlock(m); err != nil {
					return err
				}
				d.record(begin)
			}
			return nil
		})
	}
}

// A session has one key in a queue, and Go's mutex takes it for ownership when it finds it there. So the
// goroutines of one session need a mutex of their own around the one in etcd.
func (d *driver) spawnLocal(n int) {
	var guard sync.Mutex
	m := concurrency.NewMutex(d.session, "bench-local")
	guarded := func() error {
		guard.Lock()
		defer guard.Unlock()
		return lockAndUnlock(m)
	}
	for i := 0; i < n; i++ {
		d.spawn(func() error {
			for !d.over() {
				begin := time.Now()
				if err := guarded(); err != nil {
					return err
				}
				d.record(begin)
			}
			return nil
		})
	}
}

func (d *driver) runLoops(spawn func(int)) {
	d.prepare()
	d.measure(func() {
		d.writeMeanwhile()
		d.lookBeforeTheEnd()
		spawn(d.n)
	})
}

func uncontended(d *driver) { d.runLoops(d.spawnUncontended) }
func local(d *driver)       { d.runLoops(d.spawnLocal) }
