//go:build !unix

package main

import "os/exec"

func alone(*exec.Cmd) {}

func interruptAll(cmd *exec.Cmd) { cmd.Process.Kill() }
