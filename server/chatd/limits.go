package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"asappchat/protocol"
	"asappchat/server"
)

// limitMax is the most that a limit may be. What server.CheckLimits makes of
// limits stays far below the largest int of 64 bits.
const limitMax = 1 << 28

// loginFrame is the least that a frame before login may be, in bytes, or nobody
// could log in.
const loginFrame = 1 << 10

// checkLimits returns the default limits with those that were chosen.
func checkLimits(chosen map[string]string) (limits protocol.Limits, err error) {
	limits = protocol.DefaultLimits()
	values := make(map[string]int)
	encoded, err := json.Marshal(limits)
	if err == nil {
		err = json.Unmarshal(encoded, &values)
	}
	if err != nil {
		return limits, err
	}
	names := strings.Join(slices.Sorted(maps.Keys(values)), ", ")
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		if _, known := values[name]; !known {
			return limits, fmt.Errorf("no limit %q; there are %s", name, names)
		}
		least := 1
		switch name {
		case "send_rate": // none
			least = 0
		case "frame_before_login":
			least = loginFrame
		}
		n, err := strconv.Atoi(chosen[name])
		if err != nil || n < least || n > limitMax {
			return limits, fmt.Errorf("%s must be a number from %d to %d, not %q", name, least, limitMax, chosen[name])
		}
		values[name] = n
	}
	if encoded, err = json.Marshal(values); err == nil {
		err = json.Unmarshal(encoded, &limits)
	}
	if err != nil {
		return limits, err
	}
	if limits.Page > limits.PageMax {
		return limits, fmt.Errorf("page, %d, is more than page_max, %d", limits.Page, limits.PageMax)
	}
	return limits, server.CheckLimits(&limits)
}
