//go:build !unix

package main

import (
	"context"
	"io/fs"
)

// lockFile does nothing: commands of one user that run at the same time on
// such a system may end their session, and have to log in again.
func lockFile(context.Context, string) (unlock func(), err error) { return func() {}, nil }

// exposed says nothing: the folder for configuration is the user's own.
func exposed(fs.FileInfo) bool { return false }
