package main

import (
	"fmt"
	"os"
	"syscall"
)

// starts are what an operator sees of the command first: how soon it is ready,
// and how large its file is. Starting is measured with the data in the
// system's cache.
var starts = []scenario{{"start", start}}

func start(l *lab) ([]*row, error) {
	dir, err := l.archive()
	if err != nil {
		return nil, err
	}
	ready := &row{
		name: fmt.Sprintf("start with %d messages: ready", l.messages), unit: millis, meaning: "a new folder", target: itselfAtMost(1000),
	}
	for range l.rounds {
		full, err := l.startOnce(dir)
		if err != nil {
			return nil, err
		}
		empty, err := os.MkdirTemp(l.dir, "empty")
		if err != nil {
			return nil, err
		}
		fresh, err := l.startOnce(empty)
		if err != nil {
			return nil, err
		}
		ready.add(full, fresh)
	}
	file, err := os.Stat(l.chatd)
	if err != nil {
		return nil, err
	}
	size := &row{name: "the command, stripped: size", unit: mebibytes, target: itselfAtMost(30 << 20)}
	size.add(float64(file.Size()), 0)
	return []*row{ready, size}, nil
}

// startOnce returns how long it takes to be ready, in milliseconds.
func (l *lab) startOnce(dir string) (float64, error) {
	d, err := l.daemon(dir)
	if err != nil {
		return 0, err
	}
	return inMicros(d.ready) / 1000, d.end(syscall.SIGTERM)
}
