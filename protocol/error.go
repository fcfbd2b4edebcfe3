package protocol

import (
	"fmt"
	"slices"
	"time"
)

// Kind says what went wrong, for programs. It is stable; messages are not. A
// server may answer a kind that is not among these: then the code counts.
type Kind string

// The kinds of error. Those up to Internal are the errors of JSON-RPC 2.0
// (specification, section 5.1), the others are ours.
const (
	Parse           Kind = "parse"            // the frame is not JSON
	InvalidRequest  Kind = "invalid_request"  // JSON, but not a request
	MethodNotFound  Kind = "method_not_found" // no such method
	InvalidParams   Kind = "invalid_params"   // a param is missing, mistyped, unknown or out of bounds
	Internal        Kind = "internal"         // a bug of the server; the incident is in its log
	Unauthenticated Kind = "unauthenticated"  // not logged in, or the credentials are wrong
	Forbidden       Kind = "forbidden"        // a member who may not do this
	NotAccepting    Kind = "not_accepting"    // the other takes no messages or invitations from the caller
	NotFound        Kind = "not_found"        // does not exist, or not for the caller
	Conflict        Kind = "conflict"         // taken, or in contradiction with what is stored
	TooLarge        Kind = "too_large"        // more than a limit of server_info
	RateLimited     Kind = "rate_limited"     // too often; retry_after_ms says when again
	Unavailable     Kind = "unavailable"      // cannot serve at present
	Draining        Kind = "draining"         // about to end or restart
	UnknownOutcome  Kind = "unknown_outcome"  // may or may not be stored: retry with the same client_id
	StorageFull     Kind = "storage_full"     // surely not stored
)

type kindRow struct {
	kind      Kind
	code      int64
	retryable bool
}

// kinds holds the code of each kind and whether repeating the same request
// may succeed. Internal and UnknownOutcome are retryable by client_id.
var kinds = []kindRow{
	{Parse, -32700, false},
	{InvalidRequest, -32600, false},
	{MethodNotFound, -32601, false},
	{InvalidParams, -32602, false},
	{Internal, -32603, true},
	{Unauthenticated, 401, false},
	{Forbidden, 403, false},
	{NotAccepting, 403, false},
	{NotFound, 404, false},
	{Conflict, 409, false},
	{TooLarge, 413, false},
	{RateLimited, 429, true},
	{Unavailable, 503, true},
	{Draining, 503, true},
	{UnknownOutcome, 504, true},
	{StorageFull, 507, true},
}

// Kinds returns every kind of error, in the order of their codes.
func Kinds() []Kind {
	all := make([]Kind, len(kinds))
	for i, row := range kinds {
		all[i] = row.kind
	}
	return all
}

// place is that of the kind in kinds, or −1.
func (k Kind) place() int {
	return slices.IndexFunc(kinds, func(row kindRow) bool { return row.kind == k })
}

// row is what is known of the kind: nothing of one that is none of ours.
func (k Kind) row() kindRow {
	if i := k.place(); i >= 0 {
		return kinds[i]
	}
	return kindRow{kind: k}
}

// Code returns the code of the kind in a JSON-RPC error object.
func (k Kind) Code() int64 { return k.row().code }

// Retryable says whether the same request may succeed when it is repeated.
func (k Kind) Retryable() bool { return k.row().retryable }

// Error is a failure as both ends see it. On the wire it is the error object
// of JSON-RPC with [ErrorData] as its data.
type Error struct {
	Kind Kind
	// Message is for people; it may change at any time.
	Message string
	// RetryAfter is how long to wait before a repetition, zero when unknown.
	RetryAfter time.Duration
	// Pointer is the JSON pointer (RFC 6901) of the offending param, relative
	// to params.
	Pointer string
	// Incident names the entry in the server's log that tells more.
	Incident string
	// Later is set by a client that was sent a Kind which is not among ours.
	Later *LaterKind
}

// LaterKind is what a newer server said with a kind of error that is not known
// here: what is left to decide by.
type LaterKind struct {
	Code      int64
	Retryable bool
}

// Code returns the code of the error in a JSON-RPC error object.
func (e *Error) Code() int64 {
	if e.Later != nil {
		return e.Later.Code
	}
	return e.Kind.Code()
}

// Retryable says whether the same request may succeed when it is repeated.
func (e *Error) Retryable() bool {
	if e.Later != nil {
		return e.Later.Retryable
	}
	return e.Kind.Retryable()
}

// Basis returns the kind to decide by: that of the error or, of one that is not
// known here, the first that has its code.
func (e *Error) Basis() Kind {
	if e.Later != nil {
		return KindOf(e.Later.Code)
	}
	return e.Kind
}

// KindOf returns the first kind with a code, Internal where there is none.
func KindOf(code int64) Kind {
	for _, row := range kinds {
		if row.code == code {
			return row.kind
		}
	}
	return Internal
}

func (e *Error) Error() string { return string(e.Kind) + ": " + e.Message }

// Is makes errors.Is compare kinds: errors.Is(err, &Error{Kind: NotFound}) is true
// also of an error of which that is the Basis.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && (t.Kind == e.Kind || t.Kind == e.Basis())
}

// Data returns what goes with the error on the wire.
func (e *Error) Data() ErrorData {
	return ErrorData{
		Kind:         e.Kind,
		Retryable:    e.Retryable(),
		RetryAfterMS: e.RetryAfter.Milliseconds(),
		Pointer:      e.Pointer,
		Incident:     e.Incident,
	}
}

// ErrorData is the data member of an error object.
type ErrorData struct {
	Kind Kind `json:"kind"`
	// Whether the same request may succeed when it is repeated. Of a command,
	// internal and unknown_outcome are safe to repeat with a client_id alone.
	Retryable bool `json:"retryable"`
	// How long to wait before a repetition, in milliseconds.
	//
	//openrpc:schema {"minimum":1}
	RetryAfterMS int64 `json:"retry_after_ms,omitzero"`
	// The JSON pointer (RFC 6901) of the offending param, relative to params as
	// the caller wrote them: /client_id by name, /2 by position.
	Pointer string `json:"pointer,omitzero"`
	// Names the entry in the server's log that tells more.
	Incident string `json:"incident,omitzero"`
}

// Errorf makes an error of a kind.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// InvalidParam makes an error of kind invalid_params about one param, which
// may be a path into it ("members/3").
func InvalidParam(param, format string, args ...any) *Error {
	e := Errorf(InvalidParams, format, args...)
	e.Pointer = "/" + param
	return e
}

// tooLong makes an error about one param that has a bound of its own.
func tooLong(param string, bound int, unit string) *Error {
	return InvalidParam(param, "param %q has more than %d %s", param, bound, unit)
}

// tooLarge makes an error about one param that passes one of the [Limits].
func tooLarge(param string, limit int, unit string) *Error {
	e := Errorf(TooLarge, "param %q has more than %d %s", param, limit, unit)
	e.Pointer = "/" + param
	return e
}
