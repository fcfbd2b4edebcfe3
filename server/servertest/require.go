package servertest

import (
	"os"
	"os/exec"
	"testing"
)

// Need is something that a test uses and that may be missing: a command that
// succeeds when it is there, and how it is installed.
type Need struct {
	Command []string
	Install string
}

// Require skips the test when something is missing, or fails it where nothing
// may be: with FOREIGN_CLIENTS=required in the environment.
func Require(t testing.TB, needs ...Need) {
	t.Helper()
	for _, n := range needs {
		out, err := exec.Command(n.Command[0], n.Command[1:]...).CombinedOutput()
		switch {
		case err == nil:
		case os.Getenv("FOREIGN_CLIENTS") == "required":
			t.Fatalf("%q: %v %s; to install it: %s", n.Command, err, out, n.Install)
		default:
			t.Skipf("%q: %v; to install it: %s", n.Command, err, n.Install)
		}
	}
}

// What tests need most often.
var (
	Bash     = Need{[]string{"bash", "--version"}, "apt-get install bash"}
	JQ       = Need{[]string{"jq", "--version"}, "apt-get install jq"}
	Wscat    = Need{[]string{"wscat", "--version"}, "npm install -g wscat@6.1.0"}
	Websocat = Need{[]string{"websocat", "--version"}, "cargo install websocat@1.14.0"}
	Chromium = Need{[]string{"chromium", "--version"}, "apt-get install chromium"}
)

// NPM is a package that Node finds below NODE_PATH.
func NPM(name, version string) Need {
	return Need{
		[]string{"node", "-e", "require('fs').accessSync(process.env.NODE_PATH + '/" + name + "')"},
		"npm install --prefix DIR " + name + "@" + version + ", and NODE_PATH=DIR/node_modules in the environment",
	}
}

// Pip is a package of the python3 that is found first.
func Pip(name, version string) Need {
	return Need{[]string{"python3", "-c", "import " + name}, "pip install " + name + "==" + version}
}
