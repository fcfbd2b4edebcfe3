package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// outputWait is how long output is still read when the command has ended: a
// server that it leaves in the background may keep it open.
const outputWait = time.Second

// shell returns a function that runs a command of the shell. What it prints
// goes to w.
func shell(command string, w io.Writer) func(context.Context) error {
	return func(ctx context.Context) error {
		c := exec.CommandContext(ctx, "sh", "-c", command)
		c.Stdout, c.Stderr, c.WaitDelay = w, w, outputWait
		if err := c.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
			return fmt.Errorf("%s: %w", command, err)
		}
		return nil
	}
}
