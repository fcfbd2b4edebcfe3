package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"asappchat/protocol"
)

// given checks that no setting was given without a value, as a variable of a
// shell that is not set leaves it.
func given(context *kong.Context) error {
	for _, p := range context.Path {
		if p.Flag == nil {
			continue
		}
		switch value := p.Flag.Target; value.Kind() {
		case reflect.String, reflect.Slice, reflect.Map:
			if value.Len() == 0 {
				return fmt.Errorf("--%s: it is empty; leave it out for its default", p.Flag.Name)
			}
		}
	}
	return nil
}

// complete checks what the parser cannot, and makes of it what the server takes.
func (s *settings) complete() (err error) {
	if s.limits, err = checkLimits(s.Limit); err != nil {
		return fmt.Errorf("--limit: %w", err)
	}
	if err = checkListen(s.Listen); err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	if s.sessionTTL, err = checkTTL(s.SessionTTL); err != nil {
		return fmt.Errorf("--session-ttl: %w", err)
	}
	for _, text := range s.Origins {
		pattern, err := checkOrigin(text)
		if err != nil {
			return fmt.Errorf("--origins: %w", err)
		}
		s.origins = append(s.origins, pattern)
	}
	for _, text := range s.Proxies {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return fmt.Errorf("--proxies: %q is no network, such as 10.0.0.0/8, or 192.0.2.7/32 for one address", text)
		}
		s.proxies = append(s.proxies, network)
	}
	return s.checkInvitation()
}

// checkListen checks an address, but for the name of its host, which the system
// resolves.
func checkListen(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.LookupPort("tcp", port) // of a service, too
	}
	if err != nil || port == "" {
		return fmt.Errorf("%q is no address with a port, such as 127.0.0.1:8080 or :8080", address)
	}
	return nil
}

// leastTTL is the shortest time that sessions may last: when they were seen is
// stored eight times as often.
const leastTTL = time.Minute

func checkTTL(text string) (time.Duration, error) {
	ttl, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is no duration, such as 2160h (90 days) or 30m", text)
	}
	if ttl < leastTTL {
		return 0, fmt.Errorf("%s is too short; it takes 1m at least", text)
	}
	return ttl, nil
}

// checkInvitation reads the invitation code, if one is needed. A code that
// nobody has to give is a mistake where everybody may register.
func (s *settings) checkInvitation() (err error) {
	switch protocol.Registration(s.Registration) {
	case protocol.RegistrationOpen:
		if s.InvitationFile != "" {
			return errors.New("--invitation-file: registration is open, so nobody needs the code; --registration=invitation asks for it")
		}
	case protocol.RegistrationInvitation:
		if s.InvitationFile == "" {
			return errors.New("--registration=invitation needs --invitation-file, a file with the code")
		}
		if s.invitation, err = readSecret(s.InvitationFile); err != nil {
			return fmt.Errorf("--invitation-file: %w", err)
		}
		params := protocol.RegisterParams{Username: "somebody", Invitation: s.invitation}
		if err := params.Check(&s.limits); err != nil {
			return fmt.Errorf("--invitation-file: nobody could give this code: %s", err.Message)
		}
	}
	return nil
}

// readSecret reads a file that nobody but its owner may read.
func readSecret(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return "", fmt.Errorf("%s may be read by others: chmod 600 it", name)
	}
	text, err := os.ReadFile(name)
	secret := strings.TrimSpace(string(text))
	if err == nil && secret == "" {
		err = fmt.Errorf("%s is empty", name)
	}
	return secret, err
}
