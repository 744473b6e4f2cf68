// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/etcd/clientv3"
)

type watchedKey struct {
	key     string
	events  clientv3.WatchChan
	written time.Time
}

func (d *driver) create(ctx context.Context, k *watchedKey) error {
	k.events = d.client.Watch(ctx, k.key, clientv3.WithCreatedNotify())
	if first := <-k.events; !first.Created {
		return errors.New("a watch could not be created")
	}
	return nil
}

func (d *driver) waitForEvent(k *watchedKey) error {
	answer := <-k.events
	if err := answer.Err(); err != nil {
		return err
	}
	for _, e := range answer.Events {
		if string(e.Kv.Key) != k.key {
			return errors.New("an event of another key")
		}
		d.record(k.written)
	}
	return nil
}

func watch(d *driver) {
	d.prepare()
	keys := make([]watchedKey, d.n)
	for i := range keys {
		keys[i].key = fmt.Sprintf("bench-watch-%d", i)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	begin := time.Now()
	d.spawnEach(d.n, d.n, func(i int) error { return d.create(ctx, &keys[i]) })
	d.running.Wait()
	d.result.extra["create_us"] = time.Since(begin).Seconds() * 1e6 / float64(d.n)

	var waiting sync.WaitGroup
	waiting.Add(d.n)
	for i := range keys {
		k := &keys[i]
		d.spawn(func() error {
			waiting.Done()
			return d.waitForEvent(k)
		})
	}
	waiting.Wait()
	giveBackFreeMemory()
	d.lookAtProcess()
	d.measure(func() {
		d.spawnEach(d.n, 100, func(i int) error {
			keys[i].written = time.Now()
			_, err := d.client.Put(context.Background(), keys[i].key, "x")
			return err
		})
	})
}
