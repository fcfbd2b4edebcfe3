package main

import (
	"fmt"
	"regexp"
	"strings"
)

// originPattern is a host, of which parts may be left open with *, with the
// scheme and the port if wanted. A browser names hosts in ASCII (RFC 6454).
var originPattern = regexp.MustCompile(`(?i)^(?:([a-z][a-z0-9+.-]*)://)?([a-z0-9._*-]+|\[[0-9a-f:.]+\])(?::([0-9]+|\*))?$`)

// defaultPorts are left out of an origin.
var defaultPorts = map[string]string{"http": "80", "ws": "80", "https": "443", "wss": "443"}

// checkOrigin returns an origin as a pattern of package path.
func checkOrigin(origin string) (pattern string, err error) {
	parts := originPattern.FindStringSubmatch(origin)
	if parts == nil {
		return "", fmt.Errorf("%q is no origin, such as chat.example.com, *.example.com or https://example.com:8443", origin)
	}
	scheme, port := strings.ToLower(parts[1]), parts[3]
	switch {
	case scheme == "ws" || scheme == "wss":
		return "", fmt.Errorf("%q: the origin of a web page begins with http:// or https://", origin)
	case port != "" && port == defaultPorts[scheme]:
		return "", fmt.Errorf("%q: browsers leave out the port %s of %s, so leave it out here, too", origin, port, scheme)
	}
	return strings.NewReplacer("[", `\[`, "]", `\]`).Replace(origin), nil
}
