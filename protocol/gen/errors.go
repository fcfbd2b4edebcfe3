package main

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
)

// byCode gathers kinds of error under their codes: OpenRPC wants each code
// once.
func byCode(kinds []protocol.Kind) [][]protocol.Kind {
	var groups [][]protocol.Kind
	for _, k := range kinds {
		last := len(groups) - 1
		if last >= 0 && groups[last][0].Code() == k.Code() {
			groups[last] = append(groups[last], k)
			continue
		}
		groups = append(groups, []protocol.Kind{k})
	}
	return groups
}

// groupName names an error object by the kinds that it stands for.
func groupName(kinds []protocol.Kind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, "-")
}

func (m *method) errorRefs() []object {
	var all []object
	for _, kinds := range byCode(m.Errors) {
		all = append(all, obj("$ref", "#/components/errors/"+groupName(kinds)))
	}
	return all
}

// errorObjects are the errors that methods refer to.
func (c *contract) errorObjects() object {
	var all object
	add := func(kinds []protocol.Kind) {
		name := groupName(kinds)
		if all.has(name) {
			return
		}
		var messages []string
		for _, k := range kinds {
			messages = append(messages, fmt.Sprintf("%s: %s", k, c.aboutKind(k)))
		}
		all = append(all, member{name, obj(
			"code", kinds[0].Code(),
			"message", strings.Join(messages, "; "),
			"data", obj("kinds", kinds, "retryable", kinds[0].Retryable()),
		)})
	}
	for _, kinds := range byCode(protocol.Kinds()) {
		for _, k := range kinds {
			add([]protocol.Kind{k})
		}
	}
	for _, m := range c.methods {
		for _, kinds := range byCode(m.Errors) {
			add(kinds)
		}
	}
	return all
}

// aboutKind is the comment of a kind of error.
func (c *contract) aboutKind(k protocol.Kind) string {
	for _, v := range c.types["ErrorKind"].values {
		if v.literal == fmt.Sprintf("%q", k) {
			return v.comment.text
		}
	}
	return ""
}

func errorKinds(c *contract) object {
	var all object
	for _, k := range protocol.Kinds() {
		all = append(all, member{string(k), obj(
			"code", k.Code(), "retryable", k.Retryable(), "description", sentence(c.aboutKind(k)))})
	}
	return all
}

func closeCodes(c *contract) []object {
	var all []object
	for _, v := range c.closeCodes() {
		all = append(all, obj(
			"code", jsontext.Value(v.literal), "name", snake(v.name, "Close"), "description", sentence(v.comment.text)))
	}
	return all
}
