// Package release tells what a program of this module is: --version prints it.
// It imports nothing of ours.
package release

import (
	"fmt"
	"runtime/debug"
)

// Version is that of the module, which the server also tells its clients.
const Version = "0.1.0"

// Line names a program, its version, the version control's name of what it was
// built from, and the Go that built it: "chatd 0.1.0, build
// v0.0.0-20261124002350-964d42d5e2f1, go1.26.4". A build ends in "+dirty" when
// files were changed, and is "(devel)" when go was not told, or did not look,
// as with go run.
func Line(program string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok { // built without modules
		info = &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, GoVersion: "an unknown Go"}
	}
	return line(program, info)
}

func line(program string, info *debug.BuildInfo) string {
	return fmt.Sprintf("%s %s, build %s, %s", program, Version, info.Main.Version, info.GoVersion)
}
