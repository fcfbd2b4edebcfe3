// Package chance makes random programs for tests: the same for a seed, or drawn
// by package rapid, which looks for a short one that fails.
package chance

import (
	"fmt"
	"math/rand/v2"

	"pgregory.net/rapid"
)

// Program is groups of choices. What the choices of a group have to do with
// each other is the business of who runs it.
type Program [][]Choice

// Choice is something to do, told by numbers that mean something only together
// with what there is when it is done. So every program can be run, also after
// something has been taken out of it.
type Choice struct{ What, Who, Whom, Where, N uint8 }

func (c Choice) String() string {
	return fmt.Sprintf("{%d %d %d %d %d}", c.What, c.Who, c.Whom, c.Where, c.N)
}

// Drawn draws a program of at most so many groups of at most so many choices.
func Drawn(t *rapid.T, groups, choices int) Program {
	one := rapid.Custom(func(t *rapid.T) Choice {
		b := rapid.SliceOfN(rapid.Uint8(), 5, 5).Draw(t, "numbers")
		return Choice{b[0], b[1], b[2], b[3], b[4]}
	})
	return rapid.SliceOfN(rapid.SliceOfN(one, 1, choices), 1, groups).Draw(t, "program")
}

// Seeded is always the same program for a seed, of so many groups of up to
// eight choices.
func Seeded(seed uint64, groups int) Program {
	r := rand.New(rand.NewPCG(seed, 1))
	p := make(Program, groups)
	for i := range p {
		for range 1 + r.IntN(8) {
			n := r.Uint64()
			p[i] = append(p[i], Choice{uint8(n), uint8(n >> 8), uint8(n >> 16), uint8(n >> 24), uint8(n >> 32)})
		}
	}
	return p
}
