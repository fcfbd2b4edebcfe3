// Command bench measures the server against what the machine can do, in one
// run of less than five minutes:
//
//	go run ./server/bench
//
// Each figure stands beside a limit that was measured in the same minutes on
// the same machine and disk: durable sending beside a prototype that does the
// least it takes, a broadcast, a ping and an idle connection beside bare
// programs on the same websocket library that do nothing else, history beside
// the store. Machines and minutes differ, so compare the ratios, never the
// figures, and call nothing below 1.2 a difference. Some ratios have a target,
// and so have some figures that have no limit of their kind.
//
// # How it measures
//
// What is measured runs in a child process (package programs), which is this
// program again, and tells its own use of CPU and memory when it is asked to;
// idle connections, storms and starting are measured with the server's own
// command, as it is shipped. The load runs in this process (package
// clients/load, with drive.go). The rounds of a scenario alternate with those of
// its limit, so that both see the same machine.
// A cell is the median of its rounds, a ratio too: it is that of one round, and
// steadier than the two figures beside it. A run fails when something does not work: an error, a message lost,
// delivered twice or too late for a reader. It never fails for being slow.
//
// # Laws
//
// With -curves it measures how costs grow with one number, each law at several
// sizes in three passes up and down, and writes the figures and a picture of
// each law into a folder (curve.go, curvefiles.go, and one file for each law). The
// ratio of the ends is that of one pass.
//
// # Files
//
// One file for each scenario (send.go, sendindex.go, fanout.go, ping.go, layer.go,
// history.go, search.go, home.go, idle.go, flap.go, storm.go, start.go). To add a scenario, write its file
// and name it in main.go.
//
// The long conversation of history.go, search.go and start.go is made once (archive.go)
// and kept beside the folders of a run, as chatd-bench-1000000-…; it may be
// deleted at any time. -messages chooses another length.
//
// # Goroutines
//
// Those of package load. Bare handshakes have one each, until hands are shaken.
//
// The package may import the load, the server, the store and its drivers.
package main
