package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// A document is an entry of sboms: a command that GoReleaser runs in the folder of the release, and the files that it
// makes. The artifacts are "archive", for each of which it runs, or "any", for which it runs once.
type document struct {
	ID, Artifacts, Cmd string
	Args, Documents    []string
}

// documents does what the entries for a kind of artifacts say. Each must run this program, with options that it has.
func (r *release) documents(artifacts, archive string) error {
	for _, d := range r.config.Sboms {
		if d.Artifacts != artifacts {
			continue
		}
		command := strings.ReplaceAll(d.Cmd+" "+strings.Join(d.Args, " "), "${artifact}", archive)
		command, err := r.expand(command, target{})
		if err != nil {
			return err
		}
		args, found := strings.CutPrefix(command, "go run -C ../scripts/release . ")
		if !found {
			return fmt.Errorf("sboms: %q is not known here", command)
		}
		o, err := parse(strings.Fields(args))
		if err != nil {
			return fmt.Errorf("sboms: %q: %w", command, err)
		}
		if o.version != r.version || o.sbom != archive || !o.rest && archive == "" {
			return fmt.Errorf("sboms: %q makes something else", command)
		}
		if err := r.run(o); err != nil {
			return err
		}
	}
	return nil
}

// announced wants that a file which is not made of one archive alone is one of the documents.
func (r *release) announced(name string) error {
	for _, d := range r.config.Sboms {
		for _, pattern := range d.Documents {
			pattern, err := r.expand(pattern, target{})
			if err != nil {
				return err
			}
			if match, err := filepath.Match(pattern, name); err != nil || d.Artifacts == "any" && match {
				return err
			}
		}
	}
	return fmt.Errorf("%s is none of the documents in .goreleaser.yaml", name)
}
