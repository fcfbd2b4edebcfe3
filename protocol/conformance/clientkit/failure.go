package clientkit

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// failure is an error, on the wire and as an application gets it.
type failure struct {
	Code    int64  `json:"code"`
	Message string `json:"message"`
	Data    struct {
		Kind      string `json:"kind"`
		Retryable bool   `json:"retryable"`
		Pointer   string `json:"pointer,omitzero"`
		Incident  string `json:"incident,omitzero"`
	} `json:"data"`
}

// kinds are those that a client passes on, by their codes: the others it deals
// with itself. Where two have a code, the first.
var kinds = []struct {
	code int64
	kind string
}{
	{-32600, "invalid_request"}, {-32601, "method_not_found"}, {-32602, "invalid_params"}, {-32603, "internal"},
	{401, "unauthenticated"}, {403, "forbidden"}, {403, "not_accepting"}, {404, "not_found"}, {409, "conflict"},
	{413, "too_large"}, {507, "storage_full"},
}

// wholeError adds to an error what a server always says of it.
func wholeError(raw jsontext.Value) (jsontext.Value, error) {
	var f failure
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, err
	}
	for _, k := range kinds {
		if (f.Code == 0 || f.Code == k.code) && (f.Data.Kind == "" || f.Data.Kind == k.kind) {
			f.Code, f.Data.Kind = k.code, k.kind
			f.Message = "no: " + k.kind
			f.Data.Retryable = k.kind == "internal" || k.kind == "storage_full"
			return json.Marshal(f)
		}
	}
	return nil, errOneWay
}

// sameError holds the error that an application got against what was said.
func sameError(got, said jsontext.Value) error {
	var want failure
	if err := json.Unmarshal(said, &want); err != nil {
		return err
	}
	var is struct {
		Code      int64  `json:"code"`
		Kind      string `json:"kind"`
		Retryable bool   `json:"retryable"`
		Pointer   string `json:"pointer"`
	}
	if got == nil {
		return fmt.Errorf("the application got a result, want the error %s", said)
	}
	if err := json.Unmarshal(got, &is); err != nil {
		return err
	}
	if is.Code != want.Code || is.Kind != want.Data.Kind || is.Retryable != want.Data.Retryable || is.Pointer != want.Data.Pointer {
		return fmt.Errorf("the application got the error %s, want %s", got, said)
	}
	return nil
}
