package protocol

import (
	"fmt"
	"time"
)

// timeFormat is RFC 3339 in UTC with exactly three digits of milliseconds.
const timeFormat = "2006-01-02T15:04:05.000Z"

// Time is an instant: a string of RFC 3339, in UTC, with milliseconds.
//
//openrpc:schema {"type":"string","format":"date-time","pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$"}
type Time int64 // milliseconds since 1970-01-01 UTC, the resolution of the store too; zero stands for no time

// TimeOf returns t, cut to milliseconds.
func TimeOf(t time.Time) Time { return Time(t.UnixMilli()) }

// Time returns t in UTC.
func (t Time) Time() time.Time { return time.UnixMilli(int64(t)).UTC() }

func (t Time) String() string { return t.Time().Format(timeFormat) }

// AppendText makes Time a string of RFC 3339 in JSON.
func (t Time) AppendText(b []byte) ([]byte, error) {
	return t.Time().AppendFormat(b, timeFormat), nil
}

// MarshalText is AppendText for packages that do not know it.
func (t Time) MarshalText() ([]byte, error) { return t.AppendText(nil) }

// UnmarshalText reads any time of RFC 3339.
func (t *Time) UnmarshalText(text []byte) error {
	parsed, err := time.Parse(time.RFC3339, string(text))
	if err != nil {
		return fmt.Errorf("not a time of RFC 3339: %q", text)
	}
	*t = TimeOf(parsed)
	return nil
}
