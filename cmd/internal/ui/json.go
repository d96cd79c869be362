package ui

import (
	"encoding/json"
	"strconv"

	"github.com/spf13/cobra"
)

// A Document is what a command prints with --json: the only thing on stdout. Its fields are in docs/json.md, by
// cmd/internal/reference. Times in it are in UTC and durations in seconds; it has no secret that the command would not
// print anyhow.
type Document struct {
	With  string // the flag that has this one printed, where the command has several: "--at"
	Of    any    // a value of its type
	Lines bool   // one on each line, as they come
}

// AddJSON adds --json to a command, and tells which documents it prints.
func AddJSON(cmd *cobra.Command, on *bool, documents ...Document) {
	f := cmd.Flags().VarPF(&jsonFlag{on, documents}, "json", "", "print JSON")
	f.NoOptDefVal = "true"
}

// Documents are those that a command prints; none where it has no --json.
func Documents(cmd *cobra.Command) []Document {
	if f := cmd.Flags().Lookup("json"); f != nil {
		if j, ok := f.Value.(*jsonFlag); ok {
			return j.documents
		}
	}
	return nil
}

// A jsonFlag is a flag without a value, which knows the documents.
type jsonFlag struct {
	on        *bool
	documents []Document
}

func (f *jsonFlag) Set(s string) (err error) {
	*f.on, err = strconv.ParseBool(s)
	return err
}

func (f *jsonFlag) String() string { return strconv.FormatBool(f.on != nil && *f.on) }

func (*jsonFlag) Type() string { return "bool" }

// PrintJSON writes a document, indented, on stdout.
func (s Streams) PrintJSON(document any) error {
	e := json.NewEncoder(s.Out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(document)
}
