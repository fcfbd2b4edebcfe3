package conformance

import (
	"cmp"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Text is a case whose lines are not read as steps: for those who play lines of
// their own, in files of the same form. Its Case has no steps.
type Text struct {
	Case
	Lines []Line
}

// Line is a line of a case, with those that continue it.
type Line struct {
	Number int // in the file
	Text   string
}

// LoadTexts is Load for cases whose lines are not read.
func LoadTexts(root fs.FS) ([]Text, error) {
	var texts []Text
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".txt") {
			return err
		}
		content, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		head, sections := split(string(content))
		for _, s := range sections {
			found, err := s.texts(path, head.content())
			if err != nil {
				return err
			}
			texts = append(texts, found...)
		}
		return nil
	})
	return texts, err
}

// texts makes a case of the section, or one of each of its rows.
func (s section) texts(file string, head content) ([]Text, error) {
	own := s.content()
	rows := own.rows
	if rows == nil {
		rows = [][]string{nil}
	}
	var texts []Text
	for i, row := range rows {
		t := Text{Case: Case{
			Name:     stem(file) + "/" + slug(s.title),
			Sentence: cmp.Or(own.sentence, head.sentence),
			File:     file,
		}}
		if own.rows != nil {
			t.Name += "." + strconv.Itoa(i+1)
		}
		for clause := range strings.SplitSeq(strings.Trim(cmp.Or(own.clauses, head.clauses), ","), ",") {
			t.Clauses = append(t.Clauses, strings.TrimSpace(clause))
		}
		for _, l := range own.body {
			text, err := fillRow(l.text, row)
			if err != nil {
				return nil, errorAt(file, l.number, "%v", err)
			}
			t.Lines = append(t.Lines, Line{l.number, text})
		}
		if t.Sentence == "" || t.Clauses[0] == "" || len(t.Lines) == 0 {
			return nil, errorAt(file, s.line, "a case needs a sentence, a clause and steps")
		}
		texts = append(texts, t)
	}
	return texts, nil
}

// Match holds a text of JSON against a pattern, with what earlier patterns have
// captured, as README.md tells. It returns the captures with those of this one.
func Match(pattern, text jsontext.Value, captured map[string]string) (map[string]string, error) {
	for what, v := range map[string]jsontext.Value{"pattern": pattern, "text": text} {
		if !v.IsValid() {
			return captured, fmt.Errorf("the %s is not JSON: %.200s", what, v)
		}
	}
	return match(pattern, text, captured)
}

// Expand replaces the references of a text: captures, functions, and usernames,
// which begin with "kit-".
func Expand(text string, captured map[string]string) (string, error) {
	return variables{run: "kit", captured: captured}.expand(text)
}

// Placeholder returns what a placeholder asks of a value, such as "time"; it is not
// ok for any other part of a pattern.
func Placeholder(pattern jsontext.Value) (matcher string, ok bool) {
	p, ok := placeholderOf(pattern)
	return p.matcher, ok
}
