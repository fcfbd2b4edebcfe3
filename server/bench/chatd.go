package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"asappchat/server/bench/programs"
)

// daemon is the server's own command, as it is shipped. It is for one
// goroutine.
type daemon struct {
	address string
	ready   time.Duration // from its start
	cmd     *exec.Cmd
	errors  bytes.Buffer // its standard error; read it after the end
}

// command builds the server's command, once, and returns its file.
func (l *lab) command() (string, error) {
	if l.chatd != "" {
		return l.chatd, nil
	}
	file := filepath.Join(l.dir, "chatd")
	cmd := exec.CommandContext(l.ctx, "go", "build", "-buildvcs=false", "-ldflags", "-s -w", "-o", file, "asappchat/server/chatd")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s (the bench runs within the module)", err, bytes.TrimSpace(out))
	}
	l.chatd = file
	return file, nil
}

// daemon runs the command on a data folder until it is ready, with flags beside
// those that everybody needs.
func (l *lab) daemon(dir string, flags ...string) (*daemon, error) {
	file, err := l.command()
	if err != nil {
		return nil, err
	}
	flags = append([]string{"--listen", "127.0.0.1:0", "--data", dir, "--log-level", "warn"}, flags...)
	d := &daemon{cmd: exec.CommandContext(l.ctx, file, flags...)}
	d.cmd.Stderr = &d.errors
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for d.address == "" && lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "listening on"); ok {
			d.address = strings.TrimPrefix(strings.TrimSpace(url), "ws://")
		}
	}
	if err := d.awaitReady(); err != nil {
		return nil, errors.Join(err, d.end(syscall.SIGKILL), errors.New(d.errors.String()))
	}
	d.ready = time.Since(begun)
	return d, nil
}

func (d *daemon) awaitReady() error {
	response, err := http.Get("http://" + d.address + "/readyz")
	if err != nil {
		return err
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not ready: %s", response.Status)
	}
	return nil
}

// end sends a signal and waits for the end. How it ended is the caller's to
// know: a signal that kills is no error.
func (d *daemon) end(signal syscall.Signal) error {
	if err := d.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	late := time.AfterFunc(30*time.Second, func() { d.cmd.Process.Kill() })
	defer late.Stop()
	err := d.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && signal != syscall.SIGTERM {
		return nil
	}
	return err
}

// goroutineLine begins the account of a goroutine. Number 0 is that of a thread.
var goroutineLine = regexp.MustCompile(`^goroutine [1-9].*\]:`)

// endCounting ends the daemon and returns how many goroutines it had: SIGQUIT
// makes every Go program tell what each was doing.
func (d *daemon) endCounting() (goroutines int, err error) {
	if err := d.end(syscall.SIGQUIT); err != nil {
		return 0, err
	}
	for line := range bytes.Lines(d.errors.Bytes()) {
		if goroutineLine.Match(line) {
			goroutines++
		}
	}
	return goroutines, nil
}

// memory returns what the daemon has resident, in bytes.
func (d *daemon) memory() (int64, error) { return programs.ResidentBytes(d.cmd.Process.Pid) }

// files returns how many files and connections the daemon has open.
func (d *daemon) files() (int, error) {
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", d.cmd.Process.Pid))
	return len(open), err
}

// awaitFiles waits until the daemon has no more than so many open: until the
// connections above them have gone.
func (d *daemon) awaitFiles(l *lab, most int) error {
	ctx, cancel := context.WithTimeout(l.ctx, 10*time.Second)
	defer cancel()
	for {
		switch n, err := d.files(); {
		case err != nil:
			return err
		case n <= most:
			return nil
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// cpu returns what the daemon has used.
func (d *daemon) cpu() (time.Duration, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", d.cmd.Process.Pid))
	var sum time.Duration
	for _, file := range files {
		var used time.Duration
		text, err := os.ReadFile(file)
		if err == nil {
			_, err = fmt.Sscan(string(text), &used) // nanoseconds on a core come first
		}
		if err != nil {
			return 0, err
		}
		sum += used
	}
	return sum, err
}
