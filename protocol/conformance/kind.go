package conformance

import "slices"

// ErrorKind is a kind of error, and what it fixes: the code, and whether the same
// request may succeed later (13.2).
type ErrorKind struct {
	Name      string
	Code      int64
	Retryable bool
}

var errorKinds = []ErrorKind{
	{"parse", -32700, false},
	{"invalid_request", -32600, false},
	{"method_not_found", -32601, false},
	{"invalid_params", -32602, false},
	{"internal", -32603, true},
	{"unauthenticated", 401, false},
	{"forbidden", 403, false},
	{"not_accepting", 403, false},
	{"not_found", 404, false},
	{"conflict", 409, false},
	{"too_large", 413, false},
	{"rate_limited", 429, true},
	{"unavailable", 503, true},
	{"draining", 503, true},
	{"unknown_outcome", 504, true},
	{"storage_full", 507, true},
}

// ErrorKinds returns the kinds of error of the specification, in its order.
func ErrorKinds() []ErrorKind { return slices.Clone(errorKinds) }

// ErrorKindOf returns the kind with a name; it is not ok for one that the kit does not know.
func ErrorKindOf(name string) (kind ErrorKind, ok bool) {
	i := slices.IndexFunc(errorKinds, func(k ErrorKind) bool { return k.Name == name })
	if i < 0 {
		return ErrorKind{}, false
	}
	return errorKinds[i], true
}
