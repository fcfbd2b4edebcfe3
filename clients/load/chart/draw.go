package chart

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// The places of things, in pixels. What is above the area of the curves
// depends on the plot.
const (
	width      = 720.0
	left       = 60.0 // of the area
	right      = width - 24
	areaHeight = 200.0
	row        = 18.0 // of text
	letter     = 7.0  // how wide one is at most, nearly always
	key        = 30.0 // the piece of a line before a name in the legend
)

// palette is Okabe and Ito's, without their yellow, which white swallows. What
// comes after the last begins again with dashes.
var palette = []string{"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"}

// shapes are the markers, from their middle: a circle, a square, a triangle and
// a diamond. They tell apart what colours may not.
var shapes = []string{"m-3,0a3,3 0 1,0 6,0a3,3 0 1,0 -6,0", "m-3,-3h6v6h-6z", "m0,-4l4,7h-8z", "m0,-4l4,4l-4,4l-4,-4z"}

// marked is how many points of a curve have markers; with more they would
// hide it.
const marked = 60

// drawing is one plot of the picture.
type drawing struct {
	out  *bytes.Buffer
	plot Plot
	top  float64 // above it is the plot before
	area float64 // the upper edge of the area of the curves
	x, y axis
}

func writeHead(out *bytes.Buffer, plots []Plot, height float64) {
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g" role="img" font-family="sans-serif" font-size="12" fill="#222">`+"\n<title>",
		width, height, width, height)
	for i, p := range plots {
		if i > 0 {
			out.WriteString(", ")
		}
		escape(out, p.Title)
	}
	fmt.Fprintf(out, "</title>\n<rect width=\"%g\" height=\"%g\" fill=\"#fff\"/>\n", width, height)
}

// draw writes the plot and returns how high it is.
func (d *drawing) draw() float64 {
	var any bool
	d.x, d.y, any = d.plot.axes()
	d.area = d.top + 8
	if d.plot.Title != "" {
		d.area += row + 4
		d.text(left, d.area-6, `font-size="15" font-weight="bold"`, d.plot.Title)
	}
	d.legend()
	if d.plot.YLabel != "" {
		d.area += row
		d.text(8, d.area-5, "", d.plot.YLabel)
	}
	d.area += 8
	d.grid()
	for i, c := range d.plot.Curves {
		d.curve(i, c)
	}
	bottom := d.area + areaHeight
	if !any {
		d.text((left+right)/2, d.area+areaHeight/2, `text-anchor="middle"`, "no data")
	}
	d.text((left+right)/2, bottom+2*row, `text-anchor="middle"`, d.plot.XLabel)
	return bottom + 2*row + 14 - d.top
}

// legend names the curves, in as many rows as it takes.
func (d *drawing) legend() {
	at := right
	for i, c := range d.plot.Curves {
		if c.Name == "" {
			continue
		}
		wide := key + letter*float64(utf8.RuneCountInString(c.Name)) + 16
		if at+wide > right {
			at = left
			d.area += row
		}
		y := d.area - 9
		d.line(i, fmt.Sprintf("M%s,%sh24", pixels(at), pixels(y)))
		d.markers(i, at+12, y)
		d.text(at+key, y+4, "", c.Name)
		at += wide
	}
}

// grid draws the ticks of both axes and their labels.
func (d *drawing) grid() {
	bottom := d.area + areaHeight
	var lines, faint bytes.Buffer
	for _, t := range d.x.ticks {
		fmt.Fprintf(pick(t, &lines, &faint), "M%s,%sV%s", pixels(d.across(t.at)), pixels(d.area), pixels(bottom))
		d.text(d.across(t.at), bottom+16, `text-anchor="middle"`, t.label)
	}
	for _, t := range d.y.ticks {
		fmt.Fprintf(pick(t, &lines, &faint), "M%s,%sH%s", pixels(left), pixels(d.down(t.at)), pixels(right))
		d.text(left-8, d.down(t.at)+4, `text-anchor="end"`, t.label)
	}
	fmt.Fprintf(d.out, `<path d="%s" stroke="#eee"/>`+"\n", faint.Bytes())
	fmt.Fprintf(d.out, `<path d="%s" stroke="#ccc"/>`+"\n", lines.Bytes())
	fmt.Fprintf(d.out, `<path d="M%s,%sV%sH%s" stroke="#222" fill="none"/>`+"\n", pixels(left), pixels(d.area), pixels(bottom), pixels(right))
}

func pick(t tick, labelled, other *bytes.Buffer) *bytes.Buffer {
	if t.label == "" {
		return other
	}
	return labelled
}

// curve draws a line, and its markers when they are not too many. A line of no
// length is drawn as a dot, so that a lone point is seen in any case.
func (d *drawing) curve(number int, c Curve) {
	var path bytes.Buffer
	on := false
	for _, p := range c.Points {
		switch {
		case !d.plot.has(p):
			on = false
			continue
		case on:
			fmt.Fprintf(&path, "L%s,%s", pixels(d.across(p.X)), pixels(d.down(p.Y)))
		default:
			fmt.Fprintf(&path, "M%s,%sh0", pixels(d.across(p.X)), pixels(d.down(p.Y)))
			on = true
		}
	}
	if path.Len() == 0 {
		return
	}
	d.line(number, path.String())
	if len(c.Points) <= marked {
		d.markers(number, d.placesOf(c)...)
	}
}

// placesOf returns where the points are, across and down in turn.
func (d *drawing) placesOf(c Curve) (places []float64) {
	for _, p := range c.Points {
		if d.plot.has(p) {
			places = append(places, d.across(p.X), d.down(p.Y))
		}
	}
	return places
}

func (d *drawing) line(number int, path string) {
	dashes := ""
	if number/len(palette)%2 == 1 {
		dashes = ` stroke-dasharray="6 4"`
	}
	fmt.Fprintf(d.out, `<path d="%s" fill="none" stroke="%s" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"%s/>`+"\n",
		path, palette[number%len(palette)], dashes)
}

// markers draws those of a curve at places given across and down in turn.
func (d *drawing) markers(number int, places ...float64) {
	fmt.Fprintf(d.out, `<path fill="%s" d="`, palette[number%len(palette)])
	for i := 0; i < len(places); i += 2 {
		fmt.Fprintf(d.out, "M%s,%s%s", pixels(places[i]), pixels(places[i+1]), shapes[number%len(shapes)])
	}
	d.out.WriteString("\"/>\n")
}

func (d *drawing) across(v float64) float64 { return left + d.x.place(v)*(right-left) }

func (d *drawing) down(v float64) float64 { return d.area + (1-d.y.place(v))*areaHeight }

func (d *drawing) text(x, y float64, how, s string) {
	if s == "" {
		return
	}
	if how != "" {
		how = " " + how
	}
	fmt.Fprintf(d.out, `<text x="%s" y="%s"%s>`, pixels(x), pixels(y), how)
	escape(d.out, s)
	d.out.WriteString("</text>\n")
}

// escape replaces what XML cannot hold.
func escape(out *bytes.Buffer, s string) { xml.EscapeText(out, []byte(s)) } // a buffer takes all

// pixels writes a tenth of one exactly.
func pixels(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }
