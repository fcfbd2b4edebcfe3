package clientkit

import (
	"errors"
	"fmt"
	"time"
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
	if err := s.hungUp(); err != nil {
		return err
	}
	select {
	case <-s.wire.calls:
		return errors.New("in the end the client has made another connection")
	default:
		return nil
	}
}

// hungUp waits for the end of the connection, if there is one.
func (s *scene) hungUp() error {
	limit := time.After(s.driver.wait)
	for s.call != nil {
		select {
		case f, ok := <-s.call.frames:
			if !ok || f.end != "" {
				return nil
			}
			if !isPing(f.text) {
				return fmt.Errorf("in the end the client sends %s", f.text)
			}
		case <-limit:
			return fmt.Errorf("in the end the client leaves its connection open, for %v", s.driver.wait)
		}
	}
	return nil
}
