package openrpc

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The meta-schemas of the OpenRPC project take the document, and refuse what is
// none.
func TestOfficialMetaSchemasTakeTheDocument(t *testing.T) {
	modules := nodeModules(t)
	if problems := validateOfficially(t, modules, document); problems != "" {
		t.Error(problems)
	}
	for _, fault := range [][2]string{
		{`"openrpc": "1.4.1"`, `"openrpc": "1.5.0"`},
		{`"paramStructure": "either"`, `"paramStructure": "any"`},
		{`"summary": `, `"sumary": `},
		{`"type": "string"`, `"type": "text"`},
		{`"version": "1"`, `"version": 1`},
		{`"required": true`, `"required": "yes"`},
	} {
		broken := bytes.Replace(document, []byte(fault[0]), []byte(fault[1]), 1)
		if bytes.Equal(broken, document) || validateOfficially(t, modules, broken) == "" {
			t.Errorf("%s instead of %s is taken", fault[1], fault[0])
		}
	}
}

func validateOfficially(t *testing.T, modules string, text []byte) string {
	t.Helper()
	cmd := exec.Command("node", "testdata/validate.cjs")
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(text), t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// nodeModules is where the packages are that .ci/install installs.
func nodeModules(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("open-rpc-generator")
	if err != nil && os.Getenv("FOREIGN_CLIENTS") == "required" {
		t.Fatal("the packages of the OpenRPC project are not installed: see .ci/install")
	}
	if err != nil {
		t.Skip("the packages of the OpenRPC project are not installed: see .ci/install")
	}
	return filepath.Dir(filepath.Dir(path))
}

// Nothing outside of the document has to be fetched to read it, and nothing in
// it is referred to that is not there.
func TestReferencesAreLocalAndLead(t *testing.T) {
	doc := decode(t, document)
	found := regexp.MustCompile(`"\$ref": "([^"]*)"`).FindAllSubmatch(document, -1)
	if len(found) < 100 {
		t.Fatalf("only %d references", len(found))
	}
	for _, match := range found {
		var place any = doc
		for name := range strings.SplitSeq(strings.TrimPrefix(string(match[1]), "#/"), "/") {
			members, _ := place.(map[string]any)
			place = members[name]
		}
		if !strings.HasPrefix(string(match[1]), "#/") || place == nil {
			t.Errorf("%s leads nowhere in the document", match[1])
		}
	}
}
