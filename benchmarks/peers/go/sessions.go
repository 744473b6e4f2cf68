// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	"go.etcd.io/etcd/clientv3/concurrency"
)

func alive(s *concurrency.Session) bool {
	select {
	case <-s.Done():
		return false
	default:
		return true
	}
}

func sessions(d *driver) {
	d.prepare()
	all := make([]*concurrency.Session, d.n)
	d.measure(func() {
		d.spawnEach(d.n, 100, func(i int) error {
			begin := time.Now()
			s, err := concurrency.NewSession(d.client, concurrency.WithTTL(d.ttl))
			if err != nil {
				return err
			}
			all[i] = s
			d.record(begin)
			return nil
		})
	})
	d.stayIdle(3 * time.Duration(d.ttl) * time.Second)
	lost := 0
	for _, s := range all {
		if s == nil || !alive(s) {
			lost++
		}
	}
	d.result.extra["lost"] = lost
	d.spawnEach(d.n, 100, func(i int) error {
		if all[i] == nil {
			return nil
		}
		return all[i].Close()
	})
	d.running.Wait()
}
