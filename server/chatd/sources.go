package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// sources is where settings come from that are not flags: the environment, and
// below it the configuration file. It resolves flags for the parser, whose own
// order would let a file beat the environment.
type sources struct {
	env  func(string) (string, bool)
	file map[string]string
}

func (s *sources) Validate(*kong.Application) error { return nil }

// Resolve returns the value of a flag that was not given, nil when it is not
// set here either. An empty variable is not set.
func (s *sources) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if value, _ := s.env(variable(flag.Name)); value != "" {
		return value, nil
	}
	if value, ok := s.file[flag.Name]; ok {
		return value, nil
	}
	return nil, nil
}

// variable is the name that a flag has in the environment.
func variable(flag string) string {
	return "CHATD_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// readFile reads the configuration file that the arguments or the environment
// name, if they do. It must be known before the other settings are.
func (s *sources) readFile(args []string, flags []*kong.Flag) error {
	name, _ := s.env(variable("config"))
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--config="); ok {
			name = value
		} else if arg == "--config" && i+1 < len(args) {
			name = args[i+1]
		}
	}
	if name == "" {
		return nil
	}
	known := make(map[string]bool)
	for _, flag := range flags {
		known[flag.Name] = !flag.IsBool() && flag.Name != "config"
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	defer f.Close()
	s.file = make(map[string]string)
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if err := s.line(strings.TrimSpace(lines.Text()), known); err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	return lines.Err()
}

// line reads "name = value". An empty line, or one that begins with #, is
// nothing.
func (s *sources) line(line string, known map[string]bool) error {
	if line == "" || line[0] == '#' {
		return nil
	}
	name, value, ok := strings.Cut(line, "=")
	name = strings.TrimSpace(name)
	if !ok {
		return fmt.Errorf("want \"name = value\", not %q", line)
	}
	if !known[name] {
		return fmt.Errorf("no setting %q", name)
	}
	if _, again := s.file[name]; again {
		return fmt.Errorf("%s is set a second time; what takes several values has them in one line, with commas between them", name)
	}
	value = strings.TrimSpace(value)
	if strings.ContainsAny(value, "\"'") || strings.Contains(value, " #") {
		return fmt.Errorf("a value goes without quotes, and a comment on a line of its own: %q", line)
	}
	s.file[name] = value
	return nil
}
