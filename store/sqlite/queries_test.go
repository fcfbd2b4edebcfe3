package sqlite

import (
	"database/sql/driver"
	"io"
	"strings"
	"testing"
)

// No statement may read a table from end to end, or sort what it has read.
func TestPlans(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	for q, text := range texts {
		if text == "" {
			t.Errorf("query %d has no text", q)
		}
		if strings.HasPrefix(text, "PRAGMA") {
			continue
		}
		c := s.writer.conn
		if query(q) >= readIndex {
			c = s.indexer.conn
		}
		for _, step := range plan(t, c, text) {
			scan := strings.HasPrefix(step, "SCAN") && step != "SCAN CONSTANT ROW" && step != matching
			if scan || strings.Contains(step, "TEMP B-TREE") {
				t.Errorf("%s\n\tof %s", step, text)
			}
		}
	}
}

// matching is how SQLite shows that the index is asked for what matches, with
// two bounds of the rowid, and gives that in descending order (fts5BestIndex).
const matching = "SCAN entry VIRTUAL TABLE INDEX 192:M1<>"

// plan explains a statement, step by step.
func plan(t *testing.T, c *conn, text string) (steps []string) {
	t.Helper()
	stmt, err := c.prepare("EXPLAIN QUERY PLAN " + text)
	if err != nil {
		t.Fatalf("%v\n\tof %s", err, text)
	}
	defer stmt.Close()
	c.bind(make([]any, 16)) // more than any statement has
	rows, err := stmt.QueryContext(t.Context(), c.args)
	if err != nil {
		t.Fatalf("%v\n\tof %s", err, text)
	}
	defer rows.Close()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		if err := rows.Next(row); err == io.EOF {
			return steps
		} else if err != nil {
			t.Fatal(err)
		}
		steps = append(steps, row[len(row)-1].(string))
	}
}

// The test above finds what it is there for.
func TestPlansShowScans(t *testing.T) {
	s := open(t, t.TempDir(), nil)
	for text, want := range map[string]string{
		"SELECT seq FROM message WHERE place > 7":                     "SCAN message",
		"SELECT seq FROM message WHERE conversation = 1 ORDER BY at":  "USE TEMP B-TREE FOR ORDER BY",
		"DELETE FROM member WHERE username = 'x'":                     "SEARCH member USING INDEX member_of_user (username=?)",
		"SELECT body FROM message WHERE conversation = 1 AND seq = 1": "SEARCH message USING PRIMARY KEY (conversation=? AND seq=?)",
	} {
		if got := strings.Join(plan(t, s.writer.conn, text), "\n"); !strings.Contains(got, want) {
			t.Errorf("plan of %s:\n%s\nwant %s", text, got, want)
		}
	}
}
