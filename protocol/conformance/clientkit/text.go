package clientkit

import (
	"context"
	"embed"
	"io/fs"
	"sync"

	"asappchat/protocol/conformance"
)

//go:embed cases
var files embed.FS

// texts are the cases in which the kit follows a text.
var texts = sync.OnceValue(func() []conformance.Text {
	root, err := fs.Sub(files, "cases")
	if err != nil {
		panic(err)
	}
	all, err := conformance.LoadTexts(root)
	if err != nil {
		panic(err) // the tests of the kit rule it out
	}
	return all
})

func textExaminations() (all []examination) {
	for _, t := range texts() {
		all = append(all, examination{t.Case, func(k *kit, ctx context.Context) (string, error) { return k.playText(ctx, t) }, false})
	}
	return all
}
