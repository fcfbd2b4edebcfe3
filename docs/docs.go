// Package docs holds the pages that programs read too. It imports nothing of
// this module.
package docs

import _ "embed"

// Protocol is the specification, protocol.md: the conformance kit reports by its
// clauses.
//
//go:embed protocol.md
var Protocol string
