package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-json-experiment/json"

	"asappchat/protocol"
)

// identity is where the token of a user at a server is kept: a file that only
// its owner may read, under $CHAT_HOME or the folder for configuration. Every
// login exchanges the token for another one, and using an old one ends the
// session; so who logs in holds the lock of the identity from reading the file
// until the new token is in it. When a process dies before that, the token in
// the file is still good, since the new one was never used.
type identity struct {
	url, name string
	folder    string // of the server
}

// stored is what the file holds.
type stored struct {
	Token string `json:"token"`
}

// identity returns the one that the user named, or who logged in last.
func (a *app) identity(name string) (*identity, error) {
	home := os.Getenv("CHAT_HOME")
	if home == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return nil, fmt.Errorf("no place for tokens: %w", err)
		}
		home = filepath.Join(config, "asappchat")
	}
	server := strings.ToLower(strings.TrimRight(a.URL, "/"))
	id := &identity{url: a.URL, folder: filepath.Join(home, url.QueryEscape(server))}
	if name == "" {
		last, err := os.ReadFile(id.last())
		if err != nil {
			return nil, id.nobody()
		}
		name = strings.TrimSpace(string(last))
	}
	folded, ok := protocol.FoldUsername(name)
	if !ok {
		return nil, failure{fmt.Errorf("%q is not a username", name), exitUsage, "2 to 32 of a-z 0-9 . _ -"}
	}
	id.name = folded
	return id, nil
}

// nobody is the error of a command that does not know as whom to act.
func (id *identity) nobody() error {
	others := id.loggedIn()
	if len(others) == 0 {
		return failure{errors.New("not logged in at " + id.url), exitCredentials, "log in with chat login NAME"}
	}
	return failure{fmt.Errorf("who logged in last at %s has logged out", id.url), exitCredentials,
		"act as somebody else with --as " + strings.Join(others, " or --as ") + ", or log in with chat login NAME"}
}

// tokenPrefix begins the names of files with tokens.
const tokenPrefix = "token-"

// loggedIn lists all users with a token for the server.
func (id *identity) loggedIn() (names []string) {
	files, _ := os.ReadDir(id.folder) // which may not be there
	for _, f := range files {
		if name, ok := strings.CutPrefix(f.Name(), tokenPrefix); ok {
			names = append(names, name)
		}
	}
	return names
}

// last is the file with the name of who logged in last.
func (id *identity) last() string { return filepath.Join(id.folder, "last") }

// path is the file with the token. Its name does not begin with that of the
// user, which may be "..".
func (id *identity) path() string { return filepath.Join(id.folder, tokenPrefix+id.name) }

func (id *identity) lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(id.folder, 0o700); err != nil {
		return nil, err
	}
	return lockFile(ctx, filepath.Join(id.folder, "lock-"+id.name))
}

// exchange logs in with the stored token, and stores the next one.
func (id *identity) exchange(ctx context.Context, login func(string) (string, error)) error {
	unlock, err := id.lock(ctx)
	if err != nil {
		return failure{err, exitOther, ""}
	}
	defer unlock()
	token, err := id.token()
	if err != nil {
		return err
	}
	next, err := login(token)
	if err == nil {
		return id.save(next)
	}
	if errors.Is(err, &protocol.Error{Kind: protocol.Unauthenticated}) {
		return failure{err, exitCredentials, fmt.Sprintf("the login of %s has expired or was ended: chat login %s", id.name, id.name)}
	}
	return err
}

// token reads the stored token.
func (id *identity) token() (string, error) {
	info, err := os.Stat(id.path())
	if errors.Is(err, fs.ErrNotExist) {
		return "", failure{fmt.Errorf("%s is not logged in at %s", id.name, id.url), exitCredentials, "log in with chat login " + id.name}
	}
	if err != nil {
		return "", failure{err, exitOther, ""}
	}
	if exposed(info) {
		return "", failure{fmt.Errorf("others may read %s", id.path()), exitOther, "chmod 600 it, and log in again if they did"}
	}
	data, err := os.ReadFile(id.path())
	var s stored
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		return "", failure{fmt.Errorf("%s: %w", id.path(), err), exitOther, "remove it and log in again"}
	}
	return s.Token, nil
}

// save replaces the stored token, in one step.
func (id *identity) save(token string) error {
	data, err := json.Marshal(stored{token})
	if err == nil {
		err = replaceFile(id.path(), data)
	}
	if err != nil {
		return failure{fmt.Errorf("cannot store the token: %w", err), exitOther, ""}
	}
	return nil
}

// remember makes the identity the one of commands without --as.
func (id *identity) remember() error { return replaceFile(id.last(), []byte(id.name+"\n")) }

// forget removes the token.
func (id *identity) forget() error {
	if last, _ := os.ReadFile(id.last()); strings.TrimSpace(string(last)) == id.name {
		os.Remove(id.last())
	}
	return os.Remove(id.path())
}

// replaceFile puts data into a file that only its owner may read. The file has
// its old content or the new one, even after a power cut.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
