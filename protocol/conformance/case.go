package conformance

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

//go:embed cases
var files embed.FS

// A Case is one promise of the protocol and the conversation that shows it.
type Case struct {
	// Name is unique: the folder, the file and the title, as "jsonrpc/id/echoed",
	// with ".3" after it for the third row of a case with rows.
	Name string
	// Sentence is what the case holds, in words.
	Sentence string
	// Clauses are the places in the specification, such as "5.1", that the case
	// shows.
	Clauses []string
	// File is where the case stands, relative to the folder of the cases.
	File string
	// Steps are played in their order.
	Steps []Step
}

// Op is what a step does.
type Op string

// The steps of a case. Except for Login and Restart, each is about one
// connection, which is opened at its first use, and anew after it was closed.
const (
	Send        Op = ">"        // send Text as one text frame
	Expect      Op = "<"        // the next message matches Text
	ExpectAny   Op = "<*"       // the next messages match Texts, in any order
	ExpectClose Op = "< close"  // nothing comes but a close with one of Codes, and then the end
	Silent      Op = "= silent" // no frame is waiting
	Close       Op = "! close"  // close the connection as RFC 6455 wants it
	Drop        Op = "! drop"   // cut the connection

	SendFrame  Op = "! frame" // send Text as Form says
	SendRaw    Op = "! raw"   // write Text as it stands
	ExpectPong Op = "< pong"  // the next pong has Text

	With         Op = "! with"    // open the connection with the header Text
	Without      Op = "! without" // open it without the header Text
	Request      Op = "! request" // open it with Text as the first line
	ExpectHTTP   Op = "< http"    // opening it is answered with one of the statuses Codes
	ExpectHeader Op = "< header"  // with the header Text

	Login   Op = "login"   // register, at the first time, and log in
	Restart Op = "restart" // restart the server; all connections are gone but those of Texts
)

// A Step is one line of a case; of lines with [ExpectAny], a group.
type Step struct {
	Line  int
	Op    Op
	Conn  string   // "ana", or "ana/phone" for another connection of the same user
	Text  string   // a frame or a pattern, its variables not yet replaced
	Texts []string // the patterns of ExpectAny, the connections that Restart keeps
	Codes []int    // of ExpectClose and ExpectHTTP
	Form  Form     // of SendFrame and SendRaw; of Expect, how many Times
	Count int      // of SendMany
	// Capture is the name under which ExpectMany keeps how many messages it read,
	// empty for none.
	Capture string
	// Within is how long ExpectClose and ExpectPing may wait, and Pause waits:
	// milliseconds, a sum of numbers and captures. Empty for the usual time.
	Within string
}

// NeedsRestart says whether the case restarts the server, so that it can only
// be played by who may do that.
func (c Case) NeedsRestart() bool {
	for _, s := range c.Steps {
		if s.Op == Restart {
			return true
		}
	}
	return false
}

// Cases returns the cases of the kit, sorted by file and in the order of the
// file. It panics when one is malformed, which the tests of the kit rule out.
func Cases() []Case { return slices.Clone(embedded()) }

var embedded = sync.OnceValue(func() []Case {
	root, err := fs.Sub(files, "cases")
	if err != nil {
		panic(err)
	}
	cases, err := Load(root)
	if err != nil {
		panic(err)
	}
	return cases
})

// Load reads the cases of a folder and the folders in it: all files that end
// in ".txt". An error names the file and the line.
func Load(root fs.FS) ([]Case, error) {
	var cases []Case
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".txt") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		found, err := Parse(path, string(text))
		cases = append(cases, found...)
		return err
	})
	return cases, err
}
