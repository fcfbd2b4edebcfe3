package conformance

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
)

// limits asks the server for its limits, on a connection of its own, and returns
// the numbers by their names.
func (o Options) limits(ctx context.Context) (map[string]string, error) {
	c, err := o.hello(ctx)
	if err != nil {
		return nil, err
	}
	defer c.cut()
	if err := c.send(ctx, opText, []byte(`{"jsonrpc":"2.0","id":0,"method":"server_info"}`)); err != nil {
		return nil, err
	}
	answer, err := c.read(ctx)
	if err != nil {
		return nil, err
	}
	limits := map[string]string{}
	for _, m := range children(find(children(find(children(answer), "result")), "limits")) {
		if isInt(m.value) {
			limits[m.name] = string(m.value)
		}
	}
	return limits, nil
}

// limit evaluates "body" or "body + 1" to a limit of the server, in decimal, or what is so
// much more. Where there is no server, as for the parser, limits are 0.
func (v variables) limit(text string) (string, error) {
	name, more, _ := strings.Cut(text, " + ")
	value := "0"
	if v.limits != nil {
		limits, err := v.limits()
		if err != nil {
			return "", fmt.Errorf("server_info: %w", err)
		}
		if value = limits[name]; value == "" {
			return "", fmt.Errorf("server_info tells no limit %q", name)
		}
	}
	sum, err := evaluate(value + " + " + cmp.Or(more, "0"))
	return strconv.FormatInt(sum, 10), err
}
