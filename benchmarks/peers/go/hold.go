// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"go.etcd.io/etcd/clientv3/concurrency"
)

func hold(d *driver) {
	d.prepare()
	locks := make([]*concurrency.Mutex, d.n)
	d.measure(func() {
		d.spawnEach(d.n, 100, func(i int) error {
			begin := time.Now()
			locks[i] = concurrency.NewMutex(d.session, fmt.Sprintf("bench-hold-%d", i))
			if err := locks[i].Lock(context.Background()); err != nil {
				return err
			}
			d.record(begin)
			return nil
		})
	})
	d.stayIdle(d.givenTime())
	d.spawnEach(d.n, 100, func(i int) error { return locks[i].Unlock(context.Background()) })
	d.running.Wait()
}
