// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/etcd/clientv3"
	"go.etcd.io/etcd/clientv3/concurrency"
)

// loop repeats an operation until the time is over; each is recorded.
func (d *driver) loop(operation func() error) {
	d.spawn(func() error {
		for !d.over() {
			begin := time.Now()
			if err := operation(); err != nil {
				return err
			}
			d.record(begin)
		}
		return nil
	})
}

func (d *driver) openAndCloseSession(name string) error {
	s, err := concurrency.NewSession(d.client, concurrency.WithTTL(d.ttl))
	if err != nil {
		return err
	}
	if err := concurrency.NewMutex(s, name).Lock(context.Background()); err != nil {
		return err
	}
	return s.Close() // which ends the ownership too
}

func (d *driver) createAndDropWatch(key string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	events := d.client.Watch(ctx, key, clientv3.WithCreatedNotify())
	if first := <-events; !first.Created {
		return errors.New("a watch could not be created")
	}
	if _, err := d.client.Put(ctx, key, "x"); err != nil {
		return err
	}
	answer := <-events
	return answer.Err()
}

// What is opened and closed again must not stay in memory.
func (d *driver) lookAtGrowth() error {
	d.partOfTime(0.25)
	giveBackFreeMemory()
	before := residentBytes()
	d.partOfTime(0.95)
	giveBackFreeMemory()
	d.lookAtProcess()
	d.result.extra["rss_growth_bytes"] = residentBytes() - before
	return nil
}

func churn(d *driver) {
	part := d.n / 6
	if part == 0 {
		part = 1
	}
	held := concurrency.NewMutex(d.session, "bench-churn-held")
	must(held.Lock(context.Background()))
	inVain := newWaiters(d.openSession(d.makeClient()), "bench-churn-held")
	relayed := d.openRelay(part, 4)
	d.prepare()
	d.measure(func() {
		d.writeMeanwhile()
		d.spawn(d.lookAtGrowth)
		d.spawnUncontended(part)
		d.spawnLocal(part)
		d.spawnRelay(relayed)
		d.closeRelayAtTheEnd(relayed)
		for i := 0; i < part; i++ {
			name, key := fmt.Sprintf("bench-churn-%d", i), fmt.Sprintf("bench-churn-key-%d", i)
			d.loop(func() error { return d.openAndCloseSession(name) })
			d.loop(func() error { return d.createAndDropWatch(key) })
			d.loop(func() error { return inVain.attempt(d.timeout) })
		}
	})
	must(held.Unlock(context.Background()))
}
