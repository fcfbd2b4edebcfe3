package clientkit

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol/conformance"
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

// dealtWith are the kinds that a client deals with itself; it passes on the others.
var dealtWith = []string{"parse", "rate_limited", "unavailable", "draining", "unknown_outcome"}

// wholeError adds to an error what a server always says of it. Where two kinds have the
// code, it is of the first.
func wholeError(raw jsontext.Value) (jsontext.Value, error) {
	var f failure
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, err
	}
	for _, k := range conformance.ErrorKinds() {
		if (f.Code == 0 || f.Code == k.Code) && (f.Data.Kind == "" || f.Data.Kind == k.Name) && !slices.Contains(dealtWith, k.Name) {
			f.Code, f.Data.Kind, f.Data.Retryable = k.Code, k.Name, k.Retryable
			f.Message = "no: " + k.Name
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
