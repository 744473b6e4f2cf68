// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io/ioutil"
	"os"
	"runtime/debug"
	"syscall"
)

func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)*1e-6 }
	return seconds(u.Utime) + seconds(u.Stime)
}

// giveBackFreeMemory collects garbage and returns what is free. Takes time: not for the measured part.
func giveBackFreeMemory() { debug.FreeOSMemory() }

func residentBytes() float64 {
	text, err := ioutil.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, resident float64
	fmt.Sscan(string(text), &size, &resident)
	return resident * float64(os.Getpagesize())
}

func threadCount() int {
	tasks, err := ioutil.ReadDir("/proc/self/task")
	if err != nil {
		return 0
	}
	return len(tasks)
}
