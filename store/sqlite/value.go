package sqlite

import (
	"database/sql/driver"
	"fmt"
	"reflect"
)

// bind makes args those of the call that begins.
func (c *conn) bind(args []any) error {
	c.args = c.args[:0]
	for i, arg := range args {
		v, err := valueOf(arg)
		if err != nil {
			return fmt.Errorf("argument %d: %w", i+1, err)
		}
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return nil
}

// valueOf makes what the driver takes of an argument. Most are that already.
func valueOf(arg any) (driver.Value, error) {
	switch arg := arg.(type) {
	case int64, string, []byte, nil:
		return arg, nil
	case int:
		return int64(arg), nil
	}
	return driver.DefaultParameterConverter.ConvertValue(arg)
}

// take takes the columns of a row, each in a variable of its kind.
func (s scan) take(row []driver.Value) error {
	for i, v := range row {
		if err := take(s[i], v); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func take(into any, v driver.Value) error {
	switch v := v.(type) {
	case int64:
		return takeInt(into, v)
	case string:
		return takeString(into, v)
	case []byte:
		if into, ok := into.(*[]byte); ok {
			*into = v
			return nil
		}
	}
	return fmt.Errorf("%T does not take a %T", into, v)
}

// takeInt takes a number, which may be a truth value, or have a type of its
// own.
func takeInt(into any, v int64) error {
	switch into := into.(type) {
	case *int64:
		*into = v
		return nil
	case *bool:
		*into = v != 0
		return nil
	}
	e := reflect.ValueOf(into).Elem()
	if !e.CanInt() || e.OverflowInt(v) {
		return fmt.Errorf("%T does not take %d", into, v)
	}
	e.SetInt(v)
	return nil
}

func takeString(into any, v string) error {
	if into, ok := into.(*string); ok {
		*into = v
		return nil
	}
	e := reflect.ValueOf(into).Elem()
	if e.Kind() != reflect.String {
		return fmt.Errorf("%T does not take a string", into)
	}
	e.SetString(v)
	return nil
}
