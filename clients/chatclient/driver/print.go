package main

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

// failure is an error as the kit wants it.
type failure struct {
	Kind         protocol.Kind `json:"kind"`
	Code         int64         `json:"code,omitzero"`
	Retryable    bool          `json:"retryable"`
	RetryAfterMS int64         `json:"retry_after_ms,omitzero"`
	Pointer      string        `json:"pointer,omitzero"`
	Incident     string        `json:"incident,omitzero"`
	Message      string        `json:"message"`
}

func failureOf(err error) failure {
	f := failure{Kind: "other", Message: err.Error()}
	var refused *protocol.Error
	var closed *chatclient.CloseError
	switch {
	case errors.Is(err, errCancelled):
		f.Kind = "cancelled"
	case errors.Is(err, chatclient.ErrClosed), errors.Is(err, context.Canceled):
		f.Kind = "closed"
	case errors.As(err, &refused):
		data := refused.Data()
		f.Kind, f.Code, f.Retryable = data.Kind, refused.Code(), data.Retryable
		f.RetryAfterMS, f.Pointer, f.Incident = data.RetryAfterMS, data.Pointer, data.Incident
	case errors.As(err, &closed):
		f.Kind, f.Code = "close", int64(closed.Code)
	}
	return f
}

// answer returns what prints the answer to a command.
func (d *driver) answer(c command) func(result any, err error) {
	return func(result any, err error) {
		if err != nil {
			d.print(map[string]any{"id": c.ID, "error": failureOf(err)})
			return
		}
		d.print(map[string]any{"id": c.ID, "result": result})
	}
}

// end says that no events come any more, unless the application wanted that.
func (d *driver) end(err error) {
	if f := failureOf(err); f.Kind != "closed" {
		d.print(map[string]any{"end": f})
	}
}

// print writes a line. It may be called from any goroutine.
func (d *driver) print(line any) {
	raw, err := json.Marshal(line)
	if err != nil {
		panic(err) // of a type of ours
	}
	d.printing.Lock()
	defer d.printing.Unlock()
	// Who does not read any more has ended, and the input with it.
	_, _ = d.out.Write(append(raw, '\n'))
}
