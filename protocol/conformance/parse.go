package conformance

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Parse reads the cases of one file. The name of the file, without its ending,
// begins the names of its cases. An error begins with "file:line: ".
func Parse(file, text string) ([]Case, error) {
	head, sections := split(text)
	if len(sections) == 0 {
		head.title = path.Base(stem(file))
		head, sections = section{}, []section{head}
	}
	common := head.content()
	if len(common.body) > 0 {
		return nil, errorAt(file, common.body[0].number, "a step before the first ---")
	}
	var cases []Case
	seen := map[string]bool{}
	for _, s := range sections {
		found, err := s.cases(file, common)
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			if seen[c.Name] {
				return nil, errorAt(file, s.line, "a second case with the name %s", c.Name)
			}
			seen[c.Name] = true
		}
		cases = append(cases, found...)
	}
	return cases, nil
}

func stem(file string) string { return strings.TrimSuffix(file, ".txt") }

func errorAt(file string, line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", file, line, fmt.Sprintf(format, args...))
}

// line is a logical line: with the lines that continue it.
type line struct {
	number int
	text   string
}

// section is a case as it stands in the file, or what comes before the first.
type section struct {
	title string
	line  int
	lines []line
}

// split cuts a file into what stands before the first "---" and the sections
// after it, drops empty lines and joins continued ones.
func split(text string) (head section, sections []section) {
	head.line = 1
	current := &head
	for i, t := range strings.Split(text, "\n") {
		t = strings.TrimRight(t, " \t\r")
		title, begins := strings.CutPrefix(t, "---")
		switch n := len(current.lines); {
		case t == "":
		case begins:
			sections = append(sections, section{title: strings.TrimSpace(title), line: i + 1})
			current = &sections[len(sections)-1]
		case n > 0 && (t[0] == ' ' || t[0] == '\t'):
			current.lines[n-1].text += strings.TrimLeft(t, " \t")
		default:
			current.lines = append(current.lines, line{i + 1, t})
		}
	}
	return head, sections
}

// content is the lines of a section, sorted by what they are.
type content struct {
	sentence string
	clauses  string // parted by commas
	rows     [][]string
	body     []line // the steps
}

func (s section) content() content {
	var c content
	for _, l := range s.lines {
		comment, isComment := strings.CutPrefix(l.text, "#")
		clause, isClause := strings.CutPrefix(l.text, "clause:")
		row, isRow := strings.CutPrefix(l.text, "|")
		switch {
		case isComment && len(c.body)+len(c.rows) == 0:
			c.sentence = strings.TrimSpace(c.sentence + " " + strings.TrimSpace(comment))
		case isComment:
		case isClause:
			c.clauses += "," + clause
		case isRow:
			c.rows = append(c.rows, columns(row))
		default:
			c.body = append(c.body, l)
		}
	}
	return c
}

// columns cuts a row into its cells, the last of which may be empty.
func columns(row string) []string {
	cells := strings.Split(row+" ", " | ")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

// cases reads a section: one case, or one for each of its rows. What it does
// not say about itself is taken from the head of the file.
func (s section) cases(file string, head content) ([]Case, error) {
	own := s.content()
	c := Case{
		Name:     stem(file) + "/" + slug(s.title),
		Sentence: cmp.Or(own.sentence, head.sentence),
		File:     file,
	}
	switch {
	case slug(s.title) == "":
		return nil, errorAt(file, s.line, "a case needs a title after ---")
	case c.Sentence == "":
		return nil, errorAt(file, s.line, "no sentence: begin with a comment that says what the case holds")
	case len(own.body) == 0:
		return nil, errorAt(file, s.line, "a case without steps")
	}
	own.clauses = cmp.Or(own.clauses, head.clauses)
	if own.rows == nil {
		one, err := c.build(own, nil)
		return []Case{one}, err
	}
	var cases []Case
	for i, row := range own.rows {
		one, err := c.build(own, row)
		if err != nil {
			return nil, fmt.Errorf("%w (row %d)", err, i+1)
		}
		one.Name += "." + strconv.Itoa(i+1)
		cases = append(cases, one)
	}
	return cases, nil
}

// build reads the clauses and the steps, with the cells of a row in them.
func (c Case) build(own content, row []string) (Case, error) {
	clauses, err := fillRow(own.clauses, row)
	if err != nil {
		return c, errorAt(c.File, own.body[0].number, "clause: %v", err)
	}
	for clause := range strings.SplitSeq(clauses, ",") {
		if clause = strings.TrimSpace(clause); clause != "" {
			c.Clauses = append(c.Clauses, clause)
		}
	}
	c.Steps, err = parseSteps(c.File, own.body, row)
	return c, err
}

var notInSlugs = regexp.MustCompile(`[^a-z0-9]+`)

// slug makes a title fit for a name: lower case, words joined by hyphens.
func slug(title string) string {
	return strings.Trim(notInSlugs.ReplaceAllString(strings.ToLower(title), "-"), "-")
}
