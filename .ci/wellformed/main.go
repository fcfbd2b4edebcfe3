// Command wellformed fails unless a file is well-formed XML with at least one
// element of a name: wellformed FILE NAME.
package main

import (
	"encoding/xml"
	"io"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	f, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	found := 0
	d := xml.NewDecoder(f)
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			log.Fatalf("%s: %v", os.Args[1], err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == os.Args[2] {
			found++
		}
	}
	if found == 0 {
		log.Fatalf("%s: no %s", os.Args[1], os.Args[2])
	}
}
