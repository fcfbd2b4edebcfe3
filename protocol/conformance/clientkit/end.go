package clientkit

import (
	"errors"
	"fmt"
)

// end closes the client, and holds that it has nothing more to say and has made
// no other connection.
func (s *scene) end(whole bool) error {
	if !s.opened {
		return nil
	}
	if s.call != nil && !whole {
		s.call.ws.CloseNow()
	}
	if _, err := s.driver.ask(map[string]any{"do": "close"}); err != nil {
		return err
	}
	if !whole {
		return nil
	}
	for s.call != nil {
		f, ok := <-s.call.frames
		if !ok || f.end != "" {
			break
		}
		if !isPing(f.text) {
			return fmt.Errorf("in the end the client sends %s", f.text)
		}
	}
	select {
	case <-s.wire.calls:
		return errors.New("in the end the client has made another connection")
	default:
		return nil
	}
}
